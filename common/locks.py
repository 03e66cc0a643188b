"""A lock that dies with its process: flock on a file beside the thing locked."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError


@dataclass(slots=True)
class Lock:
    """Held from `take` to `release`, or to the end of the process."""

    path: Path
    descriptor: int

    def release(self) -> None:
        """Removes the lock file and lets go, once."""
        try:
            # unlinked while held, so that nobody who locks the old file can believe to own the new one
            if _still_there(self.path, self.descriptor):
                self.path.unlink(missing_ok=True)
        finally:
            os.close(self.descriptor)


class HeldError(UserError):
    """Another process holds it; `holder` is its number, and behind that what it calls itself."""

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


def take(what: Path, who: str = "") -> Lock:
    """Locks `what`, a path, as `who`. Raises HeldError, naming the process, where another one holds it, OSError where
    no file can be made beside it."""
    path = Path(f"{what}.lock")
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _still_there(path, descriptor):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()} {who}".strip().encode())
                return Lock(path, descriptor)
        except BlockingIOError:
            holder = os.read(descriptor, 80).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            words = f"{what} is in use by process {holder}. Stop it, or set BGSUB_INSTANCE."
            raise HeldError(words, holder) from None
        except OSError:
            # a full disk, or one that knows no locks: what is not returned must not stay locked
            os.close(descriptor)
            raise
        os.close(descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
