"""A set is labelled in one place at a time; whoever crashed is in nobody's way."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.ui.label.acts import Do
from services.ui.label.face import card
from services.ui.label.held import SetHeldError, SetLock, check_free
from services.ui.label.sheet import Origin
from tests.conftest import REPOSITORY
from tests.services.ui.label import rooms
from tests.services.ui.label.rooms import key, mask_in, names, stroke, write_set

HOLDER = """
import sys, time
sys.argv = ["bgsub-label"]
from pathlib import Path
from services.ui.label.held import SetLock
lock = SetLock()
lock.hold(Path({folder!r}))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(folder):
    """Another process that labels the set."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(folder=str(folder))], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate(timeout=10)


def test_who_holds_the_set_is_said_and_nothing_is_drawn(folder, holder, tmp_path):
    made = rooms.labeller(tmp_path)
    words = f"set3 is being labelled by bgsub-label, process {holder.pid}. Close it there, and go on here."
    assert made.sheet is None and made.frames.problem == words and card(made.frames).words == words
    stroke(made)
    made.do(Do.DONE)
    assert names(folder) == []
    made.close()


def test_a_killed_holder_locks_nobody_out(folder, holder, tmp_path):
    made = rooms.labeller(tmp_path)
    assert made.frames.held
    holder.kill()
    holder.wait(10)
    assert (folder / ".label.lock").exists()
    made.refresh()
    assert (
        not made.frames.held and made.sheet is not None and made.frames.problem == "" and made.frames.unreadable == {}
    )
    made.close()
    assert not (folder / ".label.lock").exists()


def test_another_set_can_be_labelled_meanwhile(holder, tmp_path):
    write_set(tmp_path, 4, frames=1)
    made = rooms.labeller(tmp_path)
    assert made.frames.held and made.frames.item.number == 3
    made.do(Do.NEXT)
    assert not made.frames.held and made.frames.item.number == 4 and made.sheet is not None
    made.close()
    check_free(made.frames.work.items)


def test_where_every_set_is_held_there_is_nothing_to_begin(folder, holder, tmp_path):
    made = rooms.labeller(tmp_path)
    with pytest.raises(SetHeldError, match=f"process {holder.pid}"):
        check_free(made.frames.work.items)
    made.close()


def test_whoever_leaves_lets_others_in_and_goes_on_with_what_they_wrote(folder, tmp_path):
    studio = rooms.labeller(tmp_path)
    stroke(studio)
    studio.leave()
    other = rooms.labeller(tmp_path)
    assert (other.sheet.editor.mask == studio.sheet.editor.mask).all() and other.sheet.origin is Origin.DRAFT
    other.do(Do.NOBODY)
    studio.refresh()
    assert studio.frames.held, "they are at it still"
    other.close()
    studio.refresh()
    assert not studio.sheet.editor.mask.any() and studio.sheet.origin is Origin.WRITTEN
    assert not mask_in(folder / "0_mask.png").any()
    studio.close()


def test_whoever_comes_back_to_an_untouched_frame_can_still_undo(tmp_path, folder):
    made = rooms.labeller(tmp_path)
    stroke(made)
    made.leave()
    made.refresh()
    key(made, "z")
    assert not made.sheet.editor.mask.any()
    made.close()


def test_whoever_leaves_a_frame_that_cannot_be_read_lets_others_in_and_looks_anew(folder, tmp_path):
    whole = (folder / "0.png").read_bytes()
    (folder / "0.png").write_bytes(whole[:99])
    made = rooms.labeller(tmp_path)
    made.leave()
    other = SetLock()
    other.hold(folder)
    other.release()
    (folder / "0.png").write_bytes(whole)
    made.refresh()
    assert made.sheet is not None and made.frames.problem == ""
    with pytest.raises(SetHeldError):
        other.hold(folder)
    made.close()


def test_what_is_not_on_disk_is_not_let_go(folder, tmp_path, monkeypatch):
    made = rooms.labeller(tmp_path)
    made.frames.unsaved = "The draft cannot be kept."
    made.leave()
    with pytest.raises(SetHeldError):
        SetLock().hold(folder)
    made.close()


def test_a_folder_that_takes_no_file_is_labelled_all_the_same(folder):
    lock = SetLock()
    lock.hold(Path("/proc"))
    lock.hold(folder)
    assert (folder / ".label.lock").exists()
    lock.release()
    assert not (folder / ".label.lock").exists()
