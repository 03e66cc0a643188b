"""What is never lost, what goes on after a crash, what is told of files that cannot be read or written."""

import errno
import os

import cv2
import numpy as np

from common.care import look
from common.evaluate import read_set
from common.sets import ImageSet
from services.ui.label import drafts, sheet
from services.ui.label.acts import Do
from services.ui.label.sheet import Origin
from tests.services.ui.label import rooms
from tests.services.ui.label.rooms import (
    AROUND,
    HEIGHT,
    WIDTH,
    click_around,
    mask_in,
    names,
    propose,
    stroke,
    words,
    write_set,
)


def test_a_crash_loses_nothing(made, folder, tmp_path):
    propose(made)
    stroke(made)
    made.do(Do.CUT)
    click_around(made, AROUND[:4])
    rooms.crash(made)
    again = rooms.labeller(tmp_path)
    assert (again.sheet.editor.mask == made.sheet.editor.mask).all()
    assert again.sheet.editor.points == tuple((float(x), float(y)) for x, y in AROUND[:4])
    assert again.drawing.tool is Do.CUT and again.sheet.origin is Origin.DRAFT and "draft" in words(again)[0]
    assert not (folder / "0_mask.png").exists()
    again.drawing.close_polygon()
    again.do(Do.DONE)
    assert names(folder) == ["0_mask.png"]


def test_a_draft_comes_before_the_first_frame(folder, tmp_path):
    made = rooms.labeller(tmp_path)
    made.do(Do.NEXT)
    stroke(made)
    rooms.crash(made)
    assert rooms.labeller(tmp_path).frames.item.k == 1


def test_a_draft_is_taken_for_no_mask(made, folder):
    stroke(made)
    assert list(read_set(folder)) == []
    assert all(frame.mask_path is None for frame in ImageSet(folder).frames())
    assert look(3, ImageSet(folder)).masks == 0


def test_a_damaged_draft_is_told_and_stays_until_somebody_draws(made, folder, tmp_path):
    stroke(made)
    (folder / ".0_draft.json").write_bytes((folder / ".0_draft.json").read_bytes()[:90])
    rooms.crash(made)
    again = rooms.labeller(tmp_path)
    assert "damaged" in words(again)[0] and (folder / ".0_draft.json").exists()
    stroke(again)
    assert drafts.load(folder / ".0_draft.json", (HEIGHT, WIDTH)) is not None


def test_a_full_disk_keeps_the_work_in_memory_and_stays(made, folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(drafts, "write_aside", full)
    monkeypatch.setattr(sheet, "write_aside", full)
    stroke(made)
    drawn = made.sheet.editor.mask.copy()
    assert "No space left" in made.frames.unsaved and str(folder) in made.frames.unsaved
    made.do(Do.NEXT)
    assert made.frames.item.k == 0 and (made.sheet.editor.mask == drawn).all() and names(folder) == []
    monkeypatch.undo()
    made.do(Do.NEXT)
    assert made.frames.unsaved == "" and (mask_in(folder / "0_mask.png") == drawn).all() and made.frames.item.k == 1


def test_a_failed_write_leaves_the_old_mask_whole(tmp_path, monkeypatch):
    folder = write_set(tmp_path, frames=1, labelled=(0,))
    before = (folder / "0_mask.png").read_bytes()
    made = rooms.labeller(tmp_path, everything=True)
    stroke(made)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sheet, "write_aside", full)
    assert not made.frames.finish()
    assert (folder / "0_mask.png").read_bytes() == before and (folder / ".0_draft.json").exists()


def test_an_unreadable_frame_is_told_and_passed_over(folder, tmp_path):
    (folder / "1.png").write_bytes((folder / "1.png").read_bytes()[:200])
    made = rooms.labeller(tmp_path)
    made.do(Do.NEXT)
    assert made.sheet is None and "1.png is not a whole image" in made.frames.problem
    for do in Do:
        if do not in (Do.NEXT, Do.PREVIOUS):
            made.do(do)
    made.drawing.press(3, 3)
    made.drawing.release()
    made.do(Do.NEXT)
    assert made.sheet is not None and made.frames.item.k == 2 and list(made.frames.unreadable) and names(folder) == []


def test_a_frame_that_vanishes_is_told(made, folder):
    (folder / "1.png").unlink()
    made.do(Do.NEXT)
    assert "1.png" in made.frames.problem


def test_a_folder_that_vanishes_keeps_the_work_in_memory(made, folder):
    folder.rename(folder.with_name("gone"))
    stroke(made)
    assert "cannot be kept" in made.frames.unsaved and made.sheet.editor.mask.any()


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


def test_a_mask_made_elsewhere_opens_as_what_training_takes_it_for(tmp_path):
    """White with an alpha channel, as paint programs write it; and one that counts to 1 is told and not taken."""
    folder = write_set(tmp_path, frames=2, labelled=(0, 1))
    mask = mask_in(folder / "0_mask.png")
    cv2.imwrite(str(folder / "0_mask.png"), np.dstack([np.full((*mask.shape, 3), 255, np.uint8), mask]))
    cv2.imwrite(str(folder / "1_mask.png"), mask // 255)
    made = rooms.labeller(tmp_path, everything=True)
    assert (made.sheet.editor.mask == mask).all() and made.sheet.origin is Origin.WRITTEN
    made.do(Do.NEXT)
    assert "1_mask.png is no mask: its brightest value is 1" in words(made)[-1] and made.sheet.origin is Origin.NEW
