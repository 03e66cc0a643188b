"""Times that can be compared: CLOCK_MONOTONIC nanoseconds together with the boot they count from."""

import time
import uuid
from functools import cache
from pathlib import Path


def now_ns() -> int:
    """CLOCK_MONOTONIC in nanoseconds; the same clock for every process since this machine's boot."""
    return time.monotonic_ns()


@cache
def boot_id() -> str:
    """Names this machine's boot; two times are comparable only where their boot ids are equal.

    Where the kernel names no boot (macOS), the network card and the boot's rounded wall time stand in for it.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot_minute = round((time.time() - time.monotonic()) / 60)
        return f"{uuid.getnode():x}-{boot_minute}"


def age_s(then_ns: int, boot: str) -> float | None:
    """Seconds since `then_ns`; None when it was taken on another boot or host, where nothing is known."""
    return (now_ns() - then_ns) / 1e9 if boot == boot_id() else None
