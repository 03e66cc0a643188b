"""Polygons, brush and snaps by the pointer: what finishes a label, and what leaves a draft."""

import numpy as np
import pytest

from services.ui.label.acts import Do
from services.ui.label.drawing import RADII
from services.ui.label.outline import inside
from services.ui.label.sheet import Origin
from tests.services.ui.label.rooms import (
    AROUND,
    HEIGHT,
    WIDTH,
    click_around,
    key,
    mask_in,
    names,
    propose,
    stroke,
    words,
)


def test_a_polygon_that_comes_back_to_its_first_point_is_written(made, folder):
    click_around(made)
    assert names(folder) == [".0_draft.json"]
    made.drawing.press(45, 24)
    assert names(folder) == ["0_mask.png"]
    written = mask_in(folder / "0_mask.png")
    assert written.shape == (HEIGHT, WIDTH) and set(np.unique(written)) == {0, 255}
    assert (written == inside(AROUND, (HEIGHT, WIDTH))).all()
    assert made.frames.item.k == 0 and made.sheet.origin is Origin.WRITTEN


def test_looked_at_closely_it_takes_a_nearer_point_to_close(made, folder):
    click_around(made)
    made.sheet.zoom = made.sheet.zoom.about(0, 0, 4)
    made.drawing.press(45, 24)
    assert len(made.sheet.editor.points) == len(AROUND) + 1
    made.drawing.press(41, 21)
    assert names(folder) == ["0_mask.png"]


@pytest.mark.parametrize("close", [lambda made: made.drawing.close_polygon(), lambda made: key(made, "enter")])
def test_a_right_click_a_double_click_and_enter_close_from_three_points_on(made, folder, close):
    click_around(made, AROUND[:2])
    close(made)
    assert made.sheet.editor.points and "three corners" in words(made)[-1]
    made.drawing.press(*AROUND[3])
    close(made)
    assert names(folder) == ["0_mask.png"]


def test_the_second_press_of_a_double_click_is_no_corner(made):
    click_around(made)
    made.drawing.press(*AROUND[-1])
    assert len(made.sheet.editor.points) == len(AROUND)


def test_a_polygon_that_mends_a_part_leaves_a_draft(made, folder):
    propose(made)
    click_around(made, ((100, 20), (140, 20), (140, 40), (100, 40)))
    made.drawing.close_polygon()
    assert names(folder) == [".0_draft.json"] and made.sheet.origin is Origin.DRAFT


def test_a_polygon_that_cuts_never_finishes(made, folder):
    propose(made)
    made.do(Do.CUT)
    click_around(made)
    made.drawing.close_polygon()
    assert names(folder) == [".0_draft.json"] and not made.sheet.editor.mask[60, 80]


def test_an_open_polygon_keeps_the_brush_and_the_next_frame_waiting(made, folder):
    click_around(made)
    made.do(Do.BRUSH)
    made.do(Do.NEXT)
    assert made.drawing.tool is Do.POLYGON and made.frames.item.k == 0
    assert all("polygon is open" in said for said in words(made))
    made.do(Do.DROP)
    made.do(Do.BRUSH)
    assert made.drawing.tool is Do.BRUSH and not made.sheet.editor.points


def test_the_brush_adds_and_the_eraser_takes_away(made):
    stroke(made, tool=Do.BRUSH)
    assert made.sheet.editor.mask[55, 75] == 255
    stroke(made, tool=Do.ERASER)
    assert not made.sheet.editor.mask.any()


def test_the_brush_grows_and_shrinks_to_its_ends(made):
    for _ in range(30):
        key(made, "]")
    assert made.drawing.radius == RADII[-1]
    for _ in range(30):
        key(made, "[")
    assert made.drawing.radius == RADII[0]


def test_snapping_where_there_is_no_border_says_so(made):
    stroke(made, tool=Do.SNAP)
    made.settle()
    assert "none here" in words(made)[-1] and not made.sheet.editor.can_undo


def test_snapping_moves_a_border_keeps_it_and_can_be_undone(made, folder):
    mask = propose(made)
    made.drawing.radius = 12
    made.do(Do.SNAP)
    made.drawing.press(*AROUND[0])
    for corner in (*AROUND, AROUND[0]):
        made.drawing.drag(*corner)
    made.drawing.release()
    made.settle()
    assert (made.sheet.editor.mask != mask).any()
    assert names(folder) == [".0_draft.json"]
    key(made, "z")
    assert (made.sheet.editor.mask == mask).all()
