"""Pixels through shared memory: the publisher writes each array once, and its readers use it where it lies.

A publisher owns an *arena*, an anonymous file in memory (memfd, Linux) cut into slots. A message carries the reference
(process, descriptor, inode, offset, generation) instead of the pixels. A reader opens the file by /proc/<pid>/fd and
*holds* the slot by a shared lock on one byte of it, which belongs to that opening of the file (F_OFD_SETLK, fcntl(2)).
The publisher writes under an exclusive lock and passes over slots that are held: an array never changes while anybody
has it. The kernel lets go for a process that dies, and the file has no name: a crash leaves nothing behind.

A publisher may write into a slot that was *loaned* to it: then nobody copies at all. Taking a lock and giving it back
also orders what both sides write and read, on any processor. docs/adr/0003 has the measurements and what was refused.
"""

import fcntl
import math
import mmap
import os
import struct
import sys
import threading
import weakref
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

IN_TURN = 8
"""A slot is used again after seven others: at 30 frames a second a reader may be a quarter of a second late."""
HELD = 3
"""Slots of one arena that a reader holds at a time; of more it gets copies."""
SLOTS = IN_TURN + 5 * HELD
"""So five readers that hold all they may still leave enough to take turns. A slot never needed takes no memory."""
MIN_BYTES = 1 << 14
"""Smaller arrays are cheaper inside the message."""
_HEAD = 64
_NAME = "bgsub-arena"
_FLOCK = struct.Struct("hhqqi4x")
"""struct flock of fcntl(2)."""


class OverwrittenError(Exception):
    """The slot was used again, or its publisher is gone, before the array was taken."""


class Reference(NamedTuple):
    """Where an array lies: a slot of an arena, and the count of that slot's uses."""

    pid: int
    fd: int
    inode: int
    offset: int
    generation: int


def available() -> bool:
    """Whether this machine can share memory this way: memfd and locks of open files, Linux 3.17 and later."""
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return False
    try:
        fd = os.memfd_create(_NAME, os.MFD_CLOEXEC)
    except OSError:
        return False
    try:
        return _lock(fd, fcntl.F_WRLCK, 0)
    finally:
        os.close(fd)


def _lock(fd: int, kind: int, start: int) -> bool:
    """Whether the byte at `start` could be locked (F_RDLCK, F_WRLCK) or given back (F_UNLCK) at once."""
    try:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, start, 1, 0))
    except OSError:
        return False
    return True


