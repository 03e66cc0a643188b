from pathlib import Path

import pytest

from common.settings import PoseSettings
from services.pose import loading
from services.pose.loading import Loading
from services.pose.models import MODELS


class Clock:
    now = 100.0

    def __call__(self) -> float:
        self.now += 2
        return self.now


class FakeProcess:
    """A conversion that ends as the test says."""

    started: list[list[str]] = []  # noqa: RUF012
    code: int | None = None
    killed = False

    def __init__(self, command: list[str]) -> None:
        FakeProcess.started.append(command)

    def poll(self) -> int | None:
        return FakeProcess.code

    def kill(self) -> None:
        FakeProcess.killed = True

    def wait(self, timeout: float) -> int:
        return 0


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loading:
    FakeProcess.started, FakeProcess.code, FakeProcess.killed = [], None, False
    monkeypatch.setattr(loading.subprocess, "Popen", FakeProcess)
    return Loading(PoseSettings(), tmp_path, Clock())


def weights_arrive(cache: Path) -> None:
    path = MODELS["075"].path(cache)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")


def test_without_weights_it_says_what_to_do(made: Loading) -> None:
    assert made.estimator() is None
    assert "bgsub fetch-pose" in made.words


def test_new_weights_are_converted_once_in_a_process_of_their_own(made: Loading, tmp_path: Path) -> None:
    weights_arrive(tmp_path)
    assert [made.estimator() for _ in range(3)] == [None] * 3
    assert len(FakeProcess.started) == 1
    assert FakeProcess.started[0][1:4] == ["-m", "services.pose.convert", "075"]
    assert made.words == "Preparing the pose network, once …"


def test_a_conversion_that_fails_is_told(made: Loading, tmp_path: Path) -> None:
    weights_arrive(tmp_path)
    FakeProcess.code = 2
    assert [made.estimator() for _ in range(2)] == [None, None]
    assert "could not be prepared" in made.words


def test_closing_ends_the_conversion(made: Loading, tmp_path: Path) -> None:
    weights_arrive(tmp_path)
    made.estimator()
    made.close()
    assert FakeProcess.killed


def test_a_conversion_that_hangs_is_ended(made: Loading, tmp_path: Path) -> None:
    weights_arrive(tmp_path)
    for _ in range(80):
        made.estimator()
    assert FakeProcess.killed
    assert len(FakeProcess.started) >= 2


def test_a_damaged_network_is_told_and_made_anew(
    made: Loading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.pose.engine import model_folder

    weights_arrive(tmp_path)
    folder = model_folder(MODELS["075"], 16, tmp_path)
    folder.mkdir(parents=True)
    (folder / "posenet.bin").write_bytes(b"")
    (folder / "posenet.xml").write_text("<net")
    assert made.estimator() is None
    assert "damaged" in made.words
    assert made.estimator() is None
    assert len(FakeProcess.started) == 1
