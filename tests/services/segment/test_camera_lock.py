"""The webcam is held while a plate is learned and used."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from common.control import ControlTimeoutError
from common.messages import ClearPlate, Done, LearnPlate, LockCamera, Mask, Refused, Reply, Request, UnlockCamera
from services.segment.camera_lock import CameraLock
from tests.services.segment.scene import Studio

HELD = Done("Exposure is held.", {"locked": "exposure"})


@dataclass
class FakeCamera:
    """Answers with `says` once that is set; `silent` lets every request run out of time."""

    says: Reply | None = HELD
    silent: bool = False
    asked: list[Request] = field(default_factory=list)

    def ask(self, request: Request, _timeout_s: float) -> "FakeCamera":
        self.asked.append(request)
        return self

    def reply(self) -> Reply | None:
        if self.silent:
            raise ControlTimeoutError("camera did not answer.")
        return self.says


@pytest.fixture
def camera() -> FakeCamera:
    return FakeCamera()


@pytest.fixture
def studio(tmp_path: Path, camera: FakeCamera) -> Iterator[Studio]:
    made = Studio(tmp_path / "state")
    made.plates.camera = CameraLock(camera.ask)
    made.run(0.1)
    yield made
    made.close()


def test_the_plate_is_learned_after_the_webcam_is_held(studio: Studio, camera: FakeCamera) -> None:
    camera.says = None
    studio.ask(LearnPlate(1.0))
    studio.run(2)
    assert camera.asked == [LockCamera()]
    assert not studio.of(Mask), "it waits"
    camera.says = HELD
    studio.run(1.2)
    assert studio.plate.frames > 0
    assert camera.asked == [LockCamera()], "held for as long as the plate is used"


def test_what_is_held_is_said_while_it_learns(studio: Studio) -> None:
    studio.ask(LearnPlate(1.0))
    studio.run(1.2)
    studio.ask(LearnPlate(1.0), "again")
    studio.run(0.5)
    assert "Learning the plate" in studio.mask.health.words
    assert "Exposure is held." in studio.mask.health.words


@pytest.mark.parametrize("says", [Refused("Nothing could be held."), Done("", {"locked": ""})])
def test_a_camera_that_holds_nothing_is_learned_from_all_the_same(
    studio: Studio, camera: FakeCamera, says: Reply
) -> None:
    camera.says = says
    studio.ask(LearnPlate(1.0))
    studio.run(1.2)
    assert studio.plate.frames > 0


def test_a_camera_that_does_not_answer_is_learned_from_all_the_same(studio: Studio, camera: FakeCamera) -> None:
    camera.silent = True
    studio.ask(LearnPlate(1.0))
    studio.run(1.2)
    assert studio.plate.frames > 0


def test_a_plate_that_is_cleared_frees_the_webcam(studio: Studio, camera: FakeCamera) -> None:
    studio.ask(LearnPlate(1.0))
    studio.run(1.2)
    studio.ask(ClearPlate())
    assert camera.asked == [LockCamera(), UnlockCamera()]


def test_a_plate_that_comes_to_nothing_frees_the_webcam(studio: Studio, camera: FakeCamera) -> None:
    studio.ask(LearnPlate(1.0))
    studio.run(0.3)
    studio.now += 10
    studio.turn(None)
    assert studio.plate.frames == 0
    assert camera.asked == [LockCamera(), UnlockCamera()]


def test_a_plate_in_use_stays_held_when_another_comes_to_nothing(studio: Studio, camera: FakeCamera) -> None:
    studio.ask(LearnPlate(1.0))
    studio.run(1.2)
    studio.ask(LearnPlate(1.0), "again")
    studio.now += 10
    studio.turn(None)
    assert UnlockCamera() not in camera.asked
