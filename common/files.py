"""Files that are whole or not there: written beside their place, synced, then moved into it."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def write_aside(path: Path, data: bytes) -> None:
    """Puts `data` at `path`, replacing what was there; a reader sees the old bytes or the new, never a part.

    Raises OSError (disk full, no permission, no such folder); then `path` is as it was and nothing is left beside it.
    """
    with _beside(path, data) as ready:
        ready.replace(path)
    sync_folder(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """Like write_aside, but raises FileExistsError when anything, even a dangling link, stands at `path`."""
    with _beside(path, data) as ready:
        _move_to_free_name(ready, path)
    sync_folder(path.parent)


def read_regular(path: Path, most: int) -> bytes:
    """The bytes of a file. Raises OSError, with its words for a person, also where there are more than `most` bytes and
    for what is no file: a pipe or a device would be waited for without end.
    """
    with open(path, "rb", opener=_at_once) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is a pipe, a device or a socket, not a file", str(path))
        if found.st_size > most:
            raise OSError(errno.EFBIG, f"its {found.st_size / 1e6:.0f} MB are too many", str(path))
        return file.read(most)


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def move_new(source: Path, path: Path) -> None:
    """Moves a file within one file system; raises FileExistsError when anything stands at `path`.

    At every moment it is at one of the two, or, where the machine dies in between, at both.
    """
    _move_to_free_name(source, path)
    source.unlink(missing_ok=True)
    sync_folder(path.parent)
    sync_folder(source.parent)


@contextmanager
def _beside(path: Path, data: bytes) -> Iterator[Path]:
    """A hidden file next to `path` that holds `data` on disk; gone at the end, if it was not moved away."""
    ready = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with ready.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield ready
    finally:
        with suppress(FileNotFoundError):
            ready.unlink()


def _move_to_free_name(ready: Path, path: Path) -> None:
    """A hard link takes the name or fails, in one step; without links (FAT) an empty file reserves the name first."""
    try:
        path.hardlink_to(ready)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        path.touch(exist_ok=False)
        try:
            ready.replace(path)
        except OSError:
            path.unlink()
            raise


def sync_folder(folder: Path) -> None:
    """Makes the new name itself survive a power cut; some network file systems cannot sync a folder (EINVAL)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)
