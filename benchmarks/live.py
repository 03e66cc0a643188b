"""Live: the whole system as `bgsub up` starts it, from capture to mask and to picture, and what it costs.

    python -m benchmarks.live [--source demo] [--plate FILE] [--front web] [--seconds 60] [--json]

Listens on the bus for frames and masks, reads CPU time and memory of every process from /proc, and the services' own
histograms. Pictures are drawn and acknowledged by a page in Chromium, or shown in a window on an X server of its own;
the CPU of either is told apart. Pictures'
percentiles and those of each step come from the histograms' buckets and are as coarse as those. The camera process does
little else than draw the demo or decode the video, so the CPU is told with and without it.
"""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from common.bus import Bus
from common.clock import age_s
from common.control import ControlClient
from common.messages import Accepted, Frame, FrameKey, LearnPlate, Mask, Palms
from common.metrics import Metrics
from common.nets.choice import Choices
from common.nets.measure import measure as measure_engines
from common.places import Places, places
from common.settings import Settings
from common.topics import SERVICES
from common.weights import Weights

PICTURE = ("bgsub_latency_seconds", 'what="picture"')
STEPS = {
    "segment": ("glance", "light", "network", "calm", "enlarge", "turn"),
    "pose": ("turn",),
    "ui": ("draw",),
}
"""Where a frame's time goes, service by service, in this order."""
WARM_UP_S = 10.0
START_S = 60.0
END_S = 30.0
EMPTY_INDEX = 60
"""The demo's person comes later than this."""
BGSUB = Path(sys.executable).parent / "bgsub"
TICK = os.sysconf("SC_CLK_TCK")
CHROMIUM = ("/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass(frozen=True, slots=True)
class Up:
    """A running system; `viewer` leads the processes of the browser, or is the X server."""

    where: Places
    viewer: int


@contextmanager
def system(source: str, plate: str, front: str) -> Iterator[Up]:
    """`bgsub up` in folders of its own, with somebody who looks at its page or window, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="bgsub-") as folder, ExitStack() as stack:
        os.environ.update(XDG_RUNTIME_DIR=folder, XDG_STATE_HOME=f"{folder}/state", BGSUB_INSTANCE="live")
        where = places()
        if front == "window":
            screen = stack.enter_context(x_server())
        command = [str(BGSUB), "up", "--front", front, "--source", source, *(["--plate", plate] if plate else [])]
        said, address = Path(folder) / "up.txt", where.runtime / "ui.url"
        with said.open("wb") as words:
            up = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=words)
        stack.callback(end, up)
        await_start(up, address if front == "web" else where.runtime / "health.ui", said)
        if front == "web":
            screen = stack.enter_context(page(address.read_text().strip(), f"{folder}/chromium"))
        yield Up(where, screen)


def end(up: "subprocess.Popen[bytes]", limit_s: float = END_S) -> None:
    """As Ctrl-C does; where that does not help it is killed, and all that it started goes with it."""
    up.send_signal(signal.SIGINT)
    try:
        up.wait(limit_s)
    except subprocess.TimeoutExpired:
        up.kill()
        up.wait(limit_s)


def await_start(up: "subprocess.Popen[bytes]", sign: Path, said: Path) -> None:
    """Returns once the file that is a sign of it is there. Raises ClickException with what was said where it ends."""
    give_up = time.monotonic() + START_S
    while not sign.exists():
        if up.poll() is not None:
            raise click.ClickException(said.read_text(errors="replace").strip().removeprefix("Error: "))
        if time.monotonic() > give_up:
            raise click.ClickException(f"Nothing is to be seen after {START_S:g} s; run `bgsub up` to see why.")
        time.sleep(0.1)


@contextmanager
def x_server() -> Iterator[int]:
    """An X server that shows nowhere, named in the environment; its process. Raises ClickException where none comes."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"]
    with viewer(command, pass_fds=(write,)) as pid:
        os.close(write)
        with os.fdopen(read) as display:
            # it says its number, or ends and closes the pipe
            number = display.readline().strip() if select.select([display], [], [], START_S)[0] else ""
        if not number:
            raise click.ClickException("Xvfb does not start; run `Xvfb -displayfd 1` to see why.")
        os.environ["DISPLAY"] = f":{number}"
        yield pid


