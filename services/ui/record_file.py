"""A film on disk that can be played at every moment of its making: H.264 in a fragmented MP4 (docs/adr/0071)."""

import os
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace

from common.messages import Image
from services.ui.draw.layers import cover

_TICKS = 90_000
_KEY_TICKS = _TICKS
"""Once a second a picture stands alone and what came before it is written: a crash loses no more than that."""
_ENCODER = {"preset": "superfast", "crf": "20", "tune": "zerolatency"}
_MUXER = {"movflags": "hybrid_fragmented+frag_keyframe+default_base_moof"}


class FilmFile:
    """Takes pictures at any rate and keeps their times. Odd sizes lose their last row or column, as H.264 wants."""

    def __init__(self, path: Path, height: int, width: int) -> None:
        """Begins the file; raises OSError, FileExistsError where there is one already."""
        self._disk = _Disk(path)
        self._size = height & ~1, width & ~1
        self._film = av.open(self._disk, "w", format="mp4", options=_MUXER)
        self._stream = self._film.add_stream("libx264", options=_ENCODER)
        self._stream.height, self._stream.width = self._size
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.time_base = Fraction(1, _TICKS)
        # what OpenCV and FFmpeg assume where nothing is said; browsers assume another for large pictures
        context.colorspace, context.color_range = Colorspace.ITU601, ColorRange.MPEG
        context.thread_count = 1
        self._at = -1
        self._key_at = 0

    @property
    def error(self) -> OSError | None:
        """Why the disk took no more, None while it does."""
        return self._disk.error

    @property
    def empty(self) -> bool:
        """Whether there is nothing to play; once it is closed."""
        return self._disk.whole == 0

    def write(self, image: Image, at_s: float) -> None:
        """Adds a BGR picture shown `at_s` seconds after the film's start; after an error it is passed over."""
        height, width = self._size
        if (image.shape[0] & ~1, image.shape[1] & ~1) != self._size:
            image = cover(image, height, width)
        # swscale's own way there is quick, and tints grey
        planes = np.asarray(cv2.cvtColor(image[:height, :width], cv2.COLOR_BGR2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        self._at = frame.pts = max(self._at + 1, round(at_s * _TICKS))
        frame.time_base = Fraction(1, _TICKS)
        if self._at >= self._key_at:
            frame.pict_type, self._key_at = PictureType.I, self._at + _KEY_TICKS
        self._film.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Ends the file, whole, or after its last whole fragment where there was an error."""
        self._film.mux(self._stream.encode(None))
        self._film.close()
        self._disk.close()


class _Disk:
    """The file as the muxer sees it. After an error it takes no more, and ends with the last whole fragment."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb+", buffering=0)
        self.error: OSError | None = None
        self.whole = 0

    def write(self, data: bytes) -> int:
        """The muxer's; never raises, since a muxer that has seen an error cannot even be closed."""
        rest = memoryview(data)
        try:
            while rest and self.error is None:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.error = error
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """The muxer's."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The muxer's."""
        return self._file.tell()

    def close(self) -> None:
        try:
            self.whole = _whole_fragments(self._file.fileno())
            if self.error is not None:
                self._file.truncate(self.whole)
            os.fsync(self._file.fileno())
        except OSError as error:
            self.error = self.error or error
        finally:
            self._file.close()


def _whole_fragments(descriptor: int) -> int:
    """The length up to and with the last whole `mdat` box (ISO/IEC 14496-12, 4.2: size and type, both of 32 bits)."""
    length, at, whole = os.fstat(descriptor).st_size, 0, 0
    while at + 8 <= length:
        head = os.pread(descriptor, 16, at)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        size = int.from_bytes(head[8:16], "big") if size == 1 else size
        at += max(size, 8)
        if kind == b"mdat" and at <= length:
            whole = at
    return whole
