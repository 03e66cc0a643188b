"""A sample of the broken sets through real processes: what a person sees in the terminal."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.places import Places
from tests.conftest import REPOSITORY
from tests.fuzz.breakages import EVERY, Breakage, write_good
from tests.waiting import until

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(300)]

SAMPLE = (
    "bkg is a bomb",
    "0 is a pipe",
    "0_mask is a device",
    "0 is cut in half",
    "set is a link out",
    "no sets",
)
ENDS: dict[str, tuple[str, ...]] = {
    "check": ("cli.main", "sets", "--sets", "images", "check"),
    "eval": ("cli.main", "eval", "images"),
    "trainer": ("services.trainer.main", "--sets", "images", "--iters", "2", "--batch", "1", "--no-swap"),
}
STAYS: dict[str, tuple[str, ...]] = {
    "recorder": ("services.recorder.main", "--sets", "images", "--set", "1"),
    "label": ("services.ui.label.main", "--sets", "images", "--front", "web", "--by-hand"),
}
SIGNS = {"recorder": "*recorder*", "label": "label.url"}
"""What lies in the runtime folder once it is up."""
CHOSEN = [breakage for breakage in EVERY if breakage.name in SAMPLE]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bgsub-fuzz-") as folder:
        write_good(Path(folder) / "images")
        monkeypatch.chdir(folder)
        yield Path(folder)


def started(words: tuple[str, ...]) -> "subprocess.Popen[str]":
    script = "import sys, importlib; sys.argv[0] = sys.argv.pop(1); importlib.import_module(sys.argv[0]).main()"
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_sample_is_there() -> None:
    assert len(CHOSEN) == len(SAMPLE)


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("breakage", CHOSEN, ids=lambda breakage: breakage.name)
def test_a_command_ends_by_itself_with_a_message(breakage: Breakage, name: str, here: Path) -> None:
    breakage.do(here / "images")
    process = started(ENDS[name])
    out, err = process.communicate(timeout=120)
    assert process.returncode in ((1, 2) if name == "check" else (0, 2)), err
    assert "Traceback" not in err
    assert not process.returncode or "Error: " in err or "things to mend" in out or "thing to mend" in out


@pytest.mark.parametrize("name", STAYS)
@pytest.mark.parametrize("breakage", CHOSEN, ids=lambda breakage: breakage.name)
def test_what_stays_ends_when_it_is_told_to(breakage: Breakage, name: str, here: Path, instance: Places) -> None:
    breakage.do(here / "images")
    process = started(STAYS[name])
    try:
        assert until(lambda: process.poll() is not None or any(instance.runtime.glob(SIGNS[name])), 90)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (0, 1, 2), (out, err)
    assert "Traceback" not in err
    assert not process.returncode or "Error: " in err
