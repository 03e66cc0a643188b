"""The real system under `bgsub up`, in folders of its own, for the tests in this folder."""

import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from common.bus import Bus
from common.control import ControlClient
from common.messages import Accepted, LearnPlate, Message, Plate, Reply, Request
from common.metrics import Metrics
from common.places import Places
from common.settings import load_settings
from common.topics import SERVICES

BGSUB = Path(sys.executable).parent / "bgsub"
START_S = 20.0
"""What a warm start may take; one test holds it to that, the others wait."""
PATIENCE_S = 90.0
NO_PALMS = {"BGSUB_POSE_MIN_SCORE": "1"}
"""The person in the demo presses buttons; with this only the test does."""

T = TypeVar("T")
M = TypeVar("M", bound=Message)


@dataclass
class Running:
    """A running system. Its pictures and runs go to `folder`, which is its working folder."""

    process: "subprocess.Popen[str]"
    places: Places
    folder: Path
    env: dict[str, str]
    up_s: float = 0.0
    """How long its start took, where a test measured it."""

    def status(self) -> list[dict[str, Any]]:
        """What `bgsub status --json` prints."""
        command: list[Path | str] = [BGSUB, "status", "--json"]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=20, check=False)
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows

    def row(self, name: str) -> dict[str, Any]:
        """One service's row."""
        return next(row for row in self.status() if row["name"] == name)

    def pids(self) -> dict[str, int]:
        """The pid of every service."""
        return {row["name"]: row["pid"] for row in self.status()}

    def all_work(self) -> bool:
        """Whether all six say that they work; one may be DEGRADED, such as pose without its weights."""
        rows = self.status()
        return len(rows) == len(SERVICES) and all(row["state"] in ("RUNNING", "DEGRADED") for row in rows)

    def listen(self, *reads: type[Message]) -> Bus:
        """A place on its bus."""
        return Bus("test", load_settings(), self.places, Metrics("test"), reads)

    def ask(self, service: str, request: Request, timeout_s: float = 30) -> Reply:
        """Sends a request and waits for the reply."""
        with ControlClient(service, load_settings(), self.places) as client:
            pending = client.send(request, timeout_s)
            while (reply := pending.reply(wait_s=0.05)) is None:
                pass
            return reply

    def learn_plate(self, seconds: float = 0.5, insist: bool = False) -> Plate:
        """Has segment learn the plate from the next frames; the plate it then publishes."""
        reply = self.ask("segment", LearnPlate(seconds, insist))
        assert isinstance(reply, Accepted), reply
        with self.listen(Plate) as bus:
            return next(plate for plate in read_for(bus, [Plate], 30) if plate.job == reply.job)

    def page(self) -> str:
        """The address of its page, with JPEGs: Playwright hands every byte on, and plain pixels are a megabyte each."""
        written = self.places.runtime / "ui.url"
        until(written.exists)
        return f"{written.read_text().strip()}&far"

    def log(self, name: str) -> str:
        """What a service has written so far."""
        return (self.places.state / "logs" / f"{name}.log").read_text(errors="replace")

    def end(self) -> float:
        """Ends it as Ctrl-C does; the seconds that took."""
        start = time.monotonic()
        self.process.terminate()
        self.process.communicate(timeout=30)
        return time.monotonic() - start


@contextmanager
def system(folder: Path, *options: str, name: str = "system", **settings: str) -> Iterator[Running]:
    """`bgsub up OPTIONS`, up and working; `settings` are such as BGSUB_RECORDER_SAV_SECONDS="0"."""
    with start(folder, *options, name=name, **settings) as running:
        until(running.all_work, PATIENCE_S)
        yield running


@contextmanager
def start(folder: Path, *options: str, name: str = "system", **settings: str) -> Iterator[Running]:
    """`bgsub up OPTIONS`, just started. At the end nothing of it is left, whatever the test did."""
    with tempfile.TemporaryDirectory(prefix="bgsub-") as runtime:
        where = Places(
            instance=name,
            runtime=Path(runtime) / "bgsub" / name,
            state=folder / "state" / "bgsub" / name,
            cache=Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bgsub",
            # away from a system that somebody runs by hand, and from other tests'
            base_port=20_000 + 16 * (zlib.crc32(f"{name} {os.getpid()}".encode()) % 700),
        )
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("BGSUB_")},
            "BGSUB_INSTANCE": name,
            "BGSUB_BASE_PORT": str(where.base_port),
            "XDG_RUNTIME_DIR": runtime,
            "XDG_STATE_HOME": str(folder / "state"),
            **settings,
        }
        process = subprocess.Popen(
            [BGSUB, "up", *options], env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        running = Running(process, where, folder, env)
        try:
            yield running
        finally:
            running.end()


def until(wanted: Callable[[], T], limit_s: float = 30.0, every_s: float = 0.1) -> T:
    """The first answer of `wanted` that is true; fails when there is none in time."""
    deadline = time.monotonic() + limit_s
    while True:
        answer = wanted()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {limit_s:g} s in vain"
        time.sleep(every_s)


def is_gone(pid: int) -> bool:
    """Whether a process has ended; a zombie whose parent has not looked counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def read_for(bus: Bus, kinds: Sequence[type[M]], seconds: float) -> Iterator[M]:
    """Everything of these kinds that arrives within `seconds`, as it arrives."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        bus.wait(min(left, 0.05))
        for kind in kinds:
            yield from bus.every(kind)
