import cv2
import numpy as np
import pytest

from services.trainer.furniture import furniture

SIZE = (160, 120)


@pytest.fixture(params=range(6))
def placed(request):
    return furniture(SIZE, np.random.default_rng(request.param), 60.0, 80.0, 100.0)


def test_it_is_a_picture_with_an_alpha(placed):
    assert placed.colours.shape == (120, 160, 3)
    assert placed.alpha.shape == (120, 160)
    assert 0 <= placed.colours.min() <= placed.colours.max() <= 255
    assert 0 <= placed.alpha.min() <= placed.alpha.max() <= 1


def test_it_stands_on_its_feet_and_is_as_high_as_asked(placed):
    rows = np.flatnonzero((placed.alpha > 0.5).any(1))
    assert 96 <= rows[-1] <= 102
    assert 20 <= rows[-1] - rows[0] <= 75


def test_the_room_goes_on_between_its_legs(placed):
    solid = (placed.alpha > 0.5).astype(np.uint8)
    low = solid[85:98]
    points = cv2.findNonZero(low)
    hull = cv2.fillConvexPoly(np.zeros_like(low), cv2.convexHull(points), 1)
    assert low.sum() < 0.6 * hull.sum()


def test_it_is_a_function_of_the_generator():
    first, same, other = (furniture(SIZE, np.random.default_rng(seed), 60.0, 80.0, 100.0) for seed in (1, 1, 2))
    assert np.array_equal(first.alpha, same.alpha)
    assert np.array_equal(first.colours, same.colours)
    assert not np.array_equal(first.alpha, other.alpha)
