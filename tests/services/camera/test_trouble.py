"""The sentences about webcams that cannot be opened, over what Linux answers."""

import errno
import os
from pathlib import Path

import pytest

from services.camera import trouble as troubles
from services.camera.devices import Device
from services.camera.trouble import trouble, users


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A webcam; nothing else is plugged in."""
    path = tmp_path / "video3"
    path.touch()
    monkeypatch.setattr(troubles, "webcams", list)
    monkeypatch.setattr(troubles, "look_at", lambda found: Device(found, "HD Webcam"))
    return path


def test_a_pulled_cable_names_what_else_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "video5"
    monkeypatch.setattr(troubles, "webcams", list)
    assert trouble(gone) == f"{gone} is not there: plug the webcam in. There is no other."
    monkeypatch.setattr(troubles, "webcams", lambda: [Device(Path("/dev/video0"), "HD Webcam")])
    assert trouble(gone).endswith("There are: /dev/video0  HD Webcam.")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "Add yourself to the group `video`"),
        (errno.EBUSY, "is in use by another program: close it"),
        (errno.ENODEV, "was unplugged: plug the webcam in again"),
        (errno.EIO, "cannot be opened (Input/output error)"),
    ],
)
def test_what_opening_says(node: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def refused(path: Path, flags: int) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr("services.camera.trouble.os.open", refused)
        said = trouble(node, processes=node.parent)
    assert words in said


def test_a_webcam_that_films_for_another_says_for_whom(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_descriptor: int, request: int, given: bytes) -> bytes:
        if request == troubles._SET_FORMAT:
            raise OSError(errno.EBUSY, "Device or resource busy")
        return given

    monkeypatch.setattr("services.camera.trouble.fcntl.ioctl", busy)
    process = node.parent / "4711"
    (process / "fd").mkdir(parents=True)
    (process / "comm").write_text("zoom\n")
    (process / "fd" / "9").symlink_to(node)
    assert trouble(node, processes=node.parent) == f"{node} is in use by zoom (4711): close it, or name another source."


def test_a_webcam_that_is_free_has_no_trouble(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.camera.trouble.fcntl.ioctl", lambda _descriptor, _request, given: given)
    assert trouble(node) == ""


def test_the_other_node_of_a_webcam_is_told_from_it(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(troubles, "look_at", lambda _found: None)
    assert trouble(node) == f"{node} is no webcam. There is no other."


def test_users_are_found_by_what_they_have_open(tmp_path: Path) -> None:
    """This process itself is left out; its parent holds no such file."""
    mine = tmp_path / "held"
    with mine.open("w"):
        assert users(mine) == []
