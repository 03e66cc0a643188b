"""Pixels through shared memory: the publisher writes each array once, whoever keeps it copies it once.

A publisher owns an *arena*, an anonymous file in memory (memfd, Linux) cut into slots that are used in turn. A message
carries the reference (process, descriptor, inode, offset, generation) instead of the pixels. A reader opens the file by
/proc/<pid>/fd, copies the slot and then looks whether its generation is still the one announced: a slot that was used
again meanwhile is seen, and a torn picture never leaves here. The file has no name, so a crash leaves nothing behind.

Both copies can be spared: a publisher may write into a slot that was *loaned* to it, and a reader who is done at once
may *look* at the slot and ask afterwards whether it was whole all the while.

The order of writes that this stands on is promised by x86-64; elsewhere pixels travel inside the message (`available`).
docs/adr/0003 has the measurements and what was refused.
"""

import fcntl
import math
import mmap
import os
import platform
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLOTS = 8
"""At 30 frames a second a slot is used again after a quarter of a second."""
MIN_BYTES = 1 << 14
"""Smaller arrays are cheaper inside the message."""
_HEAD = 64
_MAPPINGS = 16
_NAME = "bgsub-arena"


class OverwrittenError(Exception):
    """The slot was used again, or its publisher is gone, before the pixels were copied."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an array lies: a slot of an arena, and the count of that slot's uses."""

    pid: int
    fd: int
    inode: int
    offset: int
    generation: int


def available() -> bool:
    """Whether this machine can share memory this way."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


class Arena:
    """The publisher's side: a ring of slots, made when the first array comes and again when a larger one does."""

    def __init__(self) -> None:
        self._fd = -1
        self._inode = 0
        self._map: mmap.mmap | None = None
        self._slot_bytes = 0
        self._used = 0
        self._loaned: tuple[Any, int] = ((), 0)

    def put(self, array: NDArray[Any]) -> Reference:
        """Copies the array into the next slot and says where it is; the one loaned last lies in its slot already.

        Raises OSError where memory is short.
        """
        if _place(array) != self._loaned[0]:
            np.copyto(self.loan(array.shape, array.dtype), array)
        start, self._loaned = self._loaned[1], ((), 0)
        assert self._map is not None
        np.frombuffer(self._map, np.uint64, 1, start)[0] = self._used
        return Reference(os.getpid(), self._fd, self._inode, start, self._used)

    def loan(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """The next slot as an array to write into and to `put` before the next loan. Raises OSError as `put` does."""
        count = math.prod(shape)
        nbytes = count * np.dtype(dtype).itemsize
        if self._map is None or nbytes > self._slot_bytes:
            self._make(nbytes)
        assert self._map is not None
        start = (self._used % SLOTS) * (_HEAD + self._slot_bytes)
        self._used += 1
        # zero while it is being written: whoever reads now sees neither the old picture nor the new one
        np.frombuffer(self._map, np.uint64, 1, start)[0] = 0
        array = np.frombuffer(self._map, dtype, count, start + _HEAD).reshape(shape)
        self._loaned = _place(array), start
        return array

    def _make(self, nbytes: int) -> None:
        self.close()
        self._slot_bytes = -(-nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
        self._fd = os.memfd_create(_NAME, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        size = SLOTS * (_HEAD + self._slot_bytes)
        os.ftruncate(self._fd, size)
        # readers may rely on its size: a file that shrank under a mapping would kill them
        fcntl.fcntl(self._fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        self._inode = os.fstat(self._fd).st_ino
        self._map = mmap.mmap(self._fd, size)

    def close(self) -> None:
        """Gives the memory back once the last reader has let go as well."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd, self._map = -1, None


def _place(array: NDArray[Any]) -> tuple[Any, ...]:
    """What tells one array from another: where it lies and how."""
    return array.__array_interface__["data"], array.shape, array.strides, array.dtype


class Mappings:
    """The reader's side: the arenas it has seen, the latest few."""

    def __init__(self) -> None:
        self._maps: OrderedDict[tuple[int, int], mmap.mmap] = OrderedDict()

    def take(self, reference: Reference, dtype: str, shape: list[int]) -> NDArray[Any]:
        """An own copy of the array. Raises OverwrittenError, and nothing else, whatever the reference says."""
        array, whole = self.look(reference, dtype, shape)
        copy = array.copy()
        if not whole():
            raise OverwrittenError("the slot was used again")
        return copy

    def look(self, reference: Reference, dtype: str, shape: list[int]) -> tuple[NDArray[Any], Callable[[], bool]]:
        """The array where it lies, read-only, and what tells after its use whether it was whole all the while.

        Raises as `take` does.
        """
        view = self._map(reference)
        count = math.prod(shape)
        end = reference.offset + _HEAD + count * np.dtype(dtype).itemsize
        if reference.offset < 0 or reference.offset % _HEAD or end > len(view):
            raise OverwrittenError("the reference points outside the arena")
        generation = np.frombuffer(view, np.uint64, 1, reference.offset)
        if generation[0] != reference.generation:
            raise OverwrittenError("the slot was used again")
        array = np.frombuffer(view, dtype, count, reference.offset + _HEAD).reshape(shape)
        return array, lambda: bool(generation[0] == reference.generation)

    def _map(self, reference: Reference) -> mmap.mmap:
        key = (reference.pid, reference.inode)
        if key not in self._maps:
            self._maps[key] = _open(reference)
            while len(self._maps) > _MAPPINGS:
                self._maps.popitem(last=False)
        self._maps.move_to_end(key)
        return self._maps[key]


def _open(reference: Reference) -> mmap.mmap:
    path = Path(f"/proc/{reference.pid}/fd/{reference.fd}")
    try:
        if _NAME not in str(path.readlink()):
            raise OverwrittenError(f"{path} is no arena")
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            stat = os.fstat(fd)
            if stat.st_ino != reference.inode or not fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK:
                raise OverwrittenError("the arena is another one")
            return mmap.mmap(fd, stat.st_size, prot=mmap.PROT_READ)
        finally:
            os.close(fd)
    except (OSError, ValueError) as error:
        raise OverwrittenError(f"the publisher's memory is gone: {error}") from None
