"""Stepping back, each time in a process of its own, since there is no way forward again; and where it is safe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.priority import NICENESS, has_own_share

linux = pytest.mark.skipif(sys.platform != "linux", reason="the policy is Linux's")
TELL = "print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))\n"
SCOPE = "user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope"


def after(words: str, own_share: bool = True) -> list[str]:
    """What is printed by these words in a process that has stepped back."""
    start = f"import os, threading\nfrom common import priority\npriority.has_own_share = lambda root: {own_share}\n"
    return subprocess.check_output([sys.executable, "-c", start + words], text=True, timeout=60).split()


@linux
@pytest.mark.parametrize("own_share", [True, False])
def test_takes_what_is_left_only_where_no_stranger_can_stop_it_for_good(own_share: bool) -> None:
    nice = max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
    policy = os.SCHED_IDLE if own_share else os.SCHED_OTHER
    assert after(f"priority.step_back()\n{TELL}", own_share) == [str(policy), str(nice)]


@linux
def test_threads_that_are_there_and_those_to_come_and_children_step_back() -> None:
    words = """if True:
        tell, asked = threading.Event(), lambda: print(os.sched_getscheduler(0), flush=True)
        early = threading.Thread(target=lambda: (tell.wait(30), asked()))
        early.start()
        priority.step_back()
        tell.set()
        early.join()
        late = threading.Thread(target=asked)
        late.start()
        late.join()
        if not os.fork():
            asked()
        else:
            os.wait()
    """
    assert after(words) == [str(os.SCHED_IDLE)] * 3


def test_one_that_is_farther_back_stays_there() -> None:
    assert after("os.nice(19)\npriority.step_back()\nprint(os.getpriority(os.PRIO_PROCESS, 0))") == ["19"]


@linux
def test_where_it_is_forbidden_it_is_nice() -> None:
    forbid = "def no(*_): raise PermissionError(1, 'no')\nos.sched_setscheduler = no\npriority.step_back()\n"
    assert int(after(forbid + TELL)[1]) >= NICENESS


@pytest.mark.parametrize(
    ("cgroups", "weighed", "autogroup", "own"),
    [
        ("0::/", [], "1\n", True),
        ("0::/", [], "0\n", False),
        ("0::/", [], None, False),
        (f"0::/{SCOPE}", [SCOPE, "user.slice"], "1\n", True),
        (f"0::/{SCOPE}", ["user.slice"], "1\n", False),  # weighed with all that the user runs
        (f"0::/{SCOPE}", [], "1\n", True),
        ("5:cpu,cpuacct:/user.slice\n0::/user.slice", [], "0\n", True),
        ("5:cpu:/\n4:memory:/some\n0::/", [], "1\n", True),
        ("5:cpuset:/some\n0::/", [], "0\n", False),
        (None, [], "1\n", True),
    ],
)
def test_a_share_of_its_own(
    tmp_path: Path, cgroups: str | None, weighed: list[str], autogroup: str | None, own: bool
) -> None:
    files = {f"sys/fs/cgroup/{name}/cgroup.controllers": "cpu memory pids\n" for name in weighed}
    files |= {f"sys/fs/cgroup/{SCOPE}/cgroup.controllers": "memory pids\n"} if SCOPE not in weighed else {}
    files |= {"proc/self/cgroup": f"{cgroups}\n"} if cgroups else {}
    files |= {"proc/sys/kernel/sched_autogroup_enabled": autogroup} if autogroup else {}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert has_own_share(tmp_path) == own
