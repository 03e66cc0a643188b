"""Where the outline lies: people draw it a little outside of where a network's doubt is greatest.

One number, added to all logits, moves every outline by a fraction of a pixel. It is chosen on sets that were not
trained on and becomes part of the weights.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common.evaluate import Labelled, evaluate, labelled
from common.nets.segmenter import Segmenter
from common.weights import Weights

SHIFTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Logits; half a one moves an alpha of 0.38 to 0.5."""
LAST_BIAS = "fine.0.bias"


def shifted(weights: Weights, logits: float) -> Weights:
    """The same weights, whose every logit is larger by so much."""
    tensors = {**weights.tensors, LAST_BIAS: weights.tensors[LAST_BIAS] + np.float32(logits)}
    return Weights.of(tensors, weights.story)


def calibrated(weights: Weights, sets: Sequence[Path]) -> Weights:
    """The best of the SHIFTS by IoU and boundary F on these sets, which must hold people."""
    what = Labelled(tuple(sample for folder in sets for sample in labelled(folder).samples), by_scene=False)
    return max((shifted(weights, shift) for shift in SHIFTS), key=lambda tried: worth(tried, what))


def worth(weights: Weights, what: Labelled) -> float:
    """Mean IoU plus mean boundary F over the frames that show somebody."""
    whole = evaluate(Segmenter(weights), what, ["none"])["none"].whole
    return (whole.iou or 0.0) + (whole.boundary_f or 0.0)
