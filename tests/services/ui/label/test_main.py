"""The command: what it says of sets that will not do, and how it ends. No window is opened here."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from services.ui.label.held import SetLock
from tests.conftest import REPOSITORY
from tests.services.ui.label.rooms import write_set

COMMAND = [sys.executable, "-c", "from services.ui.label.main import main; main()"]


def told(*options, cwd=REPOSITORY):
    surroundings = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [*COMMAND, *map(str, options)],
        env={**surroundings, "PYTHONPATH": str(REPOSITORY)},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def test_no_sets(tmp_path):
    assert told(cwd=tmp_path)[0] == 2
    code, _, said = told("--sets", tmp_path / "nowhere")
    assert code == 2 and said.startswith("Error: There are no sets in") and len(said.splitlines()) == 1


def test_no_such_set(tmp_path):
    write_set(tmp_path, 3)
    code, _, said = told("--sets", tmp_path, "--set", 4)
    assert (code, said) == (2, f"Error: There is no set 4 in {tmp_path}. There are: 3.")


def test_an_empty_set(tmp_path):
    (tmp_path / "set3").mkdir()
    code, _, said = told("--sets", tmp_path, "--set", 3)
    assert code == 2 and "holds no frames yet" in said and len(said.splitlines()) == 1


def test_a_set_that_is_a_link_out_of_the_folder(tmp_path):
    write_set(tmp_path / "elsewhere", 3)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "set3").symlink_to(tmp_path / "elsewhere" / "set3")
    code, _, said = told("--sets", tmp_path / "images", "--set", 3)
    assert code == 2 and "leads out of" in said


def test_a_set_without_one_frame_that_can_be_read(tmp_path):
    folder = write_set(tmp_path, 3, frames=2)
    for k in (0, 1):
        (folder / f"{k}.png").write_bytes(b"broken")
    code, _, said = told("--sets", tmp_path, "--set", 3)
    assert code == 2 and "0.png is not a whole image" in said and len(said.splitlines()) == 1


def test_a_set_that_is_labelled_elsewhere(tmp_path):
    lock = SetLock()
    lock.hold(write_set(tmp_path, 3))
    code, _, said = told("--sets", tmp_path, "--front", "web")
    lock.release()
    assert code == 2 and "set3 is being labelled by" in said and len(said.splitlines()) == 1
    assert f"process {os.getpid()}" in said


def test_everything_labelled(tmp_path):
    write_set(tmp_path, 3, frames=2, labelled=(0, 1))
    code, said, _ = told("--sets", tmp_path, "--set", 3)
    assert (code, said) == (0, "All 2 frames have their masks. --all shows them again.")


def test_a_window_without_a_display(tmp_path):
    write_set(tmp_path, 3)
    code, _, said = told("--sets", tmp_path, "--front", "window")
    assert code == 2 and "there is no display" in said


def test_the_help_names_the_options():
    code, said, _ = told("--help")
    assert code == 0 and all(option in said for option in ("--set", "--sets", "--all", "--front", "--by-hand"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_a_page_and_a_signal_ends_it_in_good_order(tmp_path, instance, number):
    write_set(tmp_path / "sets", 3)
    (tmp_path / "sets" / "set3" / "0.png").write_bytes(b"broken")
    process = subprocess.Popen(
        [*COMMAND, "--sets", str(tmp_path / "sets"), "--front", "web"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = instance.runtime / "label.url"
    try:
        until = time.monotonic() + 30
        while not address.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        with urllib.request.urlopen(address.read_text().strip(), timeout=10) as page:
            assert b"bgsub" in page.read()
        process.send_signal(number)
        said, wrong = process.communicate(timeout=20)
    finally:
        process.kill()
    # a frame that cannot be read is told at the end as well
    assert process.returncode == 1 and "0 of 3 frames are labelled" in said
    assert "0.png is not a whole image" in wrong and "Traceback" not in wrong
    assert not address.exists()
