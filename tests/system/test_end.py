"""However it ends, nothing is left."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.system.running import Running, is_gone, start, system, until

pytestmark = pytest.mark.system

SHM = Path("/dev/shm")
QUIET = {"BGSUB_UI_FRONT": "web"}


def shared_memory() -> set[str]:
    """What lies in shared memory; a browser that somebody else runs here is no matter of ours."""
    names = {path.name for path in SHM.iterdir()} if SHM.is_dir() else set()
    return {name for name in names if "chromium" not in name}


def descendants(pid: int) -> set[int]:
    """All processes below this one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except FileNotFoundError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def assert_nothing_is_left(running: Running, processes: set[int], shm_before: set[str]) -> None:
    assert until(lambda: all(is_gone(pid) for pid in processes), 5)
    assert not running.places.runtime.exists()
    assert shared_memory() <= shm_before
    assert running.status() == []


def test_a_clean_stop_takes_at_most_five_seconds(tmp_path: Path) -> None:
    before = shared_memory()
    with system(tmp_path, "--source", "demo", **QUIET) as running:
        processes = descendants(running.process.pid)
        assert len(processes) >= 7
        assert running.end() < 5
        assert running.process.returncode == 0
        assert_nothing_is_left(running, processes, before)


@pytest.mark.parametrize("victim", ["supervisord", "bgsub up"])
def test_no_orphan_when_what_supervises_is_killed(tmp_path: Path, victim: str) -> None:
    with system(tmp_path, "--source", "demo", **QUIET) as running:
        processes = descendants(running.process.pid)
        supervisord = int((running.places.runtime / "supervisord.pid").read_text())
        os.kill(supervisord if victim == "supervisord" else running.process.pid, signal.SIGKILL)
        assert until(lambda: all(is_gone(pid) for pid in processes), 10)


def test_a_second_start_of_the_same_instance_is_refused(tmp_path: Path) -> None:
    with start(tmp_path, "--source", "demo", **QUIET) as first:
        assert until((first.places.runtime / "up.lock").exists)
        # the same runtime folder, and so the same lock
        same = {"XDG_RUNTIME_DIR": first.env["XDG_RUNTIME_DIR"]}
        with start(tmp_path, "--source", "demo", **QUIET, **same) as second:
            words, _ = second.process.communicate(timeout=20)
        assert second.process.returncode == 2
        assert re.search(r"Error: The instance 'system' is up already", words)
        assert first.process.poll() is None


def test_two_instances_run_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with (
        system(tmp_path / "one", "--source", "demo", name="one", **QUIET) as one,
        system(tmp_path / "two", "--source", "demo", name="two", **QUIET) as two,
    ):
        assert one.places.runtime != two.places.runtime
        assert not set(one.pids().values()) & set(two.pids().values())
        assert one.page() != two.page()
        one.end()
        assert two.all_work()
