"""Which engine runs the network on this machine's processor, and with how many threads: measured once, and kept.

Until it is measured, and on a machine where it can't be, OpenVINO with one thread does the work. The measuring needs
torch, which takes seconds and 300 MB to import: so it is a process of its own, last in the queue for the processor
(see measure.py), and what it found counts from the next network on that is loaded.
"""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from common.files import write_aside


@dataclass(frozen=True, slots=True)
class Choice:
    """`engine` is openvino or torch."""

    engine: str
    threads: int


UNMEASURED = Choice("openvino", 1)


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_counts() -> list[int]:
    """1, 2, 4, ... up to half the cores, but for two cores both: five other processes want the rest, and a network
    that waits for the slowest of its threads is late whenever one of them is held up."""
    most = min(cores(), max(2, cores() // 2))
    return [2**power for power in range(7) if 2**power <= most]


def candidates() -> list[Choice]:
    """Each engine with each count of threads."""
    return [Choice(engine, threads) for threads in thread_counts() for engine in ("openvino", "torch")]


class Choices:
    """The file of what was measured, a row a machine with its versions."""

    def __init__(self, folder: Path, architecture: str) -> None:
        """`folder` is the cache, which two machines may share."""
        self._file = folder / "engines.json"
        threads = f"{cores()} cores, up to {thread_counts()[-1]} threads"
        parts = (processor(), threads, f"openvino {version('openvino')}", f"torch {version('torch')}")
        self._key = ", ".join((*parts, architecture))

    def kept(self) -> Choice | None:
        """What was found on this machine; None where nothing was, or the file is no longer readable."""
        match self._rows().get(self._key):
            case {"engine": "openvino" | "torch" as engine, "threads": int(threads)}:
                return Choice(engine, threads)
        return None

    def keep(self, times_ms: Mapping[Choice, float]) -> Choice:
        """Keeps the fastest, of equals the one with the fewest threads. Raises OSError where it can't be written."""
        best = min(times_ms, key=lambda choice: (times_ms[choice], choice.threads))
        told = {f"{choice.engine} {choice.threads}": round(ms, 2) for choice, ms in times_ms.items()}
        row = {"engine": best.engine, "threads": best.threads, "ms": told}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_aside(self._file, json.dumps({**self._rows(), self._key: row}, indent=1).encode())
        return best

    def _rows(self) -> dict[str, dict[str, object]]:
        try:
            rows = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return rows if isinstance(rows, dict) else {}


def processor() -> str:
    """Its name as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
