import numpy as np
import pytest

from common.nets.noise import LOOKED_BACK, NOISIER, Margin, differences


def test_a_difference_is_a_blocks_mean_in_its_worst_channel():
    a = np.full((16, 24, 3), 100, np.uint8)
    b = a.copy()
    b[8:, 16:, 1] += 10
    b[8:, 16:, 2] += 4
    b[:4, :4, 0] -= 20
    assert differences(a, b) == pytest.approx(np.array([[5, 0, 0], [0, 0, 10]]), abs=0.2)


def test_what_differs_no_more_than_noise_did_is_noise():
    margin = Margin(0.5, 4)
    assert not any(margin.exceeded(2 + 0.1 * (at % 3)) for at in range(20))
    assert margin.exceeded(2 * NOISIER + 0.01)


def test_the_margin_keeps_its_bounds():
    margin = Margin(6, 12)
    assert not margin.exceeded(0)
    assert not margin.exceeded(6)
    for _ in range(LOOKED_BACK):
        margin.exceeded(50)
    assert margin.exceeded(12.1)
