"""LockCamera from the request to its answer."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from common.messages import Done, Image, LockCamera, Refused, Reply, Request, UnlockCamera
from services.camera import controls as v4l2
from services.camera.lock_care import LockCare, jumped
from services.camera.locks import Locks
from tests.fakes import FakeCall
from tests.services.camera.fake_device import AUTOMATIC, FakeDevice
from tests.waiting import until

NODE = Path("/dev/video7")
GREY = np.full((48, 64, 3), 100, np.uint8)


class Room:
    """A webcam that films a grey wall, and its keeper."""

    def __init__(self, kept: Path, device: FakeDevice, *, wanted: bool = True) -> None:
        self.device = device
        self.care = LockCare(Locks(kept, device.open), wanted=wanted, patience=0.1)
        self.care.see(GREY)

    def ask(self, request: Request, webcam: Path | None = NODE, then: Image = GREY) -> Reply:
        """The answer; the picture looks like `then` once the driver was told."""
        call = FakeCall(request)
        self.care.take(call, webcam)
        self.care.see(then)
        assert until(lambda: bool(self.care.turn() or call.replies))
        return call.replies[0]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "locked.json", FakeDevice())
    yield made
    made.care.close()


def test_a_lock_is_answered_with_what_is_held(room: Room) -> None:
    reply = room.ask(LockCamera())
    assert isinstance(reply, Done)
    assert reply.words == "Exposure, white balance and focus are held."
    assert reply.detail == {"locked": "exposure,white balance,focus"}
    assert room.care.words == "Exposure, white balance and focus are held"


def test_unlocking_gives_back(room: Room) -> None:
    room.ask(LockCamera())
    reply = room.ask(UnlockCamera())
    assert isinstance(reply, Done)
    assert reply.words == "The webcam sets itself again."
    assert (room.device.values, room.care.words) == (AUTOMATIC, "")


def test_a_second_lock_lets_the_webcam_find_its_exposure_anew(room: Room) -> None:
    room.ask(LockCamera())
    told: list[int] = []
    order = room.device.set

    def noted(control: int, value: int) -> None:
        order(control, value)
        if control == v4l2.EXPOSURE_AUTO:
            told.append(value)
            room.device.values[v4l2.EXPOSURE_ABSOLUTE] = 90

    room.device.set = noted  # type: ignore[method-assign]
    room.ask(LockCamera())
    assert told == [3, v4l2.EXPOSURE_MANUAL]
    assert room.device.values[v4l2.EXPOSURE_ABSOLUTE] == 90


def test_the_end_gives_back(room: Room) -> None:
    room.ask(LockCamera())
    room.care.close()
    assert room.device.values == AUTOMATIC


def test_without_a_webcam_there_is_nothing_to_hold(room: Room) -> None:
    assert room.ask(LockCamera(), webcam=None) == Done("", {"locked": ""})
    assert room.device.opened == []


def test_no_lock_leaves_the_webcam_alone(tmp_path: Path) -> None:
    room = Room(tmp_path / "locked.json", FakeDevice(), wanted=False)
    assert room.ask(LockCamera()) == Done("", {"locked": ""})
    assert room.device.values == AUTOMATIC
    room.care.close()


def test_a_device_that_cannot_be_opened_is_a_refusal_in_words(room: Room) -> None:
    room.device.there = False
    reply = room.ask(LockCamera())
    assert isinstance(reply, Refused)
    assert reply.words == "Nothing of /dev/video7 could be held: No such file or directory."


def test_a_driver_whose_order_changes_the_picture_is_not_obeyed(tmp_path: Path) -> None:
    """It says that the exposure stayed the same, and the picture got darker."""
    room = Room(tmp_path / "locked.json", FakeDevice())
    room.care = LockCare(Locks(tmp_path / "locked.json", room.device.open), wanted=True, patience=0.5)
    room.care.see(GREY)
    order = room.device.set

    def darker(control: int, value: int) -> None:
        order(control, value)
        room.care.see((GREY // 2).astype(np.uint8))

    room.device.set = darker  # type: ignore[method-assign]
    call = FakeCall(LockCamera())
    room.care.take(call, NODE)
    assert until(lambda: bool(room.care.turn() or call.replies))
    assert "exposure is not: holding it changed the picture" in call.replies[0].words  # type: ignore[union-attr]
    assert room.device.values[v4l2.EXPOSURE_AUTO] == 3
    assert room.device.values[v4l2.FOCUS_AUTO] == 0
    room.care.close()


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ((100, 100, 100), []),
        ((110, 108, 109), []),
        ((60, 60, 60), ["exposure"]),
        ((150, 150, 150), ["exposure"]),
        ((80, 100, 120), ["white balance"]),
        ((20, 40, 60), ["exposure", "white balance"]),
    ],
)
def test_what_changed_is_told_by_brightness_and_tint(after: tuple[float, float, float], found: list[str]) -> None:
    assert jumped((100, 100, 100), after) == found
    assert jumped(None, after) == []
