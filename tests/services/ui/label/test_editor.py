"""Whatever is done can be taken back, step by step, and done again; the mask keeps its size and its kind."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ui.label.editor import MaskEditor, draw_stroke
from services.ui.label.outline import inside
from tests.services.ui.label.rooms import HEIGHT, WIDTH

places = st.tuples(st.floats(-20, WIDTH + 20), st.floats(-20, HEIGHT + 20))
values = st.sampled_from([0, 255])
acts = st.one_of(
    st.tuples(st.just("point"), places),
    st.tuples(st.just("close"), values),
    st.tuples(st.just("drop")),
    st.tuples(st.just("stroke"), st.lists(places, min_size=1, max_size=4), st.integers(1, 30), values),
    st.tuples(st.just("replace"), st.integers(0, 255)),
    st.tuples(st.just("snap"), places, places),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)
image = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def do(editor, act):
    match act:
        case ("point", place):
            editor.add_point(*place)
        case ("close", value):
            editor.close_polygon(value)
        case ("drop",):
            editor.drop_polygon()
        case ("stroke", path, radius, value):
            editor.begin_stroke(*path[0], radius, value)
            for place in path[1:]:
                editor.stroke_to(*place, radius, value)
            editor.end_stroke()
        case ("replace", level):
            editor.replace(np.full((HEIGHT, WIDTH), level, np.uint8))
        case ("snap", start, end):
            touched = np.zeros((HEIGHT, WIDTH), np.uint8)
            draw_stroke(touched, start, end, 6, 255)
            editor.snap(image, touched)
        case ("undo",):
            editor.undo()
        case ("redo",):
            editor.redo()


def state(editor):
    return editor.mask.tobytes(), editor.points


@settings(max_examples=60, deadline=None)
@given(st.lists(acts, max_size=14))
def test_all_can_be_taken_back_and_done_again(done):
    editor = MaskEditor(np.zeros((HEIGHT, WIDTH), np.uint8))
    first = state(editor)
    for act in done:
        do(editor, act)
        assert editor.mask.shape == (HEIGHT, WIDTH) and editor.mask.dtype == np.uint8
    last, back = state(editor), 0
    while editor.undo():
        back += 1
    assert state(editor) == first and not editor.changed
    for _ in range(back):
        assert editor.redo()
    assert state(editor) == last
    while editor.redo():
        pass
    assert editor.mask.shape == (HEIGHT, WIDTH)


@settings(max_examples=60, deadline=None)
@given(st.lists(acts, max_size=8), acts)
def test_one_undo_takes_back_one_act_and_no_more(before, act):
    editor = MaskEditor(np.zeros((HEIGHT, WIDTH), np.uint8))
    for one in before:
        do(editor, one)
    was = state(editor)
    do(editor, act)
    if act[0] not in ("undo", "redo") and state(editor) != was:
        editor.undo()
        assert state(editor) == was


def test_a_stroke_is_one_step_however_long():
    editor = MaskEditor(np.zeros((HEIGHT, WIDTH), np.uint8))
    editor.begin_stroke(10, 10, 5, 255)
    for x in range(10, 100):
        editor.stroke_to(x, 40, 5, 255)
    assert editor.stroking and not editor.can_undo
    editor.end_stroke()
    assert editor.mask.any() and editor.undo() and not editor.mask.any() and not editor.can_undo


def test_an_undo_in_the_middle_of_a_stroke_takes_the_stroke_back():
    editor = MaskEditor(np.zeros((HEIGHT, WIDTH), np.uint8))
    editor.begin_stroke(10, 10, 5, 255)
    assert editor.undo() and not editor.stroking and not editor.mask.any()


def test_closing_fills_and_its_undo_opens_the_polygon_again():
    editor = MaskEditor(np.zeros((HEIGHT, WIDTH), np.uint8))
    corners = ((10.0, 10.0), (60.0, 10.0), (60.0, 60.0))
    for corner in corners[:2]:
        editor.add_point(*corner)
    assert not editor.close_polygon(255) and len(editor.points) == 2
    editor.add_point(*corners[2])
    assert editor.close_polygon(255) and editor.points == () and editor.mask[20, 50] == 255
    editor.undo()
    assert editor.points == corners and not editor.mask.any()


def test_the_callers_mask_is_never_written_to():
    given_mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    given_mask.flags.writeable = False
    do(MaskEditor(given_mask), ("stroke", [(50, 50)], 9, 255))
    assert not given_mask.any()


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match="cannot replace"):
        MaskEditor(np.zeros((HEIGHT, WIDTH), np.uint8)).replace(np.zeros((3, 3), np.uint8))


def test_what_is_marked_is_unchanged_until_another_step():
    editor = MaskEditor(np.zeros((HEIGHT, WIDTH), np.uint8))
    do(editor, ("stroke", [(50, 50)], 9, 255))
    editor.mark()
    assert not editor.changed and editor.can_undo
    editor.undo()
    assert editor.changed
    do(editor, ("stroke", [(90, 50)], 9, 255))
    assert editor.changed


def test_soft_edges_survive_a_stroke_elsewhere():
    soft = cv2.GaussianBlur(inside(((20, 20), (60, 20), (60, 60), (20, 60)), (HEIGHT, WIDTH)), (9, 9), 0)
    editor = MaskEditor(soft)
    do(editor, ("stroke", [(120, 90)], 5, 255))
    assert (editor.mask[:80, :80] == soft[:80, :80]).all() and editor.mask[90, 120] == 255


def test_ten_thousand_strokes_take_little_memory():
    editor = MaskEditor(np.zeros((480, 640), np.uint8))
    rng = np.random.default_rng(1)
    for _ in range(200):
        do(editor, ("stroke", [tuple(rng.uniform(0, 480, 2)), tuple(rng.uniform(0, 480, 2))], 8, 255))
    steps = [step.patch for step in editor._history.done]
    assert sum(len(patch.before) + len(patch.after) for patch in steps if patch) / len(steps) < 4000


def test_there_is_no_end_to_undo_and_redo():
    made = MaskEditor(np.zeros((40, 400), np.uint8))
    for x in range(399):
        made.begin_stroke(x, x % 40, 1, 255)
        made.end_stroke()
    last = made.mask.copy()
    assert sum(iter(made.undo, False)) == 399 and not made.mask.any()
    assert sum(iter(made.redo, False)) == 399 and (made.mask == last).all()
