"""Message <-> list of buffers; nothing else packs. The wire it speaks is specified in docs/PROTOCOL.md.

A message is `[header, buffer...]` (the bus puts the topic in front). The header is msgpack and small; arrays and byte
strings ride behind it as raw buffers, each described in the header by dtype, shape and codec. Between processes of one
host an array can stay behind in shared memory instead, and the header says where (codec `shm`).
"""

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgpack
import numpy as np

from common import messages, shared
from common.messages import Message, Reply, Request

VERSION = 1
MAX_HEADER_BYTES = 1 << 20
MAX_MESSAGE_BYTES = 64 << 20
"""All parts together; a 4096x2160 picture takes 27 MB."""
MAX_BUFFERS = 16

Buffer = bytes | memoryview
Anything = Message | Request | Reply
Follow = Callable[[shared.Reference, str, list[int]], np.ndarray[Any, Any]]
"""A reference, dtype and shape -> the array; raises shared.OverwrittenError."""

_KINDS: Mapping[str, type[Anything]] = {
    kind.__name__: kind for union in (Message, Request, Reply) for kind in get_args(union)
}
_AS_IT_IS = (str, int, float, type(None))
"""What goes into the header unchanged; an Enum is a str too, and goes in as its value."""
_DTYPES = ("uint8", "uint16", "float32")


