"""Who waits when the processor is short."""

import os
import sys
from contextlib import suppress
from pathlib import Path

NICENESS = 15
_AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")


def step_back() -> None:
    """Lets this process, and every thread and child it starts from now on, run on what the live ones leave over.

    Call it first thing: threads that are there already stay as they are, and nobody but root can come back. Where
    Linux gives each session a share of its own (autogroup, sched(7)) the policy is SCHED_IDLE: whoever wakes up takes
    the processor at once. Elsewhere a busy program of somebody else could then stop it for good, so it is NICENESS.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    if sys.platform == "linux" and _shared_by_session():
        # a container may forbid it
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _shared_by_session() -> bool:
    try:
        return _AUTOGROUP.read_text().strip() == "1"
    except OSError:
        return False
