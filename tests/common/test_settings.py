from pathlib import Path

import pytest

from common.errors import UserError
from common.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_anything_given_the_defaults_are_in_force() -> None:
    assert load_settings() == Settings()


def test_options_beat_environment_beats_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("bgsub.toml").write_text("[recorder]\nsav_seconds = 3\nbkg_seconds = 7\nset = 4\n")
    monkeypatch.setenv("BGSUB_RECORDER_SAV_SECONDS", "4")
    monkeypatch.setenv("BGSUB_RECORDER_SET", "5")
    recorder = load_settings({"recorder.set": 6, "recorder.sets": None}).recorder
    assert (recorder.bkg_seconds, recorder.sav_seconds, recorder.set, recorder.sets) == (7, 4, 6, "images")


def test_endpoints_can_be_moved_to_another_host() -> None:
    Path("bgsub.toml").write_text('[bus]\nendpoints = {"frame.cam0" = "tcp://10.0.0.2:9800"}\n')
    assert load_settings().bus.endpoints == {"frame.cam0": "tcp://10.0.0.2:9800"}


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"camera.fsp": 30}, "Unknown setting 'camera.fsp'.*Did you mean 'camera.fps'"),
        ({"kamera": 1}, "Unknown setting"),
        ({"recorder.bkg_seconds": -1}, "must be 0 to 600 s"),
        ({"recorder.sav_seconds": "nan"}, "must be 0 to 600 s"),
        ({"recorder.sav_seconds": "soon"}, "must be a number"),
        ({"camera.width": "12.5"}, "must be a number"),
        ({"segment.device": "tpu"}, "must be one of auto, cpu, cuda"),
        ({"bus.endpoints": "tcp://x"}, "must be a table"),
    ],
)
def test_a_value_that_will_not_do_is_refused_in_words(overrides: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        load_settings(overrides)


def test_an_unknown_key_in_the_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BGSUB_CAMERA_COLOUR", "red")
    with pytest.raises(UserError, match=r"camera.colour.*\$BGSUB_CAMERA_COLOUR"):
        load_settings()


@pytest.mark.parametrize("text", ["[camera\n", "width = 3\n", "[camera]\nnonsense = 1\n"])
def test_a_file_that_will_not_do_is_named(text: str) -> None:
    Path("bgsub.toml").write_text(text)
    with pytest.raises(UserError, match=r"bgsub\.toml"):
        load_settings()


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BGSUB_SETTINGS", "nowhere.toml")
    with pytest.raises(UserError, match=r"nowhere\.toml cannot be read"):
        load_settings()
