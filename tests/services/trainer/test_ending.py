"""How a training takes signals, in a process that does nothing else."""

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

WAITS = """
import time
from services.trainer.ending import stop_on_signals
stopping = stop_on_signals()
print("listening", flush=True)
while not stopping():
    time.sleep(0.01)
print("saving", flush=True)
time.sleep(60)
"""


@pytest.fixture
def saving():
    """A process that was asked once to stop, by Ctrl-C, and saves."""
    process = subprocess.Popen([sys.executable, "-c", WAITS], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "listening\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "saving\n"
    yield process
    process.kill()
    process.wait(10)


def test_a_second_ctrl_c_ends_at_once(saving):
    saving.send_signal(signal.SIGINT)
    assert saving.wait(20) == -signal.SIGINT


def test_being_asked_twice_by_others_leaves_time_to_save(saving):
    saving.send_signal(signal.SIGTERM)
    saving.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        saving.wait(1)


def test_a_child_whose_service_is_gone_ends_before_it_begins(tmp_path):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "services.trainer.main", "--iters", "2", "--child", "1"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "has ended, and so does the training" in done.stderr
    assert " torch\n" not in done.stderr  # seconds, in which nobody would end it
