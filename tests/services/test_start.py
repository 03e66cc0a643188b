"""The commands: each is there, and Ctrl-C while it still imports ends it in good order."""

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from services import start
from tests.conftest import REPOSITORY

SCRIPTS = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["scripts"]


@pytest.mark.parametrize("command", sorted(SCRIPTS.keys() - {"bgsub"}))
def test_every_command_of_a_service_starts_here(command: str) -> None:
    module, _, name = SCRIPTS[command].partition(":")
    assert module == "services.start" and command == f"bgsub-{name}"
    (named,) = getattr(start, name).args
    assert "\ndef main(" in (REPOSITORY / f"{named.replace('.', '/')}.py").read_text()


@pytest.mark.parametrize("slow", ["time.sleep(30)", "\ndef main(): time.sleep(30)\nprint('importing', flush=True)"])
def test_ctrl_c_before_the_service_takes_signals_leaves_no_traceback(tmp_path: Path, slow: str) -> None:
    (tmp_path / "slow.py").write_text(f"import time\nprint('importing', flush=True)\n{slow}\n")
    process = subprocess.Popen(
        [sys.executable, "-c", "from services.start import start; start('slow')"],
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{tmp_path}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, said) == (130, "")