@contextmanager
def page(address: str, profile: str) -> Iterator[int]:
    """Chromium with the page; the leader of its processes."""
    command = [*CHROMIUM, f"--user-data-dir={profile}", "--remote-debugging-port=0", address]
    with viewer(command) as pid:
        yield pid


@contextmanager
def viewer(command: Sequence[str], pass_fds: Sequence[int] = ()) -> Iterator[int]:
    """A program in a session of its own, killed with all its children."""
    found = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, pass_fds=pass_fds
    )
    try:
        yield found.pid
    finally:
        os.killpg(found.pid, signal.SIGKILL)
        found.wait()


def listen(bus: Bus, seconds: float) -> dict[str, Any]:
    """Counts frames and masks for so long, and times the masks."""
    frames: set[FrameKey] = set()
    masked: dict[FrameKey, float] = {}
    came: list[float] = []
    palms = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        bus.wait(0.05)
        for mask in bus.every(Mask):
            masked[mask.key] = age(mask.key)
        for frame in bus.every(Frame):
            frames.add(frame.key)
            came.append(age(frame.key))
        palms += len(bus.every(Palms))
    return {
        "frames": len(frames),
        "masked": len(frames & masked.keys()) / max(1, len(frames)),
        "palms_hz": palms / seconds,
        "capture_to_frame_ms": percentiles(came),
        "capture_to_mask_ms": percentiles(list(masked.values())),
    }


def age(key: FrameKey) -> float:
    """Of a frame, in ms."""
    seconds = age_s(key.capture_ns, key.boot)
    return float("nan") if seconds is None else 1000 * seconds


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p95 and p99; not a number where there is nothing."""
    return {f"p{p}": float(np.percentile(values, p)) if values else float("nan") for p in (50, 95, 99)}


def cpu_s(pid: int) -> float:
    """CPU seconds a process and its ended children have used."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, numbers[11:15])) / TICK


def group_cpu_s(leader: int) -> float:
    """CPU seconds of all processes of a session: Chromium is many."""
    found = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            numbers = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(numbers[3]) == leader:
                found += sum(map(int, numbers[11:13])) / TICK
    return found


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


def total(histogram: list[tuple[float, float]]) -> float:
    """How often something was counted."""
    return histogram[-1][1] if histogram else 0.0


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
    """Has segment learn the plate while nobody is in the drawn room. Raises ClickException where it will not."""
    give_up = time.monotonic() + START_S
    while not any(frame.index < EMPTY_INDEX for frame in bus.every(Frame)):
        if time.monotonic() > give_up:
            raise click.ClickException("The demo did not begin anew; see `bgsub status`.")
        bus.wait(0.1)
    with ControlClient("segment", Settings(), where) as segment:
        pending = segment.send(LearnPlate(1.0), START_S)
        while (reply := pending.reply(wait_s=0.1)) is None:
            pass
    if not isinstance(reply, Accepted):
        raise click.ClickException(f"Segment learns no plate: {getattr(reply, 'words', reply)}")


def settle_engine() -> None:
    """Has the engines measured where they never were on this machine: segment would do it during the minute."""
    choices = Choices(places().cache, Weights.shipped().story.architecture)
    if choices.kept() is None:
        choices.keep(measure_engines())


def histograms(where: Places) -> dict[str, list[tuple[float, float]]]:
    """Those of the pictures and of every step, as they are now."""
    texts = {service: scrape(where, service) for service in STEPS}
    names = [(service, step) for service, steps in STEPS.items() for step in steps]
    found = {
        f"{service} {step}": buckets(texts[service], "bgsub_step_seconds", f'step="{step}"') for service, step in names
    }
    return {"picture": buckets(texts["ui"], *PICTURE), **found}


