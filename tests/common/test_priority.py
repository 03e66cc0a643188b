"""Stepping back, each time in a process of its own: there is no way forward again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.priority import NICENESS

linux = pytest.mark.skipif(sys.platform != "linux", reason="the policy is Linux's")


def after(words: str) -> list[str]:
    """What is printed by these words after `priority` was imported."""
    script = f"import os, threading\nfrom pathlib import Path\nfrom common import priority\n{words}"
    return subprocess.check_output([sys.executable, "-c", script], text=True, timeout=60).split()


def autogroup(folder: Path, text: str) -> str:
    (folder / "autogroup").write_text(text)
    return f"priority._AUTOGROUP = Path({str(folder / 'autogroup')!r})\npriority.step_back()\n"


TELL = "print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))"


@linux
def test_takes_what_is_left_where_sessions_share(tmp_path: Path) -> None:
    nice = max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
    assert after(autogroup(tmp_path, "1\n") + TELL) == [str(os.SCHED_IDLE), str(nice)]


@linux
@pytest.mark.parametrize("text", ["0\n", ""])
def test_is_only_nice_where_a_strangers_program_could_stop_it_for_good(tmp_path: Path, text: str) -> None:
    assert after(autogroup(tmp_path, text) + TELL)[0] == str(os.SCHED_OTHER)


@linux
def test_is_only_nice_where_the_kernel_knows_no_sessions(tmp_path: Path) -> None:
    words = f"priority._AUTOGROUP = Path({str(tmp_path / 'none')!r})\npriority.step_back()\n"
    assert after(words + TELL)[0] == str(os.SCHED_OTHER)


@linux
def test_threads_and_children_step_back_too(tmp_path: Path) -> None:
    words = autogroup(tmp_path, "1\n") + (
        "thread = threading.Thread(target=lambda: print(os.sched_getscheduler(0)))\nthread.start()\nthread.join()\n"
        "if not os.fork(): print(os.sched_getscheduler(0), flush=True)\nelse: os.wait()\n"
    )
    assert set(after(words)) == {str(os.SCHED_IDLE)}


def test_one_that_is_farther_back_stays_there() -> None:
    assert after("os.nice(19)\npriority.step_back()\nprint(os.getpriority(os.PRIO_PROCESS, 0))") == ["19"]


@linux
def test_where_it_is_forbidden_it_is_nice(tmp_path: Path) -> None:
    forbid = "def no(*_): raise PermissionError(1, 'no')\nos.sched_setscheduler = no\n"
    assert int(after(forbid + autogroup(tmp_path, "1\n") + TELL)[1]) >= NICENESS
