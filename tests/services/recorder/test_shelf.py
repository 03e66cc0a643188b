"""What lies in a set: found, added, taken back, and never overwritten."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from common.messages import (
    Accepted,
    Done,
    Recording,
    RecordingState,
    Refused,
    UndoSave,
)
from common.sets import read_image
from tests.services.recorder.studio import BKG, EMPTY, PLATE, SAV, Studio


def shots(now: Recording) -> list[str]:
    return [shot.name for shot in now.shots]


def test_the_newest_frames_are_told_of_in_small_pictures(tmp_path: Path):
    studio = Studio(tmp_path)
    studio.save_set(3, frames=6)
    (tmp_path / "set3" / "4.png").write_bytes(b"torn")
    studio = Studio(tmp_path, number=3)
    assert shots(studio.recorder.turn()) == ["5.png", "3.png", "2.png", "bkg.png"]
    studio.recorder.handle(SAV)
    now = studio.run(2.1)
    assert shots(now) == ["6.png", "5.png", "3.png", "bkg.png"]
    assert all(shot.image.shape == (96, 128, 3) for shot in now.shots)
    assert (now.shots[0].image == 90).all() and (now.shots[-1].image == 91).all()


def test_undo_takes_back_one_save_after_the_other(studio: Studio, tmp_path: Path):
    studio.recorder.handle(BKG)
    studio.run(5.1)
    studio.learned()
    studio.recorder.handle(SAV)
    job = studio.run(2.1).job
    reply = studio.recorder.handle(UndoSave())
    now = studio.recorder.turn()
    assert isinstance(reply, Done) and "Took back 0.png of set1" in reply.words
    assert (now.state, now.frames, now.has_plate, shots(now)) == (RecordingState.IDLE, 0, True, ["bkg.png"])
    assert now.job != job, "main tells of it by its job"
    assert (tmp_path / "set1" / "trash" / "0.png").exists()
    studio.recorder.handle(UndoSave())
    now = studio.recorder.turn()
    assert (now.set_number, now.has_plate, shots(now)) == (1, False, [])
    reply = studio.recorder.handle(UndoSave())
    assert isinstance(reply, Refused) and "set1 is empty" in reply.words


def test_the_set_whose_plate_was_taken_back_is_begun_anew(studio: Studio):
    for _ in range(2):
        studio.recorder.handle(BKG)
        studio.run(5.1)
        assert studio.learned().set_number == 1
        studio.recorder.handle(UndoSave())


@pytest.mark.parametrize("frames, left", [(2, "1.png"), (0, "bkg.png")])
def test_undo_ends_where_the_old_set_begins(tmp_path: Path, frames: int, left: str):
    Studio(tmp_path).save_set(3, frames=frames)
    studio = Studio(tmp_path, number=3)
    studio.recorder.handle(SAV)
    studio.run(2.1)
    assert isinstance(studio.recorder.handle(UndoSave()), Done)
    reply = studio.recorder.handle(UndoSave())
    assert isinstance(reply, Refused) and f"{left} of set3 was there before" in reply.words
    assert studio.recorder.turn().frames == frames and (tmp_path / "set3" / left).exists()


def test_undo_is_refused_where_there_is_nothing_or_a_capture_is_under_way(studio: Studio):
    reply = studio.recorder.handle(UndoSave())
    assert isinstance(reply, Refused) and "Nothing was saved" in reply.words
    studio.recorder.handle(BKG)
    reply = studio.recorder.handle(UndoSave())
    assert isinstance(reply, Refused) and "under way" in reply.words


def test_an_undo_that_fails_gives_words_and_moves_nothing(tmp_path: Path, monkeypatch):
    Studio(tmp_path).save_set(3, frames=0)
    studio = Studio(tmp_path, number=3)
    studio.recorder.handle(SAV)
    studio.run(2.1)

    def fail(*_args: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("common.sets.move_new", fail)
    reply = studio.recorder.handle(UndoSave())
    assert isinstance(reply, Refused) and "read-only" in reply.words
    assert studio.recorder.turn().frames == 1


def test_a_set_that_has_a_plate_refuses_another(tmp_path: Path):
    studio = Studio(tmp_path)
    studio.save_set(3, frames=2)
    studio = Studio(tmp_path, number=3)
    now = studio.recorder.turn()
    assert (now.state, now.has_plate, now.frames, now.set_number) == (RecordingState.IDLE, True, 2, 3)
    reply = studio.recorder.handle(BKG)
    assert isinstance(reply, Refused)
    assert "set3 has its bkg.png already" in reply.words


def test_without_a_set_every_bkg_starts_the_next_free_one(studio: Studio):
    studio.save_set(7)
    for number in (8, 9):
        studio.recorder.handle(BKG)
        studio.run(5.1)
        assert studio.learned().set_number == number


def test_another_picture_size_does_not_go_into_the_set(tmp_path: Path):
    Studio(tmp_path).save_set(3)
    studio = Studio(tmp_path, number=3)
    studio.picture = np.zeros((48, 64, 3), np.uint8)
    studio.run(0.1)
    studio.recorder.handle(SAV)
    now = studio.run(2.1)
    assert (now.state, "64x48" in now.words, "32x24" in now.words) == (RecordingState.FAILED, True, True)


@pytest.mark.parametrize(
    ("code", "says"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "no permission"), (errno.EIO, "Input/output")]
)
def test_a_disk_that_fails_gives_words_and_loses_nothing(tmp_path: Path, monkeypatch, code: int, says: str):
    Studio(tmp_path).save_set(3, frames=1)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.png")}
    studio = Studio(tmp_path, number=3)

    def fail(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        studio.recorder.handle(SAV)
        now = studio.run(2.1)
    assert (now.state, now.frames, says in now.words) == (RecordingState.FAILED, 1, True)
    assert studio.recorder.vitals().error == now.words
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    studio.recorder.handle(SAV)
    assert studio.run(2.1).frames == 2
    assert studio.recorder.vitals().error == ""


def test_a_folder_that_vanishes_is_told(tmp_path: Path):
    Studio(tmp_path).save_set(3)
    studio = Studio(tmp_path, number=3)
    studio.recorder.handle(SAV)
    (tmp_path / "set3").rename(tmp_path / "elsewhere")
    now = studio.run(2.1)
    assert (now.state, "set3/bkg.png is gone" in now.words) == (RecordingState.FAILED, True)
    assert isinstance(studio.recorder.handle(SAV), Refused)
    assert not (tmp_path / "set3").exists()


def test_a_file_where_the_folder_of_sets_should_be(tmp_path: Path):
    (tmp_path / "images").write_text("no folder")
    studio = Studio(tmp_path / "images", answer=Accepted("job-1", ""))
    studio.recorder.handle(BKG)
    studio.run(5.1)
    now = studio.learned()
    assert (now.state, "not a folder" in now.words) == (RecordingState.FAILED, True)


def test_somebody_elses_plate_is_never_overwritten(tmp_path: Path):
    studio = Studio(tmp_path, number=3, answer=Accepted("job-1", ""))
    studio.recorder.handle(BKG)
    studio.run(5.1)
    studio.save_set(3)
    now = studio.learned(EMPTY)
    assert (now.state, "never overwritten" in now.words) == (RecordingState.FAILED, True)
    assert (read_image(tmp_path / "set3" / "bkg.png") == PLATE).all()