class Arena:
    """The publisher's side: slots, made when the first array comes and again when a larger one does."""

    def __init__(self) -> None:
        self._fd = -1
        self._inode = 0
        self._map: mmap.mmap | None = None
        self._generations = memoryview(b"")
        self._slot_bytes = 0
        self._used = 0
        self._order: list[int] = []
        self._loaned: tuple[NDArray[Any] | None, int] = None, -1

    def put(self, array: NDArray[Any]) -> Reference | None:
        """Copies the array into a slot and says where it is; the very one loaned last lies in its slot already.

        None where readers hold all the slots there are. Raises OSError where memory is short.
        """
        if array is not self._loaned[0]:
            slot = self.loan(array.shape, array.dtype)
            if slot is None:
                return None
            np.copyto(slot, array)
        start = self._loaned[1]
        self._used += 1
        self._generations[start // 8] = self._used
        self._give_back()
        return Reference(os.getpid(), self._fd, self._inode, start, self._used)

    def loan(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any] | None:
        """A slot as an array to write into and to `put` before the next loan; None and OSError as for `put`."""
        self._give_back()
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        if self._map is None or nbytes > self._slot_bytes:
            self._make(nbytes)
        start = self._take_free()
        if start is None:
            return None
        # whoever was told of what was here before must not take it for that
        self._generations[start // 8] = 0
        array: NDArray[Any] = np.ndarray(shape, dtype, self._map, start + _HEAD)
        self._loaned = array, start
        return array

    def _take_free(self) -> int | None:
        """A slot that was not used lately and that nobody holds; of those the one used last, which is warm."""
        for place in range(SLOTS - IN_TURN, -1, -1):
            if _lock(self._fd, fcntl.F_WRLCK, self._order[place]):
                self._order.append(self._order.pop(place))
                return self._order[-1]
        return None

    def _give_back(self) -> None:
        if self._loaned[1] >= 0:
            _lock(self._fd, fcntl.F_UNLCK, self._loaned[1])
            self._loaned = None, -1

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
        self._generations = memoryview(self._map).cast("Q")
        self._order = list(range(0, size, _HEAD + self._slot_bytes))

    def close(self) -> None:
        """Gives the memory back once the last reader has let go as well."""
        self._give_back()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd, self._map, self._generations = -1, None, memoryview(b"")


class Mappings:
    """The reader's side of one publisher after another: the latest arena, and of those before it what is held."""

    def __init__(self) -> None:
        self._latest: tuple[tuple[int, int], _Mapping] | None = None

    def take(self, reference: Reference, dtype: str, shape: list[int]) -> NDArray[Any]:
        """The array, read-only, which stays as it is as long as it or a view of it is kept; see `HELD`.

        It may be dropped in any thread. Raises OverwrittenError, and nothing else, whatever the reference says.
        """
        mapping, start = self._map(reference), reference.offset
        if not 0 <= start < mapping.size or start % _HEAD or reference.generation < 1:
            raise OverwrittenError("the reference points to no slot")
        return mapping.take(start, reference.generation, dtype, shape)

    def _map(self, reference: Reference) -> "_Mapping":
        key = (reference.pid, reference.inode)
        if self._latest is None or self._latest[0] != key:
            # only now: as long as nothing follows it, what a dead publisher sent last can still be read
            self._latest = key, _open(reference)
        return self._latest[1]


class _Mapping:
    """One arena as a reader sees it, and the slots of it that are held."""

    def __init__(self, fd: int, size: int) -> None:
        self.size = size
        self._fd = fd
        self._pid = os.getpid()
        self._map = mmap.mmap(fd, size, prot=mmap.PROT_READ)
        self._generations = memoryview(self._map).cast("Q")
        # the last view of an array may go in any thread, also while this thread is at work in here
        self._busy = threading.RLock()
        self._held: dict[int, weakref.ref[NDArray[Any]]] = {}

    def take(self, start: int, generation: int, dtype: str, shape: list[int]) -> NDArray[Any]:
        try:
            # numpy gives every view of a view this very array as its base, since its own is no array
            array: NDArray[Any] = np.ndarray(shape, dtype, self._map, start + _HEAD)
        except (TypeError, ValueError, OverflowError):
            raise OverwrittenError("the reference points outside the arena") from None
        with self._busy:
            # locks do not nest: while this slot is held already, `twin` keeps it so until it is copied
            held = self._held.get(start)
            twin = held() if held else None
            if twin is None:
                if not _lock(self._fd, fcntl.F_RDLCK, start):
                    raise OverwrittenError("the slot is being written to")
                self._held[start] = weakref.ref(array, partial(self._let_go, start))
            enough = len(self._held) > HELD
        if self._generations[start // 8] != generation:
            del array
            raise OverwrittenError("the slot was used again")
        return array.copy() if enough or twin is not None else array

    def _let_go(self, start: int, held: "weakref.ref[NDArray[Any]]") -> None:
        with self._busy:
            # not where the slot was taken anew meanwhile, nor in a forked child, whose parent has the same lock
            if self._held.get(start) is held and os.getpid() == self._pid:
                del self._held[start]
                _lock(self._fd, fcntl.F_UNLCK, start)

    def __del__(self) -> None:
        # what is still held stays so by the map's own descriptor, until the map goes with the last array
        fd, self._fd = self._fd, -1
        os.close(fd)


def _open(reference: Reference) -> _Mapping:
    path = Path(f"/proc/{reference.pid}/fd/{reference.fd}")
    try:
        if _NAME not in str(path.readlink()):
            raise OverwrittenError(f"{path} is no arena")
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            stat = os.fstat(fd)
            if stat.st_ino != reference.inode or not fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK:
                raise OverwrittenError("the arena is another one")
            return _Mapping(os.dup(fd), stat.st_size)
        finally:
            os.close(fd)
    except (OSError, ValueError) as error:
        raise OverwrittenError(f"the publisher's memory is gone: {error}") from None
