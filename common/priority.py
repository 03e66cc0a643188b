"""Who waits when the processor is short."""

import os
import sys
from contextlib import suppress
from pathlib import Path

NICENESS = 15


def step_back() -> None:
    """Lets this process, with all its threads and what it starts from now on, run on what the live ones leave over.

    Nobody but root can come back. Where Linux gives what was started together a share of its own the policy is
    SCHED_IDLE: whoever wakes up takes the processor at once. Elsewhere a busy program of somebody else could then stop
    it for good, so it is NICENESS.
    """
    idle = sys.platform == "linux" and has_own_share(Path("/"))
    for thread in _threads():
        # it may have ended, or a container may forbid it
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, max(NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))
            if idle:
                os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))


def _threads() -> list[int]:
    """Linux has a priority for each; 0 is the whole process elsewhere. NumPy brings some along when it is imported."""
    return [int(task.name) for task in Path("/proc/self/task").iterdir()] if sys.platform == "linux" else [0]


def has_own_share(root: Path) -> bool:
    """Whether this process is in a group that the scheduler (Linux) weighs as one, and not with everybody else.

    A cgroup with the cpu controller, such as a desktop makes for each program and a login for each session, see
    cgroups(7); without any, the session by itself, see autogroup in sched(7). `root` is that of the file system.
    """
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if path != "/" and "cpu" in controllers.split(","):
                return True
            if path != "/" and not controllers and _weighed(root, path):
                return True
            if path != "/" and not controllers and _weighed(root, path.split("/")[1]):
                return False
    with suppress(OSError):
        return (root / "proc/sys/kernel/sched_autogroup_enabled").read_text().strip() == "1"
    return False


def _weighed(root: Path, cgroup: str) -> bool:
    """Whether this cgroup, of version 2, has the cpu controller."""
    with suppress(OSError):
        return "cpu" in (root / "sys/fs/cgroup" / cgroup.strip("/") / "cgroup.controllers").read_text().split()
    return False
