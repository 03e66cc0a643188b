"""Labelling without a window: what is written when, and what the network proposes."""

import os

import numpy as np

from services.ui.label import drafts
from services.ui.label.acts import Do
from services.ui.label.proposals import Proposal
from services.ui.label.sheet import Origin
from tests.services.ui.label import rooms
from tests.services.ui.label.rooms import (
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


def test_every_stroke_is_kept_and_going_on_writes_it(made, folder):
    stroke(made)
    kept = drafts.load(folder / ".0_draft.json", (HEIGHT, WIDTH))
    assert (kept.mask == made.sheet.editor.mask).all() and kept.mask.any()
    made.do(Do.NEXT)
    assert names(folder) == ["0_mask.png"] and made.frames.item.k == 1 and made.frames.labelled == 1
    assert (mask_in(folder / "0_mask.png") == kept.mask).all()


def test_looking_through_writes_nothing(made, folder):
    propose(made)
    for _ in range(5):
        made.do(Do.NEXT)
    for _ in range(5):
        made.do(Do.PREVIOUS)
    assert names(folder) == []


def test_done_takes_the_proposal_as_it_is(made, folder):
    mask = propose(made)
    assert made.sheet.origin is Origin.PROPOSED and not made.sheet.editor.changed
    made.do(Do.DONE)
    assert (mask_in(folder / "0_mask.png") == mask).all() and made.frames.item.k == 1


def test_what_was_proposed_for_the_next_frame_in_advance_lies_there(made, folder):
    propose(made)
    ahead = np.full((HEIGHT, WIDTH), 255, np.uint8)
    made.suggestions.proposals.answers = [Proposal(folder / "1.png", ahead, "")]
    made.hear()
    made.do(Do.DONE)
    assert made.frames.item.k == 1 and made.sheet.origin is Origin.PROPOSED
    made.do(Do.DONE)
    assert mask_in(folder / "1_mask.png").all()


def test_what_was_proposed_for_a_picture_that_was_replaced_does_not_lie_on_the_new_one(made, folder):
    made.suggestions.proposals.answers = [Proposal(folder / "1.png", np.full((HEIGHT, WIDTH), 255, np.uint8), "")]
    made.hear()
    os.utime(folder / "1.png", (1, 1))
    made.do(Do.NEXT)
    assert made.sheet.origin is Origin.NEW
    assert made.suggestions.proposals.asked.count(folder / "1.png") == 2


def test_nothing_drawn_is_not_nobody(made, folder):
    made.do(Do.DONE)
    assert names(folder) == [] and made.frames.item.k == 0
    assert words(made)[-1] == "Nothing is drawn. X if nobody is here"


def test_nobody_here_is_one_key(made, folder):
    propose(made)
    key(made, "x")
    assert not mask_in(folder / "0_mask.png").any() and made.frames.item.k == 1
    assert names(folder) == ["0_mask.png"]


def test_undoing_everything_leaves_nothing_behind(made, folder):
    stroke(made)
    key(made, "z")
    assert names(folder) == [] and made.sheet.origin is Origin.NEW
    key(made, "y")
    assert names(folder) == [".0_draft.json"]
    key(made, "undo")
    made.do(Do.NEXT)
    assert names(folder) == []


def test_going_on_in_the_middle_of_a_stroke_writes_it(made, folder):
    made.do(Do.BRUSH)
    made.drawing.press(60, 40)
    made.drawing.drag(90, 70)
    made.do(Do.NEXT)
    assert made.frames.item.k == 1 and not made.sheet.editor.stroking
    assert mask_in(folder / "0_mask.png")[55, 75] == 255


def test_the_end_in_the_middle_of_a_stroke_keeps_it(made, folder):
    made.do(Do.BRUSH)
    made.drawing.press(60, 40)
    made.close()
    assert drafts.load(folder / ".0_draft.json", (HEIGHT, WIDTH)).mask[40, 60] == 255


def test_what_was_written_and_then_undone_is_a_draft_again(made, folder):
    stroke(made)
    made.do(Do.NEXT)
    made.do(Do.PREVIOUS)
    key(made, "z")
    assert made.sheet.origin is Origin.WRITTEN, "another look has no steps to take back"
    click_around(made)
    made.drawing.close_polygon()
    before = mask_in(folder / "0_mask.png")
    key(made, "z")
    assert made.sheet.origin is Origin.DRAFT and (mask_in(folder / "0_mask.png") == before).all()


def test_when_all_are_labelled_it_says_so(made, folder):
    for _ in range(3):
        key(made, "x")
    assert made.frames.labelled == 3 and "All 3 are labelled" in words(made)[-1]
    assert len(names(folder)) == 3


def test_past_the_last_frame_the_first_open_one_comes_again(made):
    made.do(Do.NEXT)
    key(made, "x")
    assert made.frames.item.k == 2
    made.do(Do.NEXT)
    assert made.frames.item.k == 0
    key(made, "x")
    made.do(Do.NEXT)
    assert made.frames.item.k == 2 and "last one without a label" in words(made)[-1]


def test_the_frame_on_show_and_the_next_are_asked_for(made, folder):
    assert made.suggestions.proposals.asked == [folder / "0.png", folder / "1.png"]


def test_without_a_plate_nothing_is_asked_and_g_says_why(folder, tmp_path):
    (folder / "bkg.png").unlink()
    made = rooms.labeller(tmp_path)
    key(made, "g")
    assert made.suggestions.proposals.asked == [] and "bkg.png" in words(made)[-1]


def test_a_proposal_that_comes_late_never_overwrites_what_was_drawn(made):
    stroke(made)
    drawn = made.sheet.editor.mask.copy()
    mask = propose(made)
    assert (made.sheet.editor.mask == drawn).all()
    key(made, "g")
    assert (made.sheet.editor.mask == mask).all()
    key(made, "z")
    assert (made.sheet.editor.mask == drawn).all()


def test_a_proposal_during_a_stroke_waits(made):
    made.do(Do.BRUSH)
    made.drawing.press(60, 40)
    propose(made)
    made.drawing.release()
    assert made.sheet.origin is Origin.DRAFT and np.count_nonzero(made.sheet.editor.mask) < 400


def test_why_nothing_is_proposed_is_said(made, folder):
    made.suggestions.proposals.answers = [Proposal(folder / "0.png", None, "bkg.png is of another size.")]
    made.hear()
    assert words(made) == ["bkg.png is of another size."]


def test_a_proposal_of_another_size_is_no_mask(made):
    propose(made, mask=np.full((5, 5), 255, np.uint8))
    assert made.sheet.origin is Origin.NEW
