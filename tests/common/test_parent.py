import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHILD = (
    "import os, time; from common.parent import die_with\nprint(die_with({}), os.getpid(), flush=True)\ntime.sleep(60)"
)
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel sees to it on Linux alone")
def test_a_process_is_killed_with_the_one_that_started_it() -> None:
    words = [sys.executable, "-c", PARENT, CHILD.format("os.getppid()")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        there, child = parent.stdout.readline().split()
        assert there == "True"
        parent.kill()
        parent.wait(10)
        give_up = time.monotonic() + 20
        while running(int(child)):
            assert time.monotonic() < give_up, "the child goes on alone"
            time.sleep(0.02)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_one_that_started_it_and_is_gone_is_told() -> None:
    code = f"from common.parent import die_with; print(die_with({os.getpid()} + 1))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "False\n"
