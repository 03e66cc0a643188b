import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import fetch_pose
from cli.fetch_pose import fetch_pose_command
from common.places import places
from services.pose import download
from services.pose.download import FetchError
from services.pose.models import MODELS, PoseModel


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return places().cache


def no_network(_model: PoseModel, _cache: Path) -> Path:
    raise FetchError("There is no network.")


def test_where_it_cannot_be_had_make_up_goes_on(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "fetch", no_network)
    answer = CliRunner().invoke(fetch_pose_command, ["--optional"])
    assert answer.exit_code == 0
    assert answer.stderr.splitlines()[-1] == fetch_pose.MEANWHILE


def test_asked_for_by_hand_it_fails(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "fetch", no_network)
    answer = CliRunner().invoke(fetch_pose_command)
    assert answer.exit_code == 2
    assert "There is no network." in answer.stderr


def test_what_is_there_is_not_fetched_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "fetch", no_network)
    path = MODELS["100"].path(cache)
    path.parent.mkdir(parents=True)
    path.touch()
    answer = CliRunner().invoke(fetch_pose_command, ["--model", "100"])
    assert answer.exit_code == 0
    assert str(path) in answer.stderr


def test_it_is_fetched_then_converted(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(download, "fetch", lambda model, where: model.path(where))
    monkeypatch.setattr(fetch_pose.subprocess, "run", lambda command, **_: commands.append(command))
    assert CliRunner().invoke(fetch_pose_command).exit_code == 0
    assert commands[0][1:] == ["-m", "services.pose.convert", "075", "16", str(cache)]


def test_weights_that_cannot_be_converted_yet_are_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(download, "fetch", lambda model, where: model.path(where))
    monkeypatch.setattr(fetch_pose.subprocess, "run", fails)
    answer = CliRunner().invoke(fetch_pose_command)
    assert answer.exit_code == 0
    assert "pose tries again when it starts" in answer.stderr
