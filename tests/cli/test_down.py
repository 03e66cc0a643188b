import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from cli.down import down_command
from common import locks
from common.places import Places, make_private
from deploy.board import holder, lock_path

HOLD = """
import sys, time
from pathlib import Path
from common import locks
lock = locks.take(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_says_so_when_nothing_runs() -> None:
    result = CliRunner().invoke(down_command)
    assert (result.exit_code, result.stderr) == (0, "Nothing is running.\n")


def test_ends_the_process_that_holds_the_lock(instance: Places) -> None:
    make_private(instance.runtime)
    command = [sys.executable, "-c", HOLD, str(lock_path(instance))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}) as process:
        assert process.stdout
        process.stdout.readline()
        assert holder(lock_path(instance)) == process.pid
        result = CliRunner().invoke(down_command)
        assert (result.exit_code, result.stderr) == (0, "Stopped.\n")
        assert process.wait(10) == -signal.SIGTERM


def test_a_lock_file_left_behind_is_no_running_process(instance: Places) -> None:
    make_private(instance.runtime)
    lock_path(instance).with_name("up.lock").write_text("1")
    assert holder(lock_path(instance)) is None


def test_gives_up_waiting_with_words_that_help(instance: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    make_private(instance.runtime)
    lock = locks.take(lock_path(instance))
    monkeypatch.setattr("cli.down.WAIT_S", 0.2)
    monkeypatch.setattr(os, "kill", lambda _pid, _signal: None)
    start = time.monotonic()
    result = CliRunner().invoke(down_command)
    lock.release()
    assert result.exit_code == 2
    assert f"kill -9 {os.getpid()}" in result.stderr
    assert time.monotonic() - start < 5
