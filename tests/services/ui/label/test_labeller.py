"""Labelling without a window: what is written when, what is never lost, what goes on after a crash."""

import errno
import os

import cv2
import numpy as np
import pytest

from services.ui.label import drafts, labeller, sheet
from services.ui.label.acts import Do
from services.ui.label.outline import inside
from services.ui.label.proposals import Proposal
from services.ui.label.sheet import Origin
from tests.services.ui.label import rooms
from tests.services.ui.label.rooms import AROUND, HEIGHT, WIDTH, click_around, mask_in, names, stroke, write_set


def words(made):
    said, made.said = [one.words for one in made.said], []
    return said


def propose(made, k=0, mask=None):
    folder = made.item.folder
    if mask is None:
        mask = inside(AROUND, (HEIGHT, WIDTH))
    made.suggestions.proposals.answers = [Proposal(folder / f"{k}.png", mask)]
    made.hear()
    return mask


# --- a polygon around the person ------------------------------------------------------------------------------------


def test_a_polygon_that_comes_back_to_its_first_point_is_written(made, folder):
    click_around(made)
    assert names(folder) == [".0_draft.json"]
    made.press(45, 24)
    assert names(folder) == ["0_mask.png"]
    written = mask_in(folder / "0_mask.png")
    assert written.shape == (HEIGHT, WIDTH) and set(np.unique(written)) == {0, 255}
    assert (written == inside(AROUND, (HEIGHT, WIDTH))).all()
    assert made.item.k == 0 and made.sheet.origin is Origin.WRITTEN


@pytest.mark.parametrize("close", [lambda made: made.close_polygon(), lambda made: made.key("enter")])
def test_a_right_click_a_double_click_and_enter_close_from_three_points_on(made, folder, close):
    click_around(made, AROUND[:2])
    close(made)
    assert made.sheet.editor.points and "three corners" in words(made)[-1]
    made.press(*AROUND[3])
    close(made)
    assert names(folder) == ["0_mask.png"]


def test_the_second_press_of_a_double_click_is_no_corner(made):
    click_around(made)
    made.press(*AROUND[-1])
    assert len(made.sheet.editor.points) == len(AROUND)


def test_a_polygon_that_mends_a_part_leaves_a_draft(made, folder):
    propose(made)
    click_around(made, ((100, 20), (140, 20), (140, 40), (100, 40)))
    made.close_polygon()
    assert names(folder) == [".0_draft.json"] and made.sheet.origin is Origin.DRAFT


def test_a_polygon_that_cuts_never_finishes(made, folder):
    propose(made)
    made.do(Do.CUT)
    click_around(made)
    made.close_polygon()
    assert names(folder) == [".0_draft.json"] and not made.sheet.editor.mask[60, 80]


def test_an_open_polygon_keeps_the_brush_and_the_next_frame_waiting(made, folder):
    click_around(made)
    made.do(Do.BRUSH)
    made.do(Do.NEXT)
    assert made.tool is Do.POLYGON and made.item.k == 0
    assert all("polygon is open" in said for said in words(made))
    made.do(Do.DROP)
    made.do(Do.BRUSH)
    assert made.tool is Do.BRUSH and not made.sheet.editor.points


# --- strokes, drafts, and going on ----------------------------------------------------------------------------------


def test_every_stroke_is_kept_and_going_on_writes_it(made, folder):
    stroke(made)
    kept = drafts.load(folder / ".0_draft.json", (HEIGHT, WIDTH))
    assert (kept.mask == made.sheet.editor.mask).all() and kept.mask.any()
    made.do(Do.NEXT)
    assert names(folder) == ["0_mask.png"] and made.item.k == 1 and made.labelled == 1
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
    assert (mask_in(folder / "0_mask.png") == mask).all() and made.item.k == 1


def test_nobody_here_is_one_key(made, folder):
    propose(made)
    made.key("x")
    assert not mask_in(folder / "0_mask.png").any() and made.item.k == 1
    assert names(folder) == ["0_mask.png"]


def test_undoing_everything_leaves_nothing_behind(made, folder):
    stroke(made)
    made.key("z")
    assert names(folder) == [] and made.sheet.origin is Origin.NEW
    made.key("y")
    assert names(folder) == [".0_draft.json"]
    made.key("undo")
    made.do(Do.NEXT)
    assert names(folder) == []


