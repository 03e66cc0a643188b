import errno
import os
import time
from pathlib import Path

import numpy as np
import pytest

from common.control import ControlTimeoutError
from common.messages import (
    Accepted,
    CancelCapture,
    Capture,
    ClearPlate,
    Done,
    Frame,
    FrameKey,
    LearnPlate,
    Plate,
    PlateHealth,
    PlateState,
    Recording,
    RecordingState,
    RecordingTarget,
    Refused,
    UndoSave,
)
from common.sets import ImageSets, read_image
from common.settings import RecorderSettings
from services.recorder.shelf import Shelf
from services.recorder.worker import Recorder

BKG, SAV = Capture(RecordingTarget.PLATE), Capture(RecordingTarget.FRAME)
EMPTY = np.full((24, 32, 3), 90, np.uint8)
PLATE = np.full((24, 32, 3), 91, np.uint8)
GOOD = PlateHealth(PlateState.GOOD, "")


class Segment:
    """Answers LearnPlate as told; `asked` holds what it was asked."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.asked: list[object] = []

    def __call__(self, request: object) -> "Segment":
        self.asked.append(request)
        return self

    def reply(self) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Studio:
    """A recorder with a clock of its own, in front of a camera that shows `picture` thirty times a second."""

    def __init__(self, root: Path, number: int = 0, answer: object = None) -> None:
        self.now = 1000.0
        self.picture: np.ndarray | None = EMPTY
        self.root = root
        self.segment = Segment(answer)
        settings = RecorderSettings(sets=str(root), set=number)
        self.recorder = Recorder(settings, Shelf(root, number), 1.5, self.segment, lambda: self.now)
        self.heard: list[Plate] = []
        self.run(0.1)

    def run(self, seconds: float) -> Recording:
        for _ in range(round(seconds * 30)):
            self.now += 1 / 30
            if self.picture is not None:
                key = FrameKey("cam0", "s", 0, 0, "b")
                self.recorder.see(Frame(key, self.picture, mirrored=False, source="test", index=0, live=True))
            self.recorder.turn()
        return self.settled()

    def settled(self) -> Recording:
        """The state once a file that is being written is there."""
        give_up = time.monotonic() + 20
        while self.recorder._saving is not None and time.monotonic() < give_up:
            time.sleep(0.002)
            self.recorder.turn()
        return self.recorder.turn()

    def learned(self, image: np.ndarray = PLATE, job: str = "job-1", **changes: object) -> Recording:
        values = {"plate_id": "p", "image": image, "camera": "cam0", "frames": 31, "job": job, "health": GOOD}
        self.recorder.hear(Plate(**{**values, **changes}))
        return self.run(0.1)

    def save_set(self, number: int, frames: int = 0) -> None:
        chosen = ImageSets(self.root).open(number)
        chosen.save_plate(PLATE)
        for _ in range(frames):
            chosen.save_frame(EMPTY)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path, answer=Accepted("job-1", ""))


def test_bkg_counts_down_and_saves_the_plate_that_segment_uses(studio: Studio, tmp_path: Path):
    reply = studio.recorder.handle(BKG)
    assert isinstance(reply, Accepted)
    now = studio.run(2)
    assert (now.state, now.seconds_total, now.set_number, now.job) == (RecordingState.COUNTDOWN, 5, 1, reply.job)
    assert now.seconds_left == pytest.approx(3, abs=0.1)
    assert studio.segment.asked == []
    assert studio.run(3.1).state is RecordingState.LEARNING
    assert studio.segment.asked == [LearnPlate(1.5, insist=False)]
    now = studio.learned()
    assert (now.state, now.has_plate, now.frames, now.set_number) == (RecordingState.SAVED, True, 0, 1)
    assert now.saved == str(tmp_path / "set1" / "bkg.png")
    assert (read_image(tmp_path / "set1" / "bkg.png") == PLATE).all()


def test_sav_saves_the_newest_frame_of_the_moment(studio: Studio, tmp_path: Path):
    studio.save_set(3)
    studio = Studio(tmp_path, number=3)
    for k in range(3):
        assert isinstance(studio.recorder.handle(SAV), Accepted)
        studio.run(1.9)
        studio.picture = np.full((24, 32, 3), 10 + k, np.uint8)
        now = studio.run(0.2)
        assert (now.state, now.frames, Path(now.saved).name) == (RecordingState.SAVED, k + 1, f"{k}.png")
        assert (read_image(tmp_path / "set3" / f"{k}.png") == 10 + k).all()


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


def test_another_jobs_plate_is_not_ours(studio: Studio):
    studio.recorder.handle(BKG)
    studio.run(5.1)
    assert studio.learned(job="job-0").state is RecordingState.LEARNING


def test_the_plate_may_come_before_the_answer(studio: Studio):
    studio.segment.answer = None
    studio.recorder.handle(BKG)
    studio.run(5.1)
    assert studio.learned().state is RecordingState.LEARNING
    studio.segment.answer = Accepted("job-1", "")
    assert studio.run(0.1).state is RecordingState.SAVED


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ControlTimeoutError("segment did not answer"), "segment does not answer"),
        (Refused("It is learning already."), "It is learning already."),
        (Done("odd", {}), "odd"),
    ],
)
def test_without_segment_the_recorder_learns_and_says_so(tmp_path: Path, answer: object, says: str):
    studio = Studio(tmp_path, answer=answer)
    studio.recorder.handle(BKG)
    now = studio.run(5 + 2)
    assert now.state is RecordingState.SAVED
    assert "learned it itself" in now.words
    assert says in now.words
    assert (read_image(tmp_path / "set1" / "bkg.png") == EMPTY).all()


def test_a_segment_that_dies_while_learning_is_not_waited_for_forever(studio: Studio):
    studio.recorder.handle(BKG)
    now = studio.run(5 + 1.5 + 15.5)
    assert (now.state, "did not finish" in now.words) == (RecordingState.SAVED, True)


def test_a_failed_job_is_made_up_for(studio: Studio):
    studio.recorder.handle(BKG)
    studio.run(7)
    now = studio.learned(frames=0, health=PlateHealth(PlateState.NONE, "The pictures stopped."))
    assert (now.state, "The pictures stopped." in now.words) == (RecordingState.SAVED, True)


def test_a_plate_with_somebody_in_it_is_kept_only_when_insisted_on(studio: Studio, tmp_path: Path):
    studio.recorder.handle(BKG)
    studio.run(5.1)
    now = studio.learned(frames=0, health=PlateHealth(PlateState.OCCUPIED, "Somebody stands there: step out."))
    assert (now.state, now.set_number) == (RecordingState.FAILED, 0)
    assert now.words.startswith("Somebody stands there: step out. Then press Bkg again")
    assert not list(tmp_path.iterdir())
    studio.run(20)
    studio.recorder.handle(BKG)
    studio.run(5.1)
    assert studio.segment.asked[-1] == LearnPlate(1.5, insist=True)
    studio.run(60)
    studio.recorder.handle(BKG)
    studio.run(5.1)
    assert studio.segment.asked[-1] == LearnPlate(1.5, insist=False)


def test_without_a_set_every_bkg_starts_the_next_free_one(studio: Studio):
    studio.save_set(7)
    for number in (8, 9):
        studio.recorder.handle(BKG)
        studio.run(5.1)
        assert studio.learned().set_number == number


def test_a_set_that_has_a_plate_refuses_another(tmp_path: Path):
    studio = Studio(tmp_path)
    studio.save_set(3, frames=2)
    studio = Studio(tmp_path, number=3)
    now = studio.recorder.turn()
    assert (now.state, now.has_plate, now.frames, now.set_number) == (RecordingState.IDLE, True, 2, 3)
    reply = studio.recorder.handle(BKG)
    assert isinstance(reply, Refused)
    assert "set3 has its bkg.png already" in reply.words


@pytest.mark.parametrize(("number", "says"), [(0, "No set is begun yet. Press Bkg"), (3, "There is no bkg.png in")])
def test_sav_without_a_plate_says_what_to_do(tmp_path: Path, number: int, says: str):
    reply = Studio(tmp_path, number).recorder.handle(SAV)
    assert isinstance(reply, Refused)
    assert says in reply.words


@pytest.mark.parametrize("seconds", [-1, -0.001, 601, float("nan"), float("inf")])
def test_impossible_countdowns_are_refused(studio: Studio, seconds: float):
    reply = studio.recorder.handle(Capture(RecordingTarget.PLATE, seconds))
    assert isinstance(reply, Refused)
    assert studio.recorder.turn().state is RecordingState.IDLE


def test_one_thing_at_a_time(studio: Studio):
    studio.recorder.handle(BKG)
    assert isinstance(studio.recorder.handle(SAV), Refused)
    assert isinstance(studio.recorder.handle(BKG), Refused)
    assert isinstance(studio.recorder.handle(ClearPlate()), Refused)


@pytest.mark.parametrize("after", [1, 5.2])
def test_a_capture_can_be_cancelled(studio: Studio, tmp_path: Path, after: float):
    assert isinstance(studio.recorder.handle(CancelCapture()), Refused)
    studio.recorder.handle(BKG)
    studio.run(after)
    assert isinstance(studio.recorder.handle(CancelCapture()), Done)
    assert (studio.learned().state, studio.run(10).set_number) == (RecordingState.IDLE, 0)
    assert not list(tmp_path.iterdir())


def test_no_picture_no_capture(studio: Studio, tmp_path: Path):
    studio.save_set(3)
    studio = Studio(tmp_path, number=3)
    studio.recorder.handle(SAV)
    studio.picture = None
    now = studio.run(2.1)
    assert (now.state, "camera stopped" in now.words) == (RecordingState.FAILED, True)
    reply = studio.recorder.handle(SAV)
    assert isinstance(reply, Refused)
    assert "No picture comes from the camera" in reply.words


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
