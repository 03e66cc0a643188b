"""Folders that are whole or not there: filled beside their place, synced, then moved into it."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from common.files import sync_folder


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A hidden folder to be filled in the block; at the end of the block it becomes `path`, of one piece.

    When the block fails nothing is left of it. Raises FileExistsError where anything stands at `path`, and OSError.
    """
    path.mkdir()  # takes the name: whoever looks for a free one passes it over
    ready = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        ready.mkdir()
        yield ready
        sync_folder(ready)
        ready.rename(path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(ready, ignore_errors=True)
        with suppress(OSError):
            path.rmdir()  # of a folder that holds something this is refused


def write_synced(path: Path, data: bytes) -> None:
    """A new file in a folder that nobody reads yet. Raises FileExistsError and OSError."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def move_aside(folder: Path, to: Path) -> Path:
    """Moves a folder, on the same disk, to `to` or, where something stands there, to `to-2`, `to-3`, …; says where.

    Raises OSError; then it is where it was.
    """
    number, place = 1, to
    while True:
        try:
            place.mkdir()
            break
        except FileExistsError:
            number += 1
            place = to.with_name(f"{to.name}-{number}")
    try:
        folder.rename(place)
    except OSError:
        place.rmdir()
        raise
    sync_folder(place.parent)
    sync_folder(folder.parent)
    return place
