"""The ioctl calls, byte by byte as linux/videodev2.h lays them out; a driver's registers answer."""

import errno
import struct
from pathlib import Path

import pytest

from services.camera import controls as v4l2
from services.camera.controls import open_controls


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device node with one control, a temperature that may be below zero."""
    registers = {v4l2.WHITE_BALANCE_TEMPERATURE: -5}

    def driver(_descriptor: int, request: int, given: bytes) -> bytes:
        control, value = struct.unpack("=Ii", given)
        if control not in registers:
            raise OSError(errno.EINVAL, "Invalid argument")
        if request == 0xC008561C:
            registers[control] = value
        else:
            assert request == 0xC008561B
        return struct.pack("=Ii", control, registers[control])

    monkeypatch.setattr("services.camera.controls.fcntl.ioctl", driver)
    path = tmp_path / "video0"
    path.touch()
    return path


def test_a_control_is_read_and_set(node: Path) -> None:
    with open_controls(node) as device:
        assert device.get(v4l2.WHITE_BALANCE_TEMPERATURE) == -5
        device.set(v4l2.WHITE_BALANCE_TEMPERATURE, 4100)
        assert device.get(v4l2.WHITE_BALANCE_TEMPERATURE) == 4100


def test_what_the_driver_refuses_is_an_error(node: Path) -> None:
    with open_controls(node) as device, pytest.raises(OSError, match="Invalid argument"):
        device.get(v4l2.FOCUS_AUTO)


def test_a_device_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_controls(tmp_path / "video9"):
        pass