class WireError(ValueError):
    """A message that cannot be read. `reason` is one of malformed, truncated, oversized, version, overwritten."""

    def __init__(self, reason: str, words: str) -> None:
        # a peer's nonsense is neither logged nor sent back at full length
        super().__init__(words if len(words) <= 200 else f"{words[:200]}…")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sent a message and when. `id` pairs a control request with its reply; it is empty on a topic."""

    session: str
    seq: int
    sent_ns: int
    boot: str
    id: str = ""


def encode(message: Anything, envelope: Envelope, arena: shared.Arena | None = None) -> list[Buffer]:
    """The header and the buffers behind it. Arrays are not copied: leave them alone until they are sent.

    With an arena that has room, large arrays are copied there and only referred to.
    """
    packed = _Packed(arena)
    body = packed.pack(message)
    header = {"v": VERSION, "type": type(message).__name__, **_plain(envelope), "body": body}
    return [msgpack.packb({**header, "buffers": packed.described}), *packed.buffers]


def decode(parts: Sequence[Buffer], follow: Follow | None = None) -> tuple[Envelope, Anything]:
    """The inverse of `encode`. Arrays are read-only, and those that travelled inside are views into the parts.

    `follow` makes an array of a reference to shared memory (shared.Mappings.take); without it such a message is
    malformed. Raises WireError, and nothing else.
    """
    header = _header(parts)
    buffers = _buffers(header.get("buffers"), parts[1:], follow)
    kind: Any = _KINDS.get(str(header.get("type")))
    if kind is None:
        raise WireError("malformed", f"unknown message type {header.get('type')!r}")
    envelope = {name: header.get(name) for name in _names(Envelope)}
    return _unpacker(Envelope)(envelope, buffers), _unpacker(kind)(header.get("body"), buffers)


def _plain(envelope: Envelope) -> dict[str, Any]:
    return {name: getattr(envelope, name) for name in _names(Envelope)}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


class _Packed:
    """The buffers of one message, as they are found in it."""

    def __init__(self, arena: shared.Arena | None) -> None:
        self.buffers: list[Buffer] = []
        self.described: list[dict[str, Any]] = []
        self._arena = arena

    def pack(self, value: Any) -> Any:
        """What of `value` goes into the header: itself, or for arrays and bytes the index of their buffer."""
        if isinstance(value, _AS_IT_IS):
            return value.value if isinstance(value, Enum) else value
        if is_dataclass(value):
            kind: Any = type(value)
            return {name: self.pack(getattr(value, name)) for name in _names(kind)}
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, bytes):
            return self._attach(value, "uint8", (len(value),))
        return [self.pack(item) for item in value] if isinstance(value, tuple) else value

    def _array(self, array: np.ndarray[Any, Any]) -> int:
        arena = self._arena if array.nbytes >= shared.MIN_BYTES else None
        if arena is not None and (where := arena.put(array)):
            return self._describe(array.dtype.name, array.shape, codec="shm", **_plain_reference(where))
        array = np.ascontiguousarray(array)
        return self._attach(_view(array), array.dtype.name, array.shape)

    def _attach(self, data: Buffer, dtype: str, shape: tuple[int, ...]) -> int:
        self.buffers.append(data)
        return self._describe(dtype, shape, codec="raw")

    def _describe(self, dtype: str, shape: tuple[int, ...], **how: Any) -> int:
        self.described.append({"dtype": dtype, "shape": list(shape), **how})
        return len(self.described) - 1


def _plain_reference(where: shared.Reference) -> dict[str, int]:
    return {name: getattr(where, name) for name in _names(shared.Reference)}


def _view(array: Any) -> Buffer:
    # memoryview cannot cast a shape that holds a zero
    return memoryview(array).cast("B") if array.size else b""


def _header(parts: Sequence[Buffer]) -> dict[str, Any]:
    if not parts:
        raise WireError("truncated", "no header")
    if len(parts[0]) > MAX_HEADER_BYTES or sum(map(len, parts)) > MAX_MESSAGE_BYTES or len(parts) > 1 + MAX_BUFFERS:
        raise WireError("oversized", f"{sum(map(len, parts))} bytes in {len(parts)} parts")
    try:
        header = msgpack.unpackb(parts[0], strict_map_key=True)
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        raise WireError("malformed", f"the header is not msgpack: {error}") from None
    if not isinstance(header, dict) or "v" not in header:
        raise WireError("malformed", "the header is not a map with a version")
    if header["v"] != VERSION:
        raise WireError("version", f"version {header['v']!r}, this side speaks {VERSION}")
    return header


def _buffers(described: Any, parts: Sequence[Buffer], follow: Follow | None) -> list[np.ndarray[Any, Any]]:
    if not isinstance(described, list) or not all(isinstance(row, dict) for row in described):
        raise WireError("malformed", "the buffers are not described")
    inside = [row for row in described if row.get("codec") != "shm"]
    if len(inside) != len(parts) or len(described) > MAX_BUFFERS:
        raise WireError("truncated", f"{len(parts)} buffers of {len(inside)}")
    rest = iter(parts)
    return [_shared(row, follow) if row.get("codec") == "shm" else _array(row, next(rest)) for row in described]


def _array(row: dict[str, Any], part: Buffer) -> np.ndarray[Any, Any]:
    dtype, shape = _layout(row)
    if row.get("codec") != "raw":
        raise WireError("malformed", f"a buffer in {row.get('codec')!r}")
    if math.prod(shape) * np.dtype(dtype).itemsize != len(part):
        raise WireError("truncated", f"a buffer of {len(part)} bytes, not {dtype} {shape}")
    return _read_only(np.frombuffer(part, dtype).reshape(shape))


def _shared(row: dict[str, Any], follow: Follow | None) -> np.ndarray[Any, Any]:
    dtype, shape = _layout(row)
    where: dict[str, Any] = {name: row.get(name) for name in _names(shared.Reference)}
    if follow is None or not all(type(value) is int for value in where.values()):
        raise WireError("malformed", "a reference to memory that cannot be followed here")
    if math.prod(shape) * np.dtype(dtype).itemsize > MAX_MESSAGE_BYTES:
        raise WireError("oversized", f"a buffer of {dtype} {shape}")
    try:
        return _read_only(follow(shared.Reference(**where), dtype, shape))
    except shared.OverwrittenError as error:
        raise WireError("overwritten", str(error)) from None


def _layout(row: dict[str, Any]) -> tuple[str, list[int]]:
    dtype, shape = row.get("dtype"), row.get("shape")
    if dtype not in _DTYPES:
        raise WireError("malformed", f"a buffer of {dtype!r}")
    if not isinstance(shape, list) or len(shape) > 4 or not all(type(side) is int and side >= 0 for side in shape):
        raise WireError("malformed", f"a buffer of shape {shape!r}")
    # sides beside a zero count too: numpy refuses an array of no bytes that would be too large without it
    if math.prod(max(1, side) for side in shape) > MAX_MESSAGE_BYTES:
        raise WireError("oversized", f"a buffer of {dtype} {shape}")
    return dtype, shape


def _read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    array.flags.writeable = False
    return array


Unpack = Callable[[Any, list[np.ndarray[Any, Any]]], Any]
"""A value of the header and the message's buffers -> what stood there; raises WireError."""


