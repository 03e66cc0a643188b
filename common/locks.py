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
        # unlinked while held, so that nobody who locks the old file can believe to own the new one
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


def take(what: Path) -> Lock:
    """Locks `what`, a path. Raises UserError, naming the process, where another one holds it."""
    path = Path(f"{what}.lock")
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            os.close(descriptor)
            raise UserError(
                f"{what} is in use by process {holder or 'unknown'}. Stop it, or set BGSUB_INSTANCE."
            ) from None
        if _still_there(path, descriptor):
            break
        os.close(descriptor)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return Lock(path, descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
