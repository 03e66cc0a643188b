import numpy as np

from common.nets.segmenter import Segmenter
from common.weights import Weights
from services.trainer.outline import LAST_BIAS, moved_outward


def test_every_logit_and_nothing_else_is_larger():
    weights = Weights.shipped()
    moved = moved_outward(weights)
    assert moved.id != weights.id
    assert np.allclose(moved.tensors[LAST_BIAS] - weights.tensors[LAST_BIAS], 0.5)
    same = weights.tensors.keys() - {LAST_BIAS}
    assert all(np.array_equal(moved.tensors[name], weights.tensors[name]) for name in same)


def test_the_mask_grows_with_it():
    room = np.full((96, 128, 3), 90, np.uint8)
    person = room.copy()
    person[20:90, 40:90] = (200, 40, 40)
    sizes = []
    for logits in (-1, 0, 2):
        segmenter = Segmenter(moved_outward(Weights.shipped(), logits))
        segmenter.set_plate(room)
        sizes.append(int(segmenter.alpha(person).astype(int).sum()))
    assert sizes[0] < sizes[1] < sizes[2]
