"""Live: the whole system as `bgsub up` starts it, from capture to mask and to picture, and what it costs.

    python -m benchmarks.live [--source demo] [--plate FILE] [--seconds 60] [--json]

Listens on the bus for frames and masks, reads CPU time and memory of every process from /proc, and the services' own
histograms. A page is open in Chromium, so that pictures are drawn and acknowledged; its CPU is not counted. Pictures'
percentiles come from the histogram's buckets and are as coarse as those. The camera process does little else than draw
the demo or decode the video, so the CPU is told with and without it.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np

from common.bus import Bus
from common.clock import age_s
from common.control import ControlClient
from common.messages import Frame, FrameKey, LearnPlate, Mask, Palms
from common.metrics import Metrics
from common.places import Places, places
from common.settings import Settings
from common.topics import SERVICES

PICTURE = ("bgsub_latency_seconds", 'what="picture"')
WARM_UP_S = 10.0
START_S = 60.0
EMPTY_INDEX = 60
"""The demo's person comes later than this."""
BGSUB = Path(sys.executable).parent / "bgsub"
TICK = os.sysconf("SC_CLK_TCK")
CHROMIUM = ("/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def system(source: str, plate: str) -> Iterator[Places]:
    """`bgsub up` in folders of its own, with its page open, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="bgsub-") as folder:
        os.environ.update(XDG_RUNTIME_DIR=folder, XDG_STATE_HOME=f"{folder}/state", BGSUB_INSTANCE="live")
        where = places()
        command = [str(BGSUB), "up", "--front", "web", "--source", source, *(["--plate", plate] if plate else [])]
        up = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        page = open_page(where.runtime / "ui.url", f"{folder}/chromium")
        try:
            yield where
        finally:
            page.kill()
            page.wait()
            up.send_signal(signal.SIGINT)
            up.wait(30)


def open_page(address: Path, profile: str) -> "subprocess.Popen[bytes]":
    """Chromium with the page, once ui has written its address."""
    give_up = time.monotonic() + START_S
    while not address.exists():
        if time.monotonic() > give_up:
            raise click.ClickException(f"No page after {START_S:g} s; run `bgsub up --front web` to see why.")
        time.sleep(0.2)
    command = [*CHROMIUM, f"--user-data-dir={profile}", "--remote-debugging-port=0", address.read_text().strip()]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def listen(bus: Bus, seconds: float) -> dict[str, Any]:
    """Counts frames and masks for so long, and times the masks."""
    frames: set[FrameKey] = set()
    masked: dict[FrameKey, float] = {}
    palms = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        bus.wait(0.05)
        frames |= {frame.key for frame in bus.every(Frame)}
        for mask in bus.every(Mask):
            masked[mask.key] = age_s(mask.key.capture_ns, mask.key.boot) or float("nan")
        palms += len(bus.every(Palms))
    return {
        "frames": len(frames),
        "masked": len(frames & masked.keys()) / max(1, len(frames)),
        "palms_hz": palms / seconds,
        "capture_to_mask_ms": percentiles([1000 * age for age in masked.values()]),
    }


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p95 and p99; not a number where there is nothing."""
    return {f"p{p}": float(np.percentile(values, p)) if values else float("nan") for p in (50, 95, 99)}


def cpu_s(pid: int) -> float:
    """CPU seconds a process and its ended children have used."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, numbers[11:15])) / TICK


def pss_mb(pid: int) -> float:
    """Memory that a process has for itself, plus its share of what it has with others."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024  # type: ignore[index]


def scrape(where: Places, service: str) -> str:
    """A service's metrics as text."""
    port = where.base_port + SERVICES.index(service)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def buckets(text: str, metric: str, label: str) -> list[tuple[float, float]]:
    """A histogram's (upper bound in s, count up to it), lowest first."""
    pattern = rf'^{metric}_bucket{{le="([^"]+)",{label}}} (\S+)$'
    return [(float(bound), float(count)) for bound, count in re.findall(pattern, text, re.MULTILINE)]


def quantiles(before: list[tuple[float, float]], after: list[tuple[float, float]]) -> dict[str, float]:
    """p50, p95 and p99 in ms of what came in between, linear within a bucket."""
    bounds = [bound for bound, _ in after]
    counts = np.array([count for _, count in after]) - np.array([count for _, count in before] or [0] * len(after))
    if not len(counts) or not counts[-1]:
        return percentiles([])
    edges = [0.0, *(bound if np.isfinite(bound) else bounds[-2] for bound in bounds)]
    return {f"p{p}": 1000 * float(np.interp(p / 100 * counts[-1], [0, *counts], edges)) for p in (50, 95, 99)}


def pids(where: Places) -> dict[str, int]:
    """The six processes, once all are up."""
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up:
        done = subprocess.run([BGSUB, "status", "--json"], capture_output=True, text=True, timeout=20, check=False)
        rows = json.loads(done.stdout or "[]")
        if len(rows) == len(SERVICES) and all(row["state"] in ("RUNNING", "DEGRADED") for row in rows):
            return {row["name"]: row["pid"] for row in rows}
        time.sleep(0.5)
    raise click.ClickException(f"Not all services are up after {START_S:g} s; see `bgsub status`.")


def learn_empty_demo(bus: Bus, where: Places) -> None:
    """Has segment learn the plate while nobody is in the drawn room."""
    give_up = time.monotonic() + START_S
    while not any(frame.index < EMPTY_INDEX for frame in bus.every(Frame)):
        if time.monotonic() > give_up:
            raise click.ClickException("The demo did not begin anew; see `bgsub status`.")
        bus.wait(0.1)
    with ControlClient("segment", Settings(), where) as segment:
        pending = segment.send(LearnPlate(1.0), START_S)
        while pending.reply(wait_s=0.1) is None:
            pass


def measure(source: str, plate: str, seconds: float) -> dict[str, Any]:
    """One run's figures. CPU is in cores, memory in MB."""
    with system(source, plate) as where, Bus("live", Settings(), where, Metrics("live"), (Frame, Mask, Palms)) as bus:
        processes = pids(where)
        if source == "demo" and not plate:
            learn_empty_demo(bus, where)
        listen(bus, WARM_UP_S)
        cpu = {name: cpu_s(pid) for name, pid in processes.items()}
        before = buckets(scrape(where, "ui"), *PICTURE)
        heard = listen(bus, seconds)
        used = {name: (cpu_s(pid) - cpu[name]) / seconds for name, pid in processes.items()}
        after = buckets(scrape(where, "ui"), *PICTURE)
        memory = {name: pss_mb(pid) for name, pid in processes.items()}
    return {
        "source": source,
        "seconds": seconds,
        **heard,
        "capture_to_picture_ms": quantiles(before, after),
        "cpu_cores": used,
        "cpu_cores_in_all": sum(used.values()),
        "cpu_cores_without_the_source": sum(used.values()) - used["camera"],
        "pss_mb": memory,
        "pss_mb_in_all": sum(memory.values()),
    }


@click.command()
@click.option("--source", default="demo", show_default=True, help="What the camera plays.")
@click.option("--plate", default="", help="The plate: an image, a video or a set. demo learns its own.")
@click.option("--seconds", default=60.0, show_default=True, help="How long to measure, after 10 s.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(source: str, plate: str, seconds: float, as_json: bool) -> None:
    """Time the whole system."""
    figures = measure(source, plate, seconds)
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        shown = "  ".join(f"{k} {v:.2f}" for k, v in value.items()) if isinstance(value, dict) else value
        click.echo(f"{name:<26} {shown:.2f}" if isinstance(shown, float) else f"{name:<26} {shown}")


if __name__ == "__main__":
    main()
