"""Message <-> list of buffers; nothing else packs. The wire it speaks is specified in docs/PROTOCOL.md.

A message is `[header, buffer...]` (the bus puts the topic in front). The header is msgpack and small; arrays and files
ride behind it as raw buffers, each described in the header by dtype, shape and codec. Between processes of one host an
array can stay behind in shared memory instead, and the header says where (codec `shm`); on its way to another host a
picture may be packed (codec `jpeg`).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
import numpy as np
from msgspec import Meta, Raw, Struct, msgpack

from common import shared
from common.errors import UserError
from common.messages import Blob, Message, Reply, Request

VERSION = 1
MAX_HEADER_BYTES = 1 << 20
MAX_MESSAGE_BYTES = 64 << 20
"""All parts together; a 4096x2160 picture takes 27 MB."""
MAX_BUFFERS = 16

Buffer = bytes | memoryview
Anything = Message | Request | Reply
Array = np.ndarray[Any, Any]
Follow = Callable[[shared.Reference, str, list[int]], Array]
"""A reference, dtype and shape -> the array; raises shared.OverwrittenError."""

_KINDS: Mapping[str, type[Anything]] = {
    kind.__name__: kind for union in (Message, Request, Reply) for kind in get_args(union)
}
_Dtype = Literal["uint8", "uint16", "float32"]
_DTYPES: Mapping[Any, _Dtype] = {np.dtype(name): name for name in get_args(_Dtype)}
_SIZES: Mapping[_Dtype, int] = {name: dtype.itemsize for dtype, name in _DTYPES.items()}
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class WireError(ValueError):
    """A message that cannot be read. `reason` is one of malformed, truncated, oversized, version, overwritten."""

    def __init__(self, reason: str, words: str) -> None:
        # a peer's nonsense is neither logged nor sent back at full length
        super().__init__(words if len(words) <= 200 else f"{words[:200]}…")
        self.reason = reason


class Envelope(Struct, frozen=True):
    """Who sent a message and when. `id` pairs a control request with its reply; it is empty on a topic."""

    session: str
    seq: int
    sent_ns: int
    boot: str
    id: str = ""


class _Row(Struct, frozen=True, omit_defaults=True):
    """A buffer as the header describes it, and of one in shared memory where it lies."""

    dtype: _Dtype
    shape: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(max_length=4)]
    codec: Literal["raw", "shm", "jpeg"]
    pid: int = -1
    fd: int = -1
    inode: int = -1
    offset: int = -1
    generation: int = -1


class _Header(Struct, frozen=True):
    v: int
    type: str
    session: str
    seq: int
    sent_ns: int
    boot: str
    id: str
    body: Raw
    buffers: list[_Row]


class _Versioned(Struct):
    v: Any


def encode(message: Anything, envelope: Envelope, arena: shared.Arena | None = None, jpeg: int = 0) -> list[Buffer]:
    """The header and the buffers behind it. Arrays are not copied: leave them alone until they are sent.

    With an arena that has room, large arrays are copied there and only referred to. Else with `jpeg`, a quality from 1
    to 100, large pictures (H,W,3 uint8) are packed, and arrive nearly as they were.
    """
    packed = _Packed(arena, jpeg)
    body = Raw(msgpack.encode(message, enc_hook=packed.index))
    who = envelope.session, envelope.seq, envelope.sent_ns, envelope.boot, envelope.id
    header = _Header(VERSION, type(message).__name__, *who, body, packed.rows)
    return [msgpack.encode(header), *packed.buffers]


def decode(parts: Sequence[Buffer], follow: Follow | None = None) -> tuple[Envelope, Anything]:
    """The inverse of `encode`. Arrays are read-only, and those that travelled inside are views into the parts.

    `follow` makes an array of a reference to shared memory (shared.Mappings.take); without it such a message is
    malformed. Raises WireError, and nothing else.
    """
    header = _header(parts)
    kind = _KINDS.get(header.type)
    if kind is None:
        raise WireError("malformed", f"unknown message type {header.type!r}")
    buffers = _buffers(header.buffers, parts[1:], follow)
    try:
        message = msgpack.decode(header.body, type=kind, dec_hook=partial(_buffer, buffers))
    except _UNREADABLE as error:
        raise WireError("malformed", f"{header.type}: {error}") from None
    return Envelope(header.session, header.seq, header.sent_ns, header.boot, header.id), message


class _Packed:
    """The buffers of one message, as they are found in it."""

    def __init__(self, arena: shared.Arena | None, jpeg: int) -> None:
        self.buffers: list[Buffer] = []
        self.rows: list[_Row] = []
        self._arena = arena
        self._jpeg = jpeg

    def index(self, value: Any) -> Any:
        """What stands in the header for what is not msgpack: the index of its buffer."""
        if isinstance(value, np.ndarray):
            self.rows.append(self._placed(value))
        elif isinstance(value, Blob):
            self.buffers.append(value)
            self.rows.append(_Row("uint8", [len(value)], "raw"))
        else:
            # numpy's float64 is a float to everybody else
            return float(value) if isinstance(value, float) else _refuse(value)
        return len(self.rows) - 1

    def _placed(self, array: Any) -> _Row:
        dtype, shape = _DTYPES.get(array.dtype) or _refuse(array), list(array.shape)
        arena = self._arena if array.nbytes >= shared.MIN_BYTES else None
        if arena is not None and (where := arena.put(array)):
            return _Row(dtype, shape, "shm", *where)
        if self._jpeg and array.nbytes >= shared.MIN_BYTES and _is_picture(dtype, shape):
            self.buffers.append(_to_jpeg(array, self._jpeg))
            return _Row(dtype, shape, "jpeg")
        # memoryview cannot cast a shape that holds a zero
        self.buffers.append(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
        return _Row(dtype, shape, "raw")


def _is_picture(dtype: str, shape: Sequence[int]) -> bool:
    """Whether a JPEG can hold it."""
    return dtype == "uint8" and len(shape) == 3 and shape[2] == 3 and max(shape) < 1 << 16


def _to_jpeg(picture: Array, quality: int) -> bytes:
    import cv2  # noqa: PLC0415 (`bgsub status`, which never sees a picture, is done sooner without)

    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _refuse(value: Any) -> Any:
    raise TypeError(f"{str(value)[:80]!r} ({type(value).__name__}) cannot be sent")


def _header(parts: Sequence[Buffer]) -> _Header:
    if not parts:
        raise WireError("truncated", "no header")
    if len(parts[0]) > MAX_HEADER_BYTES or sum(map(len, parts)) > MAX_MESSAGE_BYTES or len(parts) > 1 + MAX_BUFFERS:
        raise WireError("oversized", f"{sum(map(len, parts))} bytes in {len(parts)} parts")
    try:
        header = msgpack.decode(parts[0], type=_Header)
    except _UNREADABLE as error:
        # in another version other fields may be due
        _check_version(parts[0])
        raise WireError("malformed", f"the header cannot be read: {error}") from None
    if header.v != VERSION:
        _check_version(parts[0])
    return header


def _check_version(header: Buffer) -> None:
    try:
        version = msgpack.decode(header, type=_Versioned).v
    except _UNREADABLE as error:
        raise WireError("malformed", f"the header is not a map with a version: {error}") from None
    if version != VERSION:
        raise WireError("version", f"version {version!r}, this side speaks {VERSION}")


def _buffers(rows: list[_Row], parts: Sequence[Buffer], follow: Follow | None) -> list[Array]:
    inside = sum(row.codec != "shm" for row in rows)
    if inside != len(parts) or len(rows) > MAX_BUFFERS:
        raise WireError("truncated", f"{len(parts)} buffers of {inside}")
    rest = iter(parts)
    return [_shared(row, follow) if row.codec == "shm" else _inside(row, next(rest)) for row in rows]


def _inside(row: _Row, part: Buffer) -> Array:
    array = _array(row, part) if row.codec == "raw" else _from_jpeg(row, part)
    array.flags.writeable = False
    return array


def _array(row: _Row, part: Buffer) -> Array:
    if _nbytes(row) != len(part):
        raise WireError("truncated", f"a buffer of {len(part)} bytes, not {row.dtype} {row.shape}")
    return np.frombuffer(part, row.dtype).reshape(row.shape)


def _from_jpeg(row: _Row, part: Buffer) -> Array:
    from common.pictures import decode, size_of  # noqa: PLC0415 (as in _to_jpeg)

    _nbytes(row)
    data = bytes(part)
    # asked before it is unpacked: a few bytes can claim a gigabyte
    if (
        not _is_picture(row.dtype, row.shape)
        or data[:2] != b"\xff\xd8"
        or size_of(data) != (row.shape[1], row.shape[0])
    ):
        raise WireError("malformed", f"a buffer that is no JPEG of {row.dtype} {row.shape}")
    try:
        return decode(data, Path("the picture"))
    except UserError as error:
        raise WireError("malformed", error.message) from None


def _shared(row: _Row, follow: Follow | None) -> Array:
    where = shared.Reference(row.pid, row.fd, row.inode, row.offset, row.generation)
    if follow is None or min(where) < 0:
        raise WireError("malformed", "a reference to memory that cannot be followed here")
    _nbytes(row)
    try:
        return follow(where, row.dtype, row.shape)
    except shared.OverwrittenError as error:
        raise WireError("overwritten", str(error)) from None


def _nbytes(row: _Row) -> int:
    nbytes = math.prod(row.shape) * _SIZES[row.dtype]
    # sides beside a zero count too: numpy refuses an array of no bytes that would be too large without it
    if (nbytes or math.prod(side or 1 for side in row.shape)) > MAX_MESSAGE_BYTES:
        raise WireError("oversized", f"a buffer of {row.dtype} {row.shape}")
    return nbytes


def _buffer(buffers: list[Array], kind: Any, index: Any) -> Any:
    if type(index) is not int or not 0 <= index < len(buffers):
        raise ValueError(f"no buffer {str(index)[:80]}")
    return Blob(buffers[index].tobytes()) if kind is Blob else buffers[index]
