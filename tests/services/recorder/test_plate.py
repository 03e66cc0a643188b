"""Whose plate is saved: that of segment, our own, or none with somebody in it."""

from pathlib import Path

import pytest

from common.control import ControlTimeoutError
from common.messages import (
    Accepted,
    Done,
    LearnPlate,
    PlateHealth,
    PlateState,
    RecordingState,
    Refused,
)
from common.sets import read_image
from tests.services.recorder.studio import BKG, EMPTY, Studio, told


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


def test_a_refusal_is_heard_though_segment_tells_in_the_same_breath_what_it_uses(studio: Studio, tmp_path: Path):
    studio.recorder.handle(BKG)
    studio.run(5.1)
    studio.recorder.hear(told(frames=0, health=PlateHealth(PlateState.OCCUPIED, "Somebody stands there: step out.")))
    now = studio.learned(job="")
    assert (now.state, now.words.startswith("Somebody stands there")) == (RecordingState.FAILED, True)
    assert not list(tmp_path.iterdir())


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
