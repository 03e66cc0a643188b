"""The live system on a set of real pictures: its published masks against the masks drawn by hand."""

from pathlib import Path

import numpy as np
import pytest

from common.messages import Frame, Mask
from common.scores import HALF, iou
from common.sets import read_image
from tests.system.conftest import Figure
from tests.system.pairing import pairs
from tests.system.running import system

pytestmark = pytest.mark.system


def test_masks_of_a_set_are_as_drawn_by_hand(tmp_path: Path, data: Path, figure: Figure) -> None:
    folder = data / "seed_sets" / "set4"
    truths = {path.name.replace("_mask", ""): read_image(path)[..., 0] >= HALF for path in folder.glob("*_mask.png")}
    scores: dict[str, float] = {}
    with (
        system(tmp_path, "--source", str(folder), "--plate", str(folder), "--front", "web") as up,
        up.listen(Frame, Mask) as bus,
    ):
        for frame, mask in pairs(bus, 30):
            name = Path(frame.source).name
            if name in truths:
                scores[name] = iou(mask.alpha >= HALF, truths[name])
            if scores.keys() == truths.keys():
                break
    mean = np.mean(list(scores.values()))
    figure(f"set4 live: mean IoU {mean:.3f} over {len(scores)} pictures, worst {min(scores.values(), default=0):.3f}")
    assert scores.keys() == truths.keys()
    assert mean >= 0.90
