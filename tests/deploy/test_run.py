"""Real processes under the real Supervisor: what happens when they die, hang, or end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli import status
from cli.status import Row, State
from common.places import Places
from tests.conftest import REPOSITORY, own_instance
from tests.waiting import until

HERE = Path(__file__).parent
PATIENCE_S = 30


@dataclass
class Up:
    """A run of fake services."""

    process: subprocess.Popen[str]
    places: Places
    orders: Path
    env: dict[str, str]

    def rows(self) -> dict[str, Row]:
        return {row.name: row for row in status.look(self.places)}

    def states(self) -> dict[str, State]:
        return {name: row.state for name, row in self.rows().items()}

    def all_run(self) -> bool:
        return list(self.states().values()) == [State.RUNNING] * 3

    def order(self, name: str, words: str) -> None:
        (self.orders / name).write_text(words)

    def said(self) -> str:
        return self.process.communicate(timeout=PATIENCE_S)[0]


def comes(true: Callable[[], object]) -> bool:
    """Whether it came true; to look at a run takes time from those that are looked at."""
    return until(true, PATIENCE_S, every_s=0.15)


def is_gone(pid: int) -> bool:
    """Ended; a zombie whose parent has not looked counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def start(orders: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    command = orders / "fake service"
    if not command.exists():
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "fake_service.py"}"\n')
        command.chmod(0o700)
    return subprocess.Popen(
        [sys.executable, HERE / "fake_up.py", command],
        env={**env, "PYTHONPATH": str(REPOSITORY), "FAKE_ORDERS": str(orders)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def run_of(orders: Path, where: Places) -> Iterator[Up]:
    """A run of this instance, up and running."""
    env = dict(os.environ)
    running = Up(start(orders, env), where, orders, env)
    try:
        assert comes(running.all_run)
        yield running
    finally:
        running.process.terminate()
        running.process.communicate(timeout=PATIENCE_S)


@pytest.fixture
def up(tmp_path: Path, instance: Places) -> Iterator[Up]:
    """A run of this test's own, which it may end."""
    with run_of(tmp_path, instance) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A run for several tests, each of which leaves all of it running."""
    orders = tmp_path_factory.mktemp("shared")
    with (
        pytest.MonkeyPatch.context() as patch,
        own_instance(patch, orders / "state") as where,
        run_of(orders, where) as running,
    ):
        yield running


def test_shows_the_services_and_the_address_of_the_page(up: Up) -> None:
    rows = up.rows()
    assert rows["trainer"].device == "100 %, fake"
    assert [row.restarts for row in rows.values()] == [0, 0, 0]
    # what it says comes a moment after what it shows
    assert up.process.stdout and "The page: http://127.0.0.1:1/?token=fake" in up.process.stdout.readline()
    up.process.send_signal(signal.SIGINT)
    up.said()
    assert up.process.returncode == 0


def test_leaves_no_process_and_no_file_behind(up: Up) -> None:
    pids = [row.pid or 0 for row in up.rows().values()]
    assert oct(up.places.runtime.stat().st_mode)[-3:] == "700"
    private = [up.places.runtime / "supervisor.conf", *(up.places.state / "logs").iterdir()]
    assert len(private) > 3 and {oct(path.stat().st_mode)[-3:] for path in private} == {"600"}
    up.process.terminate()
    assert up.process.wait(PATIENCE_S) == 0
    assert all(is_gone(pid) for pid in pids)
    assert not up.places.runtime.exists()
    assert status.look(up.places) == []


def test_a_killed_service_is_started_again_and_the_others_go_on(up: Up) -> None:
    before = up.rows()
    os.kill(before["camera"].pid or 0, signal.SIGKILL)
    assert comes(lambda: up.all_run() and up.rows()["camera"].restarts == 1)
    after = up.rows()
    assert after["camera"].pid != before["camera"].pid
    assert (after["trainer"].pid, after["trainer"].restarts) == (before["trainer"].pid, 0)
    up.process.terminate()
    assert "camera died and was started again" in up.said()


def test_gives_up_on_a_service_that_dies_five_times(up: Up) -> None:
    up.order("trainer.exit", "3")
    assert comes(lambda: up.states()["trainer"] == State.GIVEN_UP)
    # the fifth death may be followed by a start before it is noticed
    assert up.rows()["trainer"].restarts in (4, 5)
    assert up.states()["camera"] == State.RUNNING
    up.process.terminate()
    assert "trainer died 5 times within 60 s and stays down" in up.said()


def test_the_orderly_end_of_ui_ends_everything(up: Up) -> None:
    camera = up.rows()["camera"].pid or 0
    up.order("ui.exit", "0")
    assert up.process.wait(PATIENCE_S) == 0
    assert is_gone(camera)


def test_a_crash_of_ui_ends_nothing(shared: Up) -> None:
    before = shared.rows()["ui"].restarts
    shared.order("ui.exit", "1")
    assert comes(lambda: shared.rows()["ui"].restarts > before)
    (shared.orders / "ui.exit").unlink()
    assert comes(shared.all_run)


def test_no_orphan_when_supervisord_is_killed_even_from_a_process_that_hangs(up: Up) -> None:
    rows = up.rows()
    os.kill(rows["trainer"].pid or 0, signal.SIGSTOP)
    os.kill(int((up.places.runtime / "supervisord.pid").read_text()), signal.SIGKILL)
    assert "supervisord died, and everything with it" in up.said()
    assert up.process.returncode == 2
    assert comes(lambda: all(is_gone(row.pid or 0) for row in rows.values()))
    assert not up.places.runtime.exists()


def test_everything_ends_when_up_itself_is_killed_and_it_can_start_again(up: Up) -> None:
    rows = up.rows()
    up.process.kill()
    assert comes(lambda: all(is_gone(row.pid or 0) for row in rows.values()))
    up.process.wait(PATIENCE_S)
    assert comes(lambda: not lives(up.places))
    up.process = start(up.orders, up.env)
    assert comes(up.all_run)


def lives(where: Places) -> bool:
    pid = where.runtime / "supervisord.pid"
    return pid.exists() and not is_gone(int(pid.read_text()))


def test_a_second_start_is_refused(shared: Up) -> None:
    second = start(shared.orders, shared.env)
    words, _ = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 2
    assert "is up already. `bgsub down` stops it" in words
    assert "Traceback" not in words
    assert shared.all_run()


def test_a_process_deaf_to_the_end_is_killed(up: Up) -> None:
    up.order("camera.stubborn", "")
    os.kill(up.rows()["camera"].pid or 0, signal.SIGKILL)
    assert comes(lambda: up.all_run() and up.rows()["camera"].restarts == 1)
    camera = up.rows()["camera"].pid or 0
    up.process.terminate()
    assert up.process.wait(PATIENCE_S) == 0
    assert is_gone(camera)


def test_a_process_that_hangs_is_not_running(shared: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "YOUNG_S", 0.0)
    camera = shared.rows()["camera"].pid or 0
    os.kill(camera, signal.SIGSTOP)
    try:
        assert shared.states() == {"camera": State.HUNG, "trainer": State.RUNNING, "ui": State.RUNNING}
    finally:
        os.kill(camera, signal.SIGCONT)
    assert comes(shared.all_run)


def test_a_signal_in_the_middle_of_another_does_no_harm():
    """As Ctrl-C in a terminal that closes."""
    code = """
import signal, sys
from deploy.run import _asked_to_end
def another(frame, event, value):
    signal.raise_signal(signal.SIGHUP)
    return another
with _asked_to_end() as end:
    sys.settrace(another)
    signal.raise_signal(signal.SIGINT)
    sys.settrace(None)
    assert end
"""
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, timeout=20, check=True)
