"""Pictures from disk: a video, or still pictures one after the other."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from common.errors import UserError
from common.messages import Image
from common.sets import IMAGE_SUFFIXES, ImageSet, read_image
from services.camera.source import EndedError, LostError, Picture

STILLS_HZ = 2.0
"""Half a second a picture. Stills of a set were taken seconds apart, so each is a new scene: this is long enough for a
mask of it even from a segment that makes ten a second and smooths over three, and short enough to see a set through."""

LONGEST_SIDE = 4096
"""Larger photographs are made smaller: thirty a second of them would fill the bus, and no camera films so large."""

_log = logging.getLogger(__name__)


class Video:
    """A video file, read as it is played."""

    live = False
    webcam: Path | None = None
    mirrors = False

    def __init__(self, path: Path, default_hz: float) -> None:
        """`default_hz` is the pace where the file states none. Raises UserError where it is no video."""
        if not path.is_file():
            raise UserError(f"The video {path} does not exist.")
        self._path = path
        # FFmpeg alone: what it cannot read OpenCV would try as a pattern of numbered images
        self._video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        self._index = 0
        if not self._video.isOpened():
            raise UserError(f"{path} cannot be played: it is damaged, or no video that FFmpeg reads.")
        stated = self._video.get(cv2.CAP_PROP_FPS)
        self.rate_hz = stated if 1 <= stated <= 240 else default_hz
        self.device = path.name

    def read(self, timeout_s: float) -> Picture | None:
        """The next picture, at once."""
        read, image = self._video.read()
        if not read:
            raise EndedError
        self._index += 1
        return Picture(np.asarray(image, np.uint8), str(self._path), self._index - 1)

    def close(self) -> None:
        self._video.release()


@dataclass(frozen=True, slots=True)
class Still:
    """A picture on disk and its number: `k` in a set, else its place in the folder."""

    path: Path
    index: int


class Stills:
    """Still pictures in order. One that cannot be read is told in the log and passed over."""

    live = False
    webcam: Path | None = None
    mirrors = False
    rate_hz = STILLS_HZ

    def __init__(self, stills: Sequence[Still], device: str) -> None:
        self._left = list(stills)
        self._bad = ""
        self._shown = 0
        self.device = device

    def read(self, timeout_s: float) -> Picture | None:
        """The next picture, at once. Raises LostError at the end if not one could be read."""
        while self._left:
            still = self._left.pop(0)
            try:
                image = _at_most(LONGEST_SIDE, read_image(still.path))
            except UserError as error:
                self._bad = error.message
                _log.warning("%s Passed over.", error.message)
                continue
            self._shown += 1
            return Picture(image, str(still.path), still.index)
        if self._bad and not self._shown:
            raise LostError(f"No picture of {self.device} can be read. {self._bad}")
        raise EndedError

    def close(self) -> None:
        self._left.clear()


def open_path(path: Path, default_hz: float) -> Video | Stills:
    """A video, an image, a folder of images or an image set. Raises UserError where it is none of these."""
    if path.is_dir():
        return Stills(stills_in(path), f"{path.name}/")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return Stills([Still(path, 0)], path.name)
    return Video(path, default_hz)


def stills_in(folder: Path) -> list[Still]:
    """A set's frames by their numbers, without plate and masks; of any other folder all pictures, 2.png before 10.png.

    Raises UserError where there are none.
    """
    frames = ImageSet(folder).frames()
    if ImageSet(folder).has_plate or any(frame.mask_path for frame in frames):
        stills = [Still(frame.image_path, frame.k) for frame in frames]
    else:
        pictures = (path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
        stills = [Still(path, index) for index, path in enumerate(sorted(pictures, key=_by_number))]
    if not stills:
        raise UserError(f"The folder {folder} holds no pictures to play ({', '.join(sorted(IMAGE_SUFFIXES))}).")
    return stills


def _at_most(side: int, image: Image) -> Image:
    """The image, made smaller where one of its sides is longer."""
    scale = side / max(image.shape[:2])
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _by_number(path: Path) -> list[tuple[int, str]]:
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"([0-9]+)", path.name.lower())]
