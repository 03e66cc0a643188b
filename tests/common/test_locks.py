import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from common import locks
from common.errors import UserError


def test_a_second_lock_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    held = locks.take(tmp_path / "socket")
    script = f"from pathlib import Path; from common import locks; locks.take(Path({str(tmp_path / 'socket')!r}))"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode != 0
    assert "in use by process" in second.stderr
    held.release()
    assert subprocess.run([sys.executable, "-c", script], timeout=30, check=False).returncode == 0


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    script = (
        "import os; from pathlib import Path; from common import locks;"
        f"locks.take(Path({str(tmp_path / 'socket')!r})); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script], timeout=30, check=False)
    assert (tmp_path / "socket.lock").exists()
    locks.take(tmp_path / "socket").release()


def test_release_leaves_no_file(tmp_path: Path) -> None:
    locks.take(tmp_path / "socket").release()
    assert list(tmp_path.iterdir()) == []


def test_taking_it_twice_in_one_process_is_refused_too(tmp_path: Path) -> None:
    locks.take(tmp_path / "socket")
    with pytest.raises(UserError):
        locks.take(tmp_path / "socket")


def test_it_says_who_it_is(tmp_path: Path) -> None:
    locks.take(tmp_path / "socket", "bgsub-ui")
    with pytest.raises(locks.HeldError) as error:
        locks.take(tmp_path / "socket")
    assert error.value.holder == f"{os.getpid()} bgsub-ui"


def test_a_lock_that_another_took_after_a_move_is_left_to_them(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    mine = locks.take(tmp_path / "set" / "x")
    (tmp_path / "set").rename(tmp_path / "old")
    (tmp_path / "set").mkdir()
    theirs = locks.take(tmp_path / "set" / "x")
    mine.release()
    assert theirs.path.exists()


def test_what_cannot_be_written_is_not_left_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            locks.take(tmp_path / "socket")
    locks.take(tmp_path / "socket").release()
