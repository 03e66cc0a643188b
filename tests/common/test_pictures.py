import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import UserError
from common.pictures import MAX_BYTES, decode, read_file, size_of

IMAGE = np.random.default_rng(1).integers(0, 256, (36, 50, 3), dtype=np.uint8)


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims this size and holds one row of nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 + 3 * width))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".png", []),
        (".jpg", []),
        (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
        (".bmp", []),
        (".webp", [cv2.IMWRITE_WEBP_QUALITY, 80]),
        (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),
        (".tif", []),
    ],
)
def test_the_size_in_the_header_is_the_size_that_is_unpacked(suffix: str, options: list[int]):
    data = cv2.imencode(suffix, IMAGE, options)[1].tobytes()
    assert size_of(data) == (50, 36)
    assert decode(data, Path("x")).shape == (36, 50, 3)


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(UserError, match=r"0\.png is too large: 60000x60000, more than 67 million pixels"):
        decode(bomb(60_000, 60_000), Path("0.png"))


@pytest.mark.parametrize("cut", range(0, 60, 3))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tif"])
def test_headers_cut_short_are_refused(suffix: str, cut: int):
    with pytest.raises(UserError, match="not a whole image"):
        decode(cv2.imencode(suffix, IMAGE)[1].tobytes()[:cut], Path("x"))


def test_noise_behind_a_signature_is_refused():
    rng = np.random.default_rng(2)
    for start in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"BM", b"RIFF0000WEBPVP8X", b"II*\0", b"MM\0*", b""):
        for _ in range(30):
            with pytest.raises(UserError):
                decode(start + rng.bytes(200), Path("x"))


def test_what_would_never_end_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to("loop.png")
    for name, words in (
        ("pipe", "it is a pipe"),
        ("zero", "a device"),
        ("loop", "symbolic links"),
        ("gone", "No such"),
    ):
        with pytest.raises(UserError, match=words):
            read_file(tmp_path / f"{name}.png")
    with pytest.raises(UserError, match="no name that a file can have"):
        read_file(tmp_path / "a\0b.png")


def test_a_file_far_too_large_is_not_read(tmp_path: Path):
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UserError, match=r"huge\.png cannot be read: its 268 MB are too many"):
        read_file(tmp_path / "huge.png")


def test_opencv_adds_no_words_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    whole = cv2.imencode(".png", IMAGE)[1].tobytes()
    with pytest.raises(UserError):
        decode(whole[:33], Path("torn.png"))
    assert capfd.readouterr().err == ""
