"""The surroundings of the live benchmark: nothing of them is waited for without end, and nothing of it is left."""

import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

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


def test_every_stage_of_a_step_is_asked_for_by_its_name() -> None:
    watch, (plate, frames) = Stopwatch(), film(160, 120)
    segmenter = as_live(Segmenter(Weights.shipped()), closer=False)
    segmenter.timed = watch
    segmenter.set_plate(plate)
    segmenter.alpha(frames[0])
    assert list(watch.times) == [stage for stage in live.STEPS["segment"] if stage != "turn"]