@cache
def _unpacker(kind: Any) -> Unpack:
    """For the annotation `kind`, made once; whatever does not fit is refused rather than guessed."""
    origin = get_origin(kind)
    if origin in (types.UnionType, Union):
        return _optional(_unpacker(next(one for one in get_args(kind) if one is not type(None))))
    if origin is np.ndarray:
        return _buffer
    if kind is bytes:
        return lambda value, buffers: _buffer(value, buffers).tobytes()
    if origin is tuple:
        return _tuple(kind)
    if origin is dict:
        return _words
    if is_dataclass(kind):
        return _dataclass(kind)
    if issubclass(kind, Enum):
        return _enum(kind)
    return _float if kind is float else _plain_value(kind)


def _misfit(kind: Any, value: Any) -> WireError:
    return WireError("malformed", f"{str(value)[:80]!r} where {kind} belongs")


def _optional(unpack: Unpack) -> Unpack:
    return lambda value, buffers: None if value is None else unpack(value, buffers)


def _buffer(value: Any, buffers: list[np.ndarray[Any, Any]]) -> Any:
    if type(value) is not int or not 0 <= value < len(buffers):
        raise WireError("malformed", f"no buffer {value!r}")
    return buffers[value]


def _tuple(kind: Any) -> Unpack:
    unpack_item = _unpacker(get_args(kind)[0])

    def unpack(value: Any, buffers: list[np.ndarray[Any, Any]]) -> Any:
        if not isinstance(value, list):
            raise _misfit(kind, value)
        return tuple(unpack_item(item, buffers) for item in value)

    return unpack


def _words(value: Any, _: list[np.ndarray[Any, Any]]) -> Any:
    if not isinstance(value, dict) or not all(isinstance(word, str) for word in (*value, *value.values())):
        raise _misfit(dict, value)
    return value


def _enum(kind: type[Enum]) -> Unpack:
    known = {member.value: member for member in kind}

    def unpack(value: Any, _: list[np.ndarray[Any, Any]]) -> Any:
        if not isinstance(value, str) or value not in known:
            raise _misfit(kind, value)
        return known[value]

    return unpack


def _float(value: Any, _: list[np.ndarray[Any, Any]]) -> Any:
    if type(value) not in (int, float):
        raise _misfit(float, value)
    return float(value)


def _plain_value(kind: type) -> Unpack:
    def unpack(value: Any, _: list[np.ndarray[Any, Any]]) -> Any:
        if type(value) is not kind:
            raise _misfit(kind, value)
        return value

    return unpack


def _dataclass(kind: Any) -> Unpack:
    unpackers = {name: _unpacker(hint) for name, hint in get_type_hints(kind, vars(messages)).items()}

    def unpack(value: Any, buffers: list[np.ndarray[Any, Any]]) -> Any:
        if not isinstance(value, dict):
            raise _misfit(kind, value)
        unknown = value.keys() - unpackers.keys()
        if unknown:
            raise WireError("malformed", f"{kind.__name__} has no field {sorted(map(str, unknown))[0]!r}")
        try:
            return kind(**{name: unpackers[name](item, buffers) for name, item in value.items()})
        except TypeError as error:
            raise WireError("malformed", str(error)) from None

    return unpack
