"""The live system on the demo, whose truth is known: its rates, its masks, its latency, its metrics."""

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from common.clock import now_ns
from common.messages import Frame, Mask, Palms, Plate
from common.scores import HALF, iou
from common.topics import SERVICES, TABLE
from services.camera.demo import FPS, PERIOD, truth
from tests.deploy.test_prometheus import CONFIG, TARGET, all_up, prometheus
from tests.system.conftest import Figure
from tests.system.pairing import pairs
from tests.system.running import NO_PALMS, PATIENCE_S, START_S, Running, read_for, start, until

pytestmark = pytest.mark.system

FOREGROUND = 0.02
"""The share of a frame that somebody who can be measured covers."""
LEARN_S = 1.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo with a plate, learned while its room is empty; palms press nothing here."""
    with start(tmp_path_factory.mktemp("demo"), "--source", "demo", "--front", "web", **NO_PALMS) as running:
        began = time.monotonic()
        until(running.all_work, PATIENCE_S)
        running.up_s = time.monotonic() - began
        with running.listen(Frame) as bus:
            next(frame for frame in read_for(bus, [Frame], 40) if frame.index % PERIOD < FPS)
        running.learn_plate(LEARN_S)
        yield running


def test_all_six_work_soon(running: Running, figure: Figure) -> None:
    figure(f"all six work after {running.up_s:.1f} s")
    assert running.up_s < START_S
    assert [row["name"] for row in running.status()] == list(SERVICES)


def test_status_answers_at_once(running: Running, figure: Figure) -> None:
    times = []
    for _ in range(5):
        start = time.monotonic()
        assert running.all_work()
        times.append(time.monotonic() - start)
    figure(f"bgsub status: {sorted(times)[2]:.2f} s (median of 5)")
    assert min(times) < 0.5


@pytest.mark.skipif(sys.platform != "linux", reason="a process's niceness and policy are Linux's here")
def test_pose_alone_has_stepped_back(running: Running) -> None:
    nice = {row["name"]: os.getpriority(os.PRIO_PROCESS, row["pid"]) for row in running.status()}
    assert nice.pop("pose") > max(nice.values())
    assert len(set(nice.values())) == 1


def test_rates_are_as_declared(running: Running, figure: Figure) -> None:
    seconds = 10.0
    with running.listen(Frame, Palms, Mask) as bus:
        list(read_for(bus, [Frame, Palms, Mask], 0.5))
        counts = dict.fromkeys((Frame, Palms, Mask), 0)
        for message in read_for(bus, [Frame, Palms, Mask], seconds):
            counts[type(message)] += 1
    if running.row("pose")["state"] != "RUNNING":
        counts.pop(Palms)
    for row in TABLE:
        if row.message in counts:
            rate = counts[row.message] / seconds
            figure(f"{row.kind}: {rate:.1f} Hz, declared {row.min_rate_hz:g}")
            assert rate >= row.min_rate_hz, row.kind


def test_masks_are_right_where_differences_are_not(running: Running, figure: Figure) -> None:
    """A whole turn of the demo, each mask beside the difference of the same frame from the same plate."""
    ours, simple, latencies = [], [], []
    with running.listen(Frame, Mask) as bus, running.listen(Plate) as plates:
        plate = until(lambda: list(read_for(plates, [Plate], 0.5)))[-1]
        for frame, mask in pairs(bus, PERIOD / FPS):
            latencies.append((now_ns() - frame.key.capture_ns) / 1e6)
            true = truth(frame.index).alpha >= HALF
            if true.mean() >= FOREGROUND:
                ours.append(iou(mask.alpha >= HALF, true))
                differs = np.abs(frame.image.astype(np.int16) - plate.image).max(axis=2) > 25
                simple.append(iou(differs, true))
    figure(f"demo live: IoU {np.mean(ours):.3f}, absdiff>25 {np.mean(simple):.3f} on the same {len(ours)} frames")
    figure(
        f"capture to mask read: p50 {np.percentile(latencies, 50):.0f} ms, p95 {np.percentile(latencies, 95):.0f} ms"
    )
    assert np.mean(ours) >= 0.90
    assert np.mean(simple) <= 0.75


def test_prometheus_scrapes_all_six(running: Running, tmp_path: Path) -> None:
    base = running.places.base_port
    listed = [int(port) for port, _ in TARGET.findall(CONFIG.read_text())]
    text = re.sub(r"127\.0\.0\.1:(\d+)", lambda hit: f"127.0.0.1:{base + int(hit[1]) - listed[0]}", CONFIG.read_text())
    (tmp_path / "prometheus.yml").write_text(text)
    with prometheus(tmp_path / "prometheus.yml", tmp_path) as address:
        assert all_up(address) == sorted(SERVICES)
