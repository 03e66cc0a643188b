"""What is held of a webcam and given back, over drivers good and bad."""

from pathlib import Path

import pytest

from services.camera import controls as v4l2
from services.camera.locks import Locks, Outcome, in_words
from tests.services.camera.fake_device import AUTOMATIC, FakeDevice

NODE = Path("/dev/video7")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "camera" / "locked.json"


def held(device: FakeDevice, kept: Path) -> dict[str, Outcome]:
    locks = Locks(kept, device.open)
    locks.hold(NODE)
    return dict(locks.confirm(NODE))


def test_everything_automatic_is_held_at_the_value_it_had(kept: Path) -> None:
    device = FakeDevice()
    outcomes = held(device, kept)
    assert outcomes == {
        "exposure": Outcome.HELD, "gain": Outcome.NONE, "white balance": Outcome.HELD, "focus": Outcome.HELD,
    }  # fmt: skip
    assert device.values == {
        **AUTOMATIC, v4l2.EXPOSURE_AUTO: v4l2.EXPOSURE_MANUAL, v4l2.AUTO_WHITE_BALANCE: 0, v4l2.FOCUS_AUTO: 0,
    }  # fmt: skip
    assert in_words(outcomes) == "Exposure, white balance and focus are held."


def test_a_value_that_springs_when_the_automatic_ends_is_put_back(kept: Path) -> None:
    device = FakeDevice(forgets=(v4l2.EXPOSURE_ABSOLUTE,))
    assert held(device, kept)["exposure"] is Outcome.HELD
    assert device.values[v4l2.EXPOSURE_ABSOLUTE] == 250


def test_what_the_device_lacks_is_passed_over(kept: Path) -> None:
    outcomes = held(FakeDevice(lacks=(v4l2.FOCUS_AUTO, v4l2.FOCUS_ABSOLUTE)), kept)
    assert outcomes["focus"] is Outcome.NONE
    assert in_words(outcomes) == "Exposure and white balance are held."


def test_a_device_without_anything_to_hold_is_said(kept: Path) -> None:
    outcomes = held(FakeDevice(lacks=tuple(AUTOMATIC)), kept)
    assert in_words(outcomes) == "The webcam's driver lets nothing be held: keep the light steady."
    assert not kept.exists()


def test_a_refusal_is_said_and_the_rest_is_held(kept: Path) -> None:
    outcomes = held(FakeDevice(refuses=(v4l2.AUTO_WHITE_BALANCE,)), kept)
    assert in_words(outcomes) == "Exposure and focus are held; white balance is not: the driver refuses."


def test_a_driver_that_takes_the_order_and_does_not_obey_is_seen_through(kept: Path) -> None:
    assert held(FakeDevice(ignores=(v4l2.EXPOSURE_AUTO,)), kept)["exposure"] is Outcome.LIED


def test_a_value_that_goes_on_moving_is_not_held_and_its_automatic_comes_back(kept: Path) -> None:
    device = FakeDevice(drifts=(v4l2.WHITE_BALANCE_TEMPERATURE,))
    outcomes = held(device, kept)
    assert outcomes["white balance"] is Outcome.LIED
    assert device.values[v4l2.AUTO_WHITE_BALANCE] == 1
    assert "white balance is not: the driver takes the order and goes on by itself." in in_words(outcomes)


def test_all_is_given_back(kept: Path) -> None:
    device = FakeDevice()
    locks = Locks(kept, device.open)
    locks.hold(NODE)
    assert locks.restore()
    assert device.values == AUTOMATIC
    assert not kept.exists()
    assert in_words(locks.outcomes) == ""
    assert not locks.restore()


def test_after_a_crash_the_next_start_gives_back(kept: Path) -> None:
    device = FakeDevice()
    Locks(kept, device.open).hold(NODE)
    assert Locks(kept, device.open).restore()
    assert device.values == AUTOMATIC


def test_a_crash_between_two_orders_leaves_all_on_the_file(kept: Path) -> None:
    device = FakeDevice()

    def dies(control: int, value: int) -> None:
        if control == v4l2.FOCUS_AUTO:
            raise KeyboardInterrupt
        FakeDevice.set(device, control, value)

    device.set = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        Locks(kept, device.open).hold(NODE)
    del device.set  # type: ignore[misc]
    assert device.values != AUTOMATIC
    Locks(kept, device.open).restore()
    assert device.values == AUTOMATIC


def test_what_was_by_hand_before_stays_by_hand(kept: Path) -> None:
    device = FakeDevice()
    device.values[v4l2.EXPOSURE_AUTO] = v4l2.EXPOSURE_MANUAL
    locks = Locks(kept, device.open)
    assert locks.hold(NODE)["exposure"] is Outcome.HELD
    locks.restore()
    assert device.values[v4l2.EXPOSURE_AUTO] == v4l2.EXPOSURE_MANUAL


def test_a_device_that_is_gone_is_given_back_when_it_comes_again(kept: Path) -> None:
    device = FakeDevice()
    Locks(kept, device.open).hold(NODE)
    device.there = False
    Locks(kept, device.open).restore()
    device.there = True
    Locks(kept, device.open).restore()
    assert device.values == AUTOMATIC


def test_what_the_driver_does_not_take_back_is_tried_again(kept: Path, caplog: pytest.LogCaptureFixture) -> None:
    device = FakeDevice()
    Locks(kept, device.open).hold(NODE)
    device.refuses = (v4l2.FOCUS_AUTO,)
    Locks(kept, device.open).restore()
    assert "does not take back" in caplog.text
    device.refuses = ()
    Locks(kept, device.open).hold(NODE)
    Locks(kept, device.open).restore()
    assert device.values == AUTOMATIC


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"device": 3, "before": {}}', '{"device": "x", "before": {"a": 1}}', "{}"]
)
def test_a_file_that_cannot_be_read_stops_nothing(kept: Path, text: str) -> None:
    kept.parent.mkdir()
    kept.write_text(text)
    device = FakeDevice()
    locks = Locks(kept, device.open)
    assert not locks.restore()
    locks.hold(NODE)
    locks.restore()
    assert device.values == AUTOMATIC


def test_a_disk_that_is_full_leaves_the_webcam_alone(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("services.camera.locks.write_aside", full)
    device = FakeDevice()
    with pytest.raises(OSError, match="No space"):
        Locks(kept, device.open).hold(NODE)
    assert device.values == AUTOMATIC
