"""Pictures are written aside: the loop goes on, and is told what became of them."""

import errno
import os
import subprocess
import sys
import threading

import cv2
import numpy as np
import pytest

from services.ui import snapshot
from services.ui.draw.theme import Level
from services.ui.snapshot import Snapshots, write
from tests.conftest import REPOSITORY
from tests.services.ui.stage import until

PICTURE = np.full((24, 32, 4), 90, np.uint8)


@pytest.fixture
def slow(monkeypatch):
    """A disk that takes until the event is set."""
    gate, real = threading.Event(), snapshot.write_new

    def write_new(path, data):
        gate.wait(20)
        real(path, data)

    monkeypatch.setattr(snapshot, "write_new", write_new)
    yield gate
    gate.set()


def told(snapshots):
    said = []
    assert until(lambda: said.extend(snapshots.news()) or said, 20)
    return said


def test_nothing_waits_for_the_disk_and_the_end_is_told(tmp_path, slow):
    made = Snapshots(tmp_path / "kept")
    assert made.keep(PICTURE) is None and made.news() == []
    slow.set()
    (said,) = told(made)
    (path,) = (tmp_path / "kept").iterdir()
    assert (said.words, said.level) == (f"Kept {path}", Level.GOOD) and made.news() == []
    assert (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) == PICTURE).all()


def test_the_end_waits_for_what_is_being_written(tmp_path, slow):
    made = Snapshots(tmp_path)
    made.keep(PICTURE)
    threading.Timer(0.2, slow.set).start()
    made.close()
    (path,) = tmp_path.glob("*.png")
    assert (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) == PICTURE).all()


def test_a_slow_disk_is_told_of_before_pictures_pile_up(tmp_path, slow):
    made = Snapshots(tmp_path)
    assert [made.keep(PICTURE) for _ in range(4)] == [None] * 4
    assert "wait for the disk" in made.keep(PICTURE).words
    slow.set()
    made.close()


def test_a_name_that_is_taken_stays_as_it_is(tmp_path):
    assert write(PICTURE, tmp_path / "a.png").level is Level.GOOD
    before = (tmp_path / "a.png").read_bytes()
    assert "One picture a second" in write(PICTURE * 2, tmp_path / "a.png").words
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_full_disk_is_told_of(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(snapshot, "write_new", full)
    made = Snapshots(tmp_path)
    made.keep(PICTURE)
    (said,) = told(made)
    assert said.level is Level.BAD and said.words.endswith("No space left on device.") and str(tmp_path) in said.words
    made.close()


HANGS = """
import time
from pathlib import Path
import numpy as np
from services.ui import snapshot
snapshot._END_S = 0.1
snapshot.write_new = lambda path, data: time.sleep(60)
made = snapshot.Snapshots(Path({folder!r}))
made.keep(np.zeros((8, 8, 4), np.uint8))
made.close()
"""


def test_a_disk_that_hangs_keeps_no_process_from_its_end(tmp_path):
    code = HANGS.format(folder=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, timeout=30, check=False).returncode == 0
