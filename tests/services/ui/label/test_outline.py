"""When a polygon closes."""

import numpy as np
import pytest

from services.ui.label.outline import closes, inside

FIVE = ((100.0, 100.0), (200.0, 100.0), (250.0, 200.0), (200.0, 300.0), (100.0, 300.0))


@pytest.mark.parametrize(
    "points, last, shut",
    [
        (FIVE, (109, 100), True),
        (FIVE, (100, 110), True),
        (FIVE, (111, 100), False),
        (FIVE, (108, 108), False),
        (FIVE[:4], (100, 100), False),
        ((), (0, 0), False),
    ],
)
def test_it_closes_within_ten_pixels_from_the_sixth_point_on(points, last, shut):
    assert closes(points, *last) is shut


def test_looked_at_closely_the_reach_is_smaller():
    assert closes(FIVE, 104, 100, reach=5) and not closes(FIVE, 109, 100, reach=5)


def test_a_square_has_its_pixels():
    filled = inside(((10, 10), (19, 10), (19, 19), (10, 19)), (40, 40))
    assert filled[10:20, 10:20].all() and np.count_nonzero(filled) == 100


def test_corners_may_lie_outside():
    assert inside(((-50, -50), (90, -50), (90, 90), (-50, 90)), (40, 40)).all()
