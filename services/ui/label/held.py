"""One set is labelled in one place at a time: a lock in its folder that goes with the process, however that ends."""

import sys
from collections.abc import Iterable
from pathlib import Path

from common import locks
from common.errors import UserError
from services.ui.label.work import Item


class SetHeldError(UserError):
    """Somebody labels the set already."""


class SetLock:
    """The set that is labelled here, if there is one."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock: locks.Lock | None = None

    def hold(self, folder: Path) -> None:
        """Takes this set instead of the one before. Raises SetHeldError, in a sentence that says who has it."""
        if folder == self._folder:
            return
        self.release()
        try:
            self._lock = locks.take(folder / ".label", Path(sys.argv[0]).name)
        except locks.HeldError as error:
            number, _, name = error.holder.partition(" ")
            who = f"{name}, process {number}" if name else f"process {number}"
            raise SetHeldError(f"{folder.name} is being labelled by {who}. Close it there, and go on here.") from None
        except OSError:
            # a disk that knows no locks, or takes no file: what is drawn will tell
            self._lock = None
        self._folder = folder

    def release(self) -> None:
        """Lets go of it."""
        if self._lock is not None:
            self._lock.release()
        self._folder = self._lock = None


def check_free(items: Iterable[Item]) -> None:
    """Raises SetHeldError where somebody labels every one of the sets already."""
    problems: list[SetHeldError] = []
    for folder in dict.fromkeys(item.folder for item in items):
        lock = SetLock()
        try:
            lock.hold(folder)
        except SetHeldError as problem:
            problems.append(problem)
        else:
            lock.release()
            return
    if problems:
        raise problems[0]


def stamp(item: Item) -> tuple[object, ...]:
    """Another one once the frame's mask or draft were written by anybody."""
    return tuple(_written(path) for path in (item.mask, item.draft))


def _written(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
