import numpy as np
import pytest

from common.nets.segmenter import Segmenter
from common.weights import Weights
from services.trainer.calibrate import LAST_BIAS, SHIFTS, calibrated, shifted


def test_a_shift_moves_every_logit_and_nothing_else(sets):
    weights = Weights.shipped()
    moved = shifted(weights, 0.5)
    assert moved.id != weights.id
    assert np.allclose(moved.tensors[LAST_BIAS] - weights.tensors[LAST_BIAS], 0.5)
    assert all(
        np.array_equal(moved.tensors[name], weights.tensors[name]) for name in weights.tensors if name != LAST_BIAS
    )
    room = np.full((96, 128, 3), 90, np.uint8)
    person = room.copy()
    person[20:90, 40:90] = (200, 40, 40)
    sizes = []
    for one in (shifted(weights, -1), moved, shifted(weights, 2)):
        segmenter = Segmenter(one)
        segmenter.set_plate(room)
        sizes.append(int(segmenter.alpha(person).astype(int).sum()))
    assert sizes == sorted(sizes) and sizes[0] < sizes[2]


@pytest.mark.parametrize("wrong_by", [-3.0, 3.0])
def test_an_outline_in_the_wrong_place_is_put_right(sets, wrong_by):
    wrong = shifted(Weights.shipped(), wrong_by)
    mended = calibrated(wrong, [sets / "set1"])
    by = float((mended.tensors[LAST_BIAS] - wrong.tensors[LAST_BIAS]).max())
    assert by == pytest.approx(max(SHIFTS) if wrong_by < 0 else min(SHIFTS))
