"""From what a person writes to sources."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import UserError
from common.settings import CameraSettings
from services.camera.choose import NO_WEBCAM, choose, split
from services.camera.demo import Demo
from services.camera.files import Stills, Video
from services.camera.live import LiveSource
from services.camera.source import Source
from tests.services.camera.fake_capture import FakeCapture, Plugs
from tests.services.camera.test_files import write_images, write_video

SMALL = {"width": 128, "height": 96}


def opened(source: str, plugs: Plugs | None = None, webcam: Path | None = None) -> list[Source]:
    settings = CameraSettings(source=source, **SMALL)
    return [opener() for opener in choose(settings, plugs or Plugs(FakeCapture()), lambda: webcam)]


def test_each_name_finds_its_source(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", [1, 2])
    folder = write_images(tmp_path / "pictures", "x.png")
    sources = opened(f"demo, {video},{folder} ,rtsp://host/live")
    assert [type(source) for source in sources] == [Demo, Video, Stills, LiveSource]
    sources[-1].close()


def test_a_name_with_commas_of_its_own_is_one_file(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a,b.png"), np.zeros((4, 4, 3), np.uint8))
    assert split(str(tmp_path / "a,b.png")) == [str(tmp_path / "a,b.png")]


def test_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_images(tmp_path, "x.png")
    assert isinstance(opened("~/x.png")[0], Stills)


def test_auto_is_the_first_webcam() -> None:
    plugs = Plugs(FakeCapture())
    source = opened("auto", plugs, Path("/dev/video4"))[0]
    assert isinstance(source, LiveSource)
    assert source.device.startswith("/dev/video4")
    source.close()


def test_auto_without_a_webcam_says_so_in_one_line_and_plays_the_demo(caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(opened("auto")[0], Demo)
    assert [record.message for record in caplog.records] == [NO_WEBCAM]
    assert "\n" not in NO_WEBCAM


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty name"),
        ("demo,,demo", "empty name"),
        ("nowhere.avi", "nowhere.avi does not exist"),
        ("demo,nowhere/", "nowhere does not exist"),
        ("gopher://host/x", "not known"),
        ("0,demo", "never ends"),
        ("auto,demo", "never ends"),
    ],
)
def test_a_name_that_means_nothing_is_refused_in_a_sentence(source: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as refused:
        choose(CameraSettings(source=source), Plugs(FakeCapture()), lambda: None)
    assert refused.value.message.endswith(".")


def test_a_url_may_be_followed_since_it_may_name_a_file_that_ends() -> None:
    assert len(choose(CameraSettings(source="http://host/clip.mp4,demo"), Plugs(FakeCapture()), lambda: None)) == 2
