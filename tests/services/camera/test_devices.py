"""The list of webcams, over an answer as Linux gives it and over things that are no webcams."""

import struct
from pathlib import Path

from services.camera.devices import Device, first_webcam, look_at, parse_capability, webcams

NODE = Path("/dev/video0")


def answer(card: bytes, this_node: int) -> bytes:
    return struct.pack("16s32s32sIII12x", b"uvcvideo", card, b"usb-1", 0x60100, 0x84A00001, this_node)


def test_a_webcam_is_named_as_its_maker_named_it() -> None:
    assert parse_capability(NODE, answer(b"HD Webcam", 0x04200001)) == Device(NODE, "HD Webcam")


def test_the_metadata_node_of_a_webcam_is_no_webcam() -> None:
    assert parse_capability(NODE, answer(b"HD Webcam", 0x04A00000)) is None


def test_what_is_no_device_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(b"a file")
    (tmp_path / "video1").mkdir()
    assert webcams(tmp_path) == []
    assert first_webcam(tmp_path) is None
    assert look_at(tmp_path / "video7") is None


def test_a_device_reads_as_one_line() -> None:
    assert str(Device(NODE, "HD Webcam")) == "/dev/video0  HD Webcam"
    assert str(Device(NODE, "video device", "no permission")) == "/dev/video0  video device  (no permission)"
