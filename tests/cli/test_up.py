from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from cli.up import as_environment, check, up_command
from common.errors import UserError
from common.places import Places
from common.settings import load_settings


def test_options_reach_the_services_as_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in as_environment({"recorder.bkg_seconds": 1.5, "camera.source": "demo", "ui.front": None}).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.recorder.bkg_seconds, settings.camera.source, settings.ui.front) == (1.5, "demo", "auto")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--source", "no/such.avi"], "no/such.avi"),
        (["--source", "demo,no/such.avi"], "no/such.avi"),
        (["--plate", "no/such.png"], "no/such.png"),
        (["--bkg-seconds", "-1"], "recorder.bkg_seconds"),
        (["--front", "mirror"], "'mirror' is not one of"),
    ],
)
def test_starts_nothing_when_an_option_cannot_be_right(instance: Places, options: list[str], words: str) -> None:
    result = CliRunner().invoke(up_command, options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert not instance.runtime.exists()


def test_an_unknown_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BGSUB_CAMERA_SORUCE", "demo")
    result = CliRunner().invoke(up_command)
    assert result.exit_code == 2
    assert "Did you mean 'camera.source'?" in result.stderr


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.avi").write_text("not a video")
    result = CliRunner().invoke(up_command, ["--source", str(tmp_path / "notes.avi")])
    assert result.exit_code == 2
    assert "notes.avi" in result.stderr


def test_sources_and_plates_that_can_be_opened_are_accepted(tmp_path: Path) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    for name in ("bkg.png", "0.png"):
        cv2.imwrite(str(tmp_path / name), image)
    check(load_settings({"camera.source": f"{tmp_path},rtsp://host/stream", "segment.plate": str(tmp_path)}))
    check(load_settings({"camera.source": "demo,7"}))
    with pytest.raises(UserError):
        check(load_settings({"segment.plate": str(tmp_path / "1.png")}))