def measure(source: str, plate: str, seconds: float, front: str = "web") -> dict[str, Any]:
    """One run's figures. CPU is in cores, memory in MB."""
    settle_engine()
    with (
        system(source, plate, front) as up,
        Bus("live", Settings(), up.where, Metrics("live"), (Frame, Mask, Palms)) as bus,
    ):
        processes = pids(up.where)
        if source == "demo" and not plate:
            learn_empty_demo(bus, up.where)
        if not listen(bus, WARM_UP_S)["frames"]:
            raise click.ClickException(f"No frame came from {source} within {WARM_UP_S:g} s.")
        cpu, viewing = {name: cpu_s(pid) for name, pid in processes.items()}, group_cpu_s(up.viewer)
        before, stood = histograms(up.where), counted(up.where, "bgsub_masks_stood_total")
        heard = listen(bus, seconds)
        used = {name: (cpu_s(pid) - cpu[name]) / seconds for name, pid in processes.items()}
        viewing = (group_cpu_s(up.viewer) - viewing) / seconds
        after = histograms(up.where)
        times = {name: quantiles(before[name], found) for name, found in after.items()}
        shown = total(after["picture"]) - total(before["picture"])
        stood = counted(up.where, "bgsub_masks_stood_total") - stood
        memory = {name: pss_mb(pid) for name, pid in processes.items()}
    return {
        "source": source,
        "front": front,
        "seconds": seconds,
        **heard,
        "masks_stood": stood / max(1, heard["frames"]),
        "pictures_hz": shown / seconds,
        "capture_to_picture_ms": times.pop("picture"),
        **{f"{name}_ms": found for name, found in times.items() if np.isfinite(found["p50"])},
        "cpu_cores": used,
        "cpu_cores_in_all": sum(used.values()),
        "cpu_cores_without_the_source": sum(used.values()) - used["camera"],
        "cpu_cores_of_the_viewer": viewing,
        "pss_mb": memory,
        "pss_mb_in_all": sum(memory.values()),
    }


def counted(where: Places, counter: str) -> float:
    """One of segment's counters without labels."""
    found = re.search(rf"^{counter} (\S+)$", scrape(where, "segment"), re.MULTILINE)
    return float(found[1]) if found else 0.0


@click.command()
@click.option("--source", default="demo", show_default=True, help="What the camera plays.")
@click.option("--plate", default="", help="The plate: an image, a video or a set. demo learns its own.")
@click.option("--front", type=click.Choice(("web", "window")), default="web", show_default=True, help="What shows it.")
@click.option(
    "--seconds", type=click.FloatRange(1), default=60.0, show_default=True, help="How long to measure, after 10 s."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(source: str, plate: str, front: str, seconds: float, as_json: bool) -> None:
    """Time the whole system, from capture to mask and to picture, with what it costs each process."""
    if source != "demo" and not plate:
        raise click.UsageError("Name the empty scene by --plate (PLATE= for make): only demo learns its own.")
    figures = measure(source, plate, seconds, front)
    click.echo(json.dumps(figures) if as_json else told(figures))


def told(figures: dict[str, Any]) -> str:
    """The same for a person."""
    viewer = "the browser" if figures["front"] == "web" else "the X server"
    without = 1 - figures["masked"]
    lines = [
        f"{figures['source']}, shown by {viewer}, {figures['seconds']:g} s: {figures['frames']} frames, "
        f"{without:.2%} without a mask; {figures['masks_stood']:.0%} of the masks stood",
        f"{figures['pictures_hz']:.1f} pictures and {figures['palms_hz']:.1f} looks for palms a second",
        f"\n{'ms':<20} {'p50':>7} {'p95':>7} {'p99':>7}",
    ]
    for name in (name for name in figures if name.endswith("_ms")):
        lines.append(f"{name[:-3].replace('_', ' '):<20} " + " ".join(f"{ms:7.1f}" for ms in figures[name].values()))
    cores = f"in all {figures['cpu_cores_in_all']:.2f}, {figures['cpu_cores_without_the_source']:.2f} without camera"
    cores += f"; beside them {viewer} {figures['cpu_cores_of_the_viewer']:.2f}"
    memory = f"in all {figures['pss_mb_in_all']:.0f}"
    return "\n".join(
        [
            *lines,
            "",
            by_process("cores", figures["cpu_cores"], 2, cores),
            by_process("MB, PSS", figures["pss_mb"], 0, memory),
        ]
    )


def by_process(what: str, values: dict[str, float], digits: int, rest: str) -> str:
    """One line of figures."""
    return f"{what:<8} " + "  ".join(f"{name} {value:.{digits}f}" for name, value in values.items()) + f"; {rest}"


if __name__ == "__main__":
    main()