def test_what_was_written_and_then_undone_is_a_draft_again(made, folder):
    stroke(made)
    made.do(Do.NEXT)
    made.do(Do.PREVIOUS)
    made.key("z")
    assert made.sheet.origin is Origin.WRITTEN, "another look has no steps to take back"
    click_around(made)
    made.close_polygon()
    before = mask_in(folder / "0_mask.png")
    made.key("z")
    assert made.sheet.origin is Origin.DRAFT and (mask_in(folder / "0_mask.png") == before).all()


def test_a_crash_loses_nothing(made, folder, tmp_path):
    propose(made)
    stroke(made)
    made.do(Do.CUT)
    click_around(made, AROUND[:4])
    rooms.crash(made)
    again = rooms.labeller(tmp_path)
    assert (again.sheet.editor.mask == made.sheet.editor.mask).all()
    assert again.sheet.editor.points == tuple((float(x), float(y)) for x, y in AROUND[:4])
    assert again.tool is Do.CUT and again.sheet.origin is Origin.DRAFT and "draft" in words(again)[0]
    assert not (folder / "0_mask.png").exists()
    again.close_polygon()
    again.do(Do.DONE)
    assert names(folder) == ["0_mask.png"]


def test_a_draft_comes_before_the_first_frame(folder, tmp_path):
    made = rooms.labeller(tmp_path)
    made.do(Do.NEXT)
    stroke(made)
    rooms.crash(made)
    assert rooms.labeller(tmp_path).item.k == 1


def test_a_draft_is_taken_for_no_mask(made, folder):
    from common.care import look
    from common.evaluate import read_set
    from common.sets import ImageSet

    stroke(made)
    assert list(read_set(folder)) == []
    assert all(frame.mask_path is None for frame in ImageSet(folder).frames())
    assert look(3, ImageSet(folder)).masks == 0


def test_when_all_are_labelled_it_says_so(made, folder):
    for _ in range(3):
        made.key("x")
    assert made.labelled == 3 and "All 3 are labelled" in words(made)[-1]
    assert len(names(folder)) == 3


def test_past_the_last_frame_the_first_open_one_comes_again(made):
    made.do(Do.NEXT)
    made.key("x")
    assert made.item.k == 2
    made.do(Do.NEXT)
    assert made.item.k == 0
    made.key("x")
    made.do(Do.NEXT)
    assert made.item.k == 2 and "last one without a label" in words(made)[-1]


def test_a_damaged_draft_is_told_and_stays_until_somebody_draws(made, folder, tmp_path):
    stroke(made)
    (folder / ".0_draft.json").write_bytes((folder / ".0_draft.json").read_bytes()[:90])
    rooms.crash(made)
    again = rooms.labeller(tmp_path)
    assert "damaged" in words(again)[0] and (folder / ".0_draft.json").exists()
    stroke(again)
    assert drafts.load(folder / ".0_draft.json", (HEIGHT, WIDTH)) is not None


# --- the disk refuses -----------------------------------------------------------------------------------------------


def test_a_full_disk_keeps_the_work_in_memory_and_stays(made, folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(drafts, "write_aside", full)
    monkeypatch.setattr(sheet, "write_aside", full)
    stroke(made)
    drawn = made.sheet.editor.mask.copy()
    assert "No space left" in made.unsaved and str(folder) in made.unsaved
    made.do(Do.NEXT)
    assert made.item.k == 0 and (made.sheet.editor.mask == drawn).all() and names(folder) == []
    monkeypatch.undo()
    made.do(Do.NEXT)
    assert made.unsaved == "" and (mask_in(folder / "0_mask.png") == drawn).all() and made.item.k == 1


def test_a_failed_write_leaves_the_old_mask_whole(tmp_path, monkeypatch):
    folder = write_set(tmp_path, frames=1, labelled=(0,))
    before = (folder / "0_mask.png").read_bytes()
    made = rooms.labeller(tmp_path, everything=True)
    stroke(made)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sheet, "write_aside", full)
    assert not made.finish()
    assert (folder / "0_mask.png").read_bytes() == before and (folder / ".0_draft.json").exists()


# --- what is found --------------------------------------------------------------------------------------------------


def test_an_unreadable_frame_is_told_and_passed_over(folder, tmp_path):
    (folder / "1.png").write_bytes((folder / "1.png").read_bytes()[:200])
    made = rooms.labeller(tmp_path)
    made.do(Do.NEXT)
    assert made.sheet is None and "1.png is not a whole image" in made.problem
    for do in Do:
        if do not in (Do.NEXT, Do.PREVIOUS):
            made.do(do)
    made.press(3, 3)
    made.release()
    made.do(Do.NEXT)
    assert made.sheet is not None and made.item.k == 2 and list(made.unreadable) and names(folder) == []


