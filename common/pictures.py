"""Reads pictures off the disk without trusting them: no pipe is waited for, nothing too large is unpacked."""

import struct
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from cv2.utils import logging

from common.errors import UserError
from common.files import read_regular
from common.messages import Image

MAX_PIXELS = 1 << 26
"""Twice 8K; unpacked it takes 200 MB. A file of some kilobytes can claim a thousand times as many."""
MAX_BYTES = 1 << 28
_SEGMENTS = 1000


def read_file(path: Path) -> bytes:
    """The bytes of a picture's file. Raises UserError that names it."""
    try:
        return read_regular(path, MAX_BYTES)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise UserError(f"{str(path)!r} is no name that a file can have.") from None


def decode(data: bytes, path: Path, flags: int = cv2.IMREAD_COLOR) -> Image:
    """The picture in `data`, of `path`, as `cv2.imdecode` gives it. Raises UserError that names the file."""
    size = size_of(data)
    if size and size[0] * size[1] > MAX_PIXELS:
        limit = f"{MAX_PIXELS / 1e6:.0f} million pixels"
        raise UserError(f"{path} is too large: {size[0]}x{size[1]}, more than {limit}. Make it smaller.")
    image = _unpacked(data, flags) if size else None
    if image is None:
        raise UserError(f"{path} is not a whole image: it is empty, cut short, or of a kind that cannot be read.")
    return image


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height that a PNG, JPEG, BMP, WebP or TIFF claims in its header; None for anything else."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
            return struct.unpack_from(">II", data, 16)
        if data[:2] == b"\xff\xd8":
            return _jpeg(data)
        if data[:2] == b"BM":
            return _bmp(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data[:4] in (b"II*\0", b"MM\0*"):
            return _tiff(data)
    except struct.error:
        pass
    return None


def _unpacked(data: bytes, flags: int) -> Image | None:
    # what OpenCV itself prints of a torn file does not say which one
    before = logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        return cast(Image | None, cv2.imdecode(np.frombuffer(data, np.uint8), flags))
    except cv2.error:
        return None
    finally:
        logging.setLogLevel(before)


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """ITU-T T.81, B.1.1: segments up to the first that begins a frame."""
    at = 2
    for _ in range(_SEGMENTS):
        fill, marker, length = struct.unpack_from(">BBH", data, at)
        if fill != 0xFF:
            return None
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker == 0xFF:
            at += 1
        else:
            at += 2 if marker == 0x01 or 0xD0 <= marker <= 0xD9 else 2 + length
    return None


def _bmp(data: bytes) -> tuple[int, int]:
    """The old header of 12 bytes has short numbers; in the others a negative height stands for rows from the top."""
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return abs(width), abs(height)


def _webp(data: bytes) -> tuple[int, int] | None:
    """RFC 9649: lossy, lossless and extended files keep their size in three places."""
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    return None


def _tiff(data: bytes) -> tuple[int, int] | None:
    """TIFF 6.0, section 2: tags 256 and 257 of the first directory, as short or long numbers."""
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, at)
    found = {}
    for place in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(f"{order}HH", data, place)
        if tag in (256, 257) and kind in (3, 4):
            (found[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, place + 8)
    return (found[256], found[257]) if len(found) == 2 else None
