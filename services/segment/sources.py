"""Plates that come from a file: an image, a video of the empty scene, or a set."""

from pathlib import Path

import cv2
import numpy as np

from common.errors import UserError
from common.messages import Image
from common.plates import MOST_FRAMES, Learned, learn
from common.sets import IMAGE_SUFFIXES, PLATE_NAME, read_image
from services.segment.kept_plate import SMALLEST_PX

LONGEST_FRAMES = 3000
"""Two minutes of video are enough to see a place empty."""


def plate_path(given: str) -> Path:
    """The file that `given` means, for a set its bkg.png. Raises UserError where there is none."""
    path = Path(given)
    found = path / PLATE_NAME if path.is_dir() else path
    if not found.is_file():
        what = f"the folder has no {PLATE_NAME}" if path.is_dir() else "there is no such file"
        raise UserError(f"No plate at {path}: {what}. Give an image, a video of the empty scene, or a set.")
    return found


def plate_from(path: Path) -> Learned:
    """The plate of an image or a video; raises UserError that names the file."""
    images = [read_image(path)] if path.suffix.lower() in IMAGE_SUFFIXES else spread_frames(path)
    if not images:
        raise UserError(f"{path} is neither an image nor a video that can be read.")
    height, width = images[0].shape[:2]
    if min(height, width) < SMALLEST_PX:
        raise UserError(f"{path} is {width}x{height}; a plate has at least {SMALLEST_PX}x{SMALLEST_PX} pixels.")
    return learn(images) if len(images) > 1 else Learned(images[0], frames=1, restless=0)


def spread_frames(path: Path) -> list[Image]:
    """At most MOST_FRAMES, spread evenly over the video, whose length need not be known."""
    video = cv2.VideoCapture(str(path))
    kept: list[Image] = []
    stride = 1
    for index in range(LONGEST_FRAMES):
        if not video.grab():
            break
        if index % stride:
            continue
        read, image = video.retrieve()
        if read:
            kept.append(np.asarray(image, np.uint8))
        if len(kept) == 2 * MOST_FRAMES:
            kept, stride = kept[::2], 2 * stride
    video.release()
    step = max(1, len(kept) / MOST_FRAMES)
    return [kept[int(k * step)] for k in range(min(MOST_FRAMES, len(kept)))]