def test_a_frame_that_vanishes_is_told(made, folder):
    (folder / "1.png").unlink()
    made.do(Do.NEXT)
    assert "1.png" in made.problem


def test_a_folder_that_vanishes_keeps_the_work_in_memory(made, folder):
    folder.rename(folder.with_name("gone"))
    stroke(made)
    assert "cannot be kept" in made.unsaved and made.sheet.editor.mask.any()


def test_a_mask_of_another_size_is_drawn_anew_and_stays_until_then(tmp_path):
    folder = write_set(tmp_path, frames=1)
    cv2.imwrite(str(folder / "0_mask.png"), np.zeros((5, 5), np.uint8))
    made = rooms.labeller(tmp_path, everything=True)
    assert "another size" in words(made)[0] and made.sheet.editor.mask.shape == (HEIGHT, WIDTH)
    assert mask_in(folder / "0_mask.png").shape == (5, 5)
    stroke(made)
    made.do(Do.NEXT)
    assert mask_in(folder / "0_mask.png").shape == (HEIGHT, WIDTH)


def test_an_untouched_label_is_not_written_again(tmp_path):
    folder = write_set(tmp_path, frames=2, labelled=(0, 1))
    made = rooms.labeller(tmp_path, everything=True)
    before = (folder / "0_mask.png").stat().st_mtime_ns
    made.do(Do.DONE)
    assert (folder / "0_mask.png").stat().st_mtime_ns == before


# --- the network ----------------------------------------------------------------------------------------------------


def test_the_frame_on_show_and_the_next_are_asked_for(made, folder):
    assert made.suggestions.proposals.asked == [folder / "0.png", folder / "1.png"]


def test_without_a_plate_nothing_is_asked_and_g_says_why(folder, tmp_path):
    (folder / "bkg.png").unlink()
    made = rooms.labeller(tmp_path)
    made.key("g")
    assert made.suggestions.proposals.asked == [] and "bkg.png" in words(made)[-1]


def test_a_proposal_that_comes_late_never_overwrites_what_was_drawn(made):
    stroke(made)
    drawn = made.sheet.editor.mask.copy()
    mask = propose(made)
    assert (made.sheet.editor.mask == drawn).all()
    made.key("g")
    assert (made.sheet.editor.mask == mask).all()
    made.key("z")
    assert (made.sheet.editor.mask == drawn).all()


def test_a_proposal_during_a_stroke_waits(made):
    made.do(Do.BRUSH)
    made.press(60, 40)
    propose(made)
    made.release()
    assert made.sheet.origin is Origin.DRAFT and np.count_nonzero(made.sheet.editor.mask) < 400


def test_why_nothing_is_proposed_is_said(made, folder):
    made.suggestions.proposals.answers = [Proposal(folder / "0.png", None, "bkg.png is of another size.")]
    made.hear()
    assert words(made) == ["bkg.png is of another size."]


def test_a_proposal_of_another_size_is_no_mask(made):
    propose(made, mask=np.full((5, 5), 255, np.uint8))
    assert made.sheet.origin is Origin.NEW


# --- tools ----------------------------------------------------------------------------------------------------------


def test_the_brush_grows_and_shrinks_to_its_ends(made):
    for _ in range(30):
        made.key("]")
    assert made.radius == labeller.RADII[-1]
    for _ in range(30):
        made.key("[")
    assert made.radius == labeller.RADII[0]


def test_snapping_where_there_is_no_border_says_so(made):
    stroke(made, tool=Do.SNAP)
    made.settle()
    assert "none here" in words(made)[-1] and not made.sheet.editor.can_undo


def test_snapping_moves_a_border_and_can_be_undone(made):
    mask = propose(made)
    made.radius = 12
    made.do(Do.SNAP)
    made.press(*AROUND[0])
    for corner in (*AROUND, AROUND[0]):
        made.drag(*corner)
    made.release()
    made.settle()
    assert (made.sheet.editor.mask != mask).any()
    made.key("z")
    assert (made.sheet.editor.mask == mask).all()


def test_every_act_has_a_key_of_its_own():
    from services.ui.label.acts import ACTS

    keys = [key for act in ACTS for key in (act.key.lower(), *act.also)]
    assert len(keys) == len(set(keys)) and {act.do for act in ACTS} == set(Do)
    # the desk's own
    assert not {"h", "?", "q", "f", "1", "5"} & set(keys)
