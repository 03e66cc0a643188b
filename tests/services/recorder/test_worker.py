"""Countdowns: what begins, ends and is refused."""

from pathlib import Path

import numpy as np
import pytest

from common.messages import (
    Accepted,
    CancelCapture,
    Capture,
    ClearPlate,
    Done,
    LearnPlate,
    RecordingState,
    RecordingTarget,
    Refused,
)
from common.sets import read_image
from tests.services.recorder.studio import BKG, PLATE, SAV, Studio


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
