"""From sheet to picture and back, wherever one looks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ui.label.zoom import MOST, SHEET_HEIGHT, SHEET_WIDTH, Zoom

sizes = st.tuples(st.integers(40, 5000), st.integers(40, 5000))
parts = st.floats(0, 1)


@given(sizes, st.lists(st.tuples(parts, parts, st.floats(0.2, 5)), max_size=6), parts, parts)
def test_there_and_back(size, turns, across, down):
    zoom = Zoom(*size)
    for x, y, factor in turns:
        zoom = zoom.about(x * zoom.sheet[0], y * zoom.sheet[1], factor).moved(40 * x, -40 * y)
    assert 1 <= zoom.times <= MOST
    x, y = across * (size[0] - 1), down * (size[1] - 1)
    assert zoom.to_picture(*zoom.to_sheet(x, y)) == pytest.approx((x, y), abs=1e-6)
    assert zoom.sheet[0] <= SHEET_WIDTH and zoom.sheet[1] <= SHEET_HEIGHT


def test_what_lies_under_the_pointer_stays_there():
    zoom = Zoom(640, 480)
    before = zoom.to_picture(500, 300)
    assert zoom.about(500, 300, 4).to_picture(500, 300) == pytest.approx(before)


def test_at_its_fit_the_picture_does_not_move():
    assert Zoom(640, 480).moved(300, 300) == Zoom(640, 480)
    assert Zoom(640, 480).about(1, 1, 8).about(900, 700, 0.0) == Zoom(640, 480)


def test_points_beyond_the_edge_are_drawn_to_it():
    zoom = Zoom(640, 480)
    assert zoom.to_picture(-50, 5000) == (0.0, 479.0)


def test_the_matrix_says_the_same():
    zoom = Zoom(640, 480).about(200, 500, 3)
    assert zoom.matrix() @ (100, 200, 1) == pytest.approx(np.array(zoom.to_sheet(100, 200)) - 0.5)
