"""The surroundings of the live benchmark: nothing of them is waited for without end, and nothing of it is left."""

import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from benchmarks import live
from cli.bench import Stopwatch, film
from cli.bench import live as as_live
from common.messages import Accepted, Refused, Reply
from common.nets.segmenter import Segmenter
from common.places import Places
from common.weights import Weights
from tests.services.ui.fakes import frame

DEAF = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def test_what_does_not_end_when_asked_is_killed() -> None:
    deaf = subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE)
    assert deaf.stdout is not None and deaf.stdout.readline()
    live.end(deaf, 0.2)
    assert deaf.poll() == -signal.SIGKILL


@pytest.mark.parametrize("does", ["exit 1", "exec sleep 60"])
def test_an_x_server_that_does_not_come_is_told(does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Xvfb").write_text(f"#!/bin/sh\n{does}\n")
    (tmp_path / "Xvfb").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(live, "START_S", 0.3)
    with pytest.raises(click.ClickException, match="Xvfb does not start"), live.x_server():
        pass


@pytest.mark.parametrize("answer", [Accepted("job", ""), Refused("It is learning already.")])
def test_nothing_is_measured_without_a_plate(answer: Reply, instance: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    client = SimpleNamespace(send=lambda *_: SimpleNamespace(reply=lambda wait_s: answer))
    monkeypatch.setattr(live, "ControlClient", lambda *_: nullcontext(client))
    bus = SimpleNamespace(every=lambda _kind: [frame(1)], wait=lambda _s: None)
    refused = isinstance(answer, Refused)
    with pytest.raises(click.ClickException, match="learning already") if refused else nullcontext():
        live.learn_empty_demo(bus, instance)


def test_what_does_not_start_is_told_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "START_S", 20.0)
    said = tmp_path / "said"
    for script, words in (
        ("echo Error: No such film. >&2; exit 2", "^No such film.$"),
        ("exec sleep 60", "Nothing is"),
    ):
        with said.open("wb") as file:
            up = subprocess.Popen(["sh", "-c", script], stderr=file)
        with pytest.raises(click.ClickException, match=words):
            live.await_start(up, tmp_path / "sign", said)
        live.end(up)
        monkeypatch.setattr(live, "START_S", 0.2)
    (tmp_path / "sign").touch()
    live.await_start(up, tmp_path / "sign", said)


def test_a_film_needs_its_plate() -> None:
    result = CliRunner().invoke(live.main, ["--source", "film.avi"])
    assert result.exit_code == 2
    assert "Name the empty scene by --plate" in result.output


def test_figures_are_told_with_their_units() -> None:
    times = {"p50": 12.34, "p95": 20.0, "p99": float("nan")}
    figures = {
        "source": "demo", "front": "web", "seconds": 60.0, "frames": 1800, "masked": 0.995, "palms_hz": 12.0,
        "capture_to_mask_ms": times, "masks_stood": 0.1, "pictures_hz": 29.9, "capture_to_picture_ms": times,
        "cpu_cores": {"camera": 0.1, "ui": 0.2}, "cpu_cores_in_all": 0.3, "cpu_cores_without_the_source": 0.2,
        "cpu_cores_of_the_viewer": 0.4, "pss_mb": {"camera": 50.0, "ui": 90.4}, "pss_mb_in_all": 140.4,
    }  # fmt: skip
    told = live.told(figures)
    assert "1800 frames, 0.50% without a mask; 10% of the masks stood" in told
    assert "capture to mask         12.3    20.0     nan" in told
    assert "cores    camera 0.10  ui 0.20; in all 0.30, 0.20 without camera; beside them the browser 0.40" in told
    assert told.endswith("MB, PSS  camera 50  ui 90; in all 140")


def test_every_stage_of_a_step_is_asked_for_by_its_name() -> None:
    watch, (plate, frames) = Stopwatch(), film(160, 120)
    segmenter = as_live(Segmenter(Weights.shipped()), closer=False)
    segmenter.timed = watch
    segmenter.set_plate(plate)
    segmenter.alpha(frames[0])
    assert list(watch.times) == [stage for stage in live.STEPS["segment"] if stage != "turn"]
