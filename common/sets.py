"""Image sets on disk: `<root>/set{n}/bkg.png`, the plate, then `0.png`, `1.png`, ... and `{k}_mask.png` beside them.

A set is only ever added to. Whatever else lies in its folder is left alone and not listed.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from common.errors import UserError
from common.files import write_new
from common.messages import Image

PLATE_NAME = "bkg.png"
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}
"""Files that are taken for single pictures, in lower case; any other is taken for a video."""
_SET = re.compile(r"set(0|[1-9]\d{0,8})")
_FRAME = re.compile(r"(0|[1-9]\d{0,8})\.png")
_FRAME_OR_MASK = re.compile(r"(0|[1-9]\d{0,8})(?:_mask)?\.png")


def read_image(path: Path) -> Image:
    """Any picture OpenCV reads, as BGR uint8 (height, width, 3); raises UserError that names the file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"Cannot read the image {path}: {error.strerror}.") from None
    image = _decode(data) if data else None
    if image is None:
        raise UserError(f"{path} is not a whole image: it is empty, cut short, or of a kind that cannot be read.")
    return image


def encode_png(image: Image) -> bytes:
    """The image as PNG, without loss."""
    _, data = cv2.imencode(".png", image)
    return data.tobytes()


def _decode(data: bytes) -> Image | None:
    try:
        return cast(Image | None, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    except cv2.error:
        return None


@dataclass(frozen=True, slots=True)
class SetFrame:
    """Frame `k` of a set; `mask_path` is None while nobody labelled it."""

    k: int
    image_path: Path
    mask_path: Path | None


@dataclass(frozen=True, slots=True)
class ImageSet:
    """One set's folder, which need not exist until something is saved in it."""

    folder: Path

    @property
    def plate_path(self) -> Path:
        return self.folder / PLATE_NAME

    @property
    def has_plate(self) -> bool:
        return self.plate_path.exists()

    def frames(self) -> list[SetFrame]:
        """Every frame in the order of its number."""
        return [self._frame(k) for k in sorted(_numbers_in(self.folder, _FRAME))]

    def save_plate(self, image: Image) -> Path:
        """Writes `bkg.png`, making the folder when it is the first file.

        Raises UserError when the set has a plate already, OSError when it cannot be written.
        """
        return self._save(self.plate_path, image)

    def save_frame(self, image: Image) -> Path:
        """Writes the image under the next number, past every frame and mask there is; raises as save_plate does."""
        if not self.has_plate:
            raise UserError(f"{self.folder} has no {PLATE_NAME} yet: save the plate first (Bkg).")
        return self._save(self.folder / f"{self._next_k()}.png", image)

    def _frame(self, k: int) -> SetFrame:
        mask = self.folder / f"{k}_mask.png"
        return SetFrame(k, self.folder / f"{k}.png", mask if mask.exists() else None)

    def _next_k(self) -> int:
        """A mask without its frame counts too: a new frame must not be paired with an old mask."""
        return 1 + max(_numbers_in(self.folder, _FRAME_OR_MASK), default=-1)

    def _save(self, path: Path, image: Image) -> Path:
        data = encode_png(image)
        made = not self.folder.exists()
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            write_new(path, data)
        except FileExistsError:
            raise UserError(f"{path} is there already and is never overwritten.") from None
        except OSError:
            if made:
                with suppress(OSError):
                    self.folder.rmdir()
            raise
        return path


@dataclass(frozen=True, slots=True)
class ImageSets:
    """The folder that holds the sets; it need not exist until something is saved."""

    root: Path

    def numbers(self) -> list[int]:
        """The sets there are, lowest first."""
        return sorted(n for n in _numbers_in(self.root, _SET) if (self.root / f"set{n}").is_dir())

    def next_free(self) -> int:
        """One past the highest set, 1 when there is none; gaps are not filled, since a set may have been moved away."""
        return 1 + max(_numbers_in(self.root, _SET), default=0)

    def open(self, number: int) -> ImageSet:
        """The set of that number, there or still to be made; raises UserError when its folder leads out of the root."""
        folder = self.root / f"set{number}"
        if not folder.resolve().is_relative_to(self.root.resolve()):
            raise UserError(f"{folder} is a link that leads out of {self.root}: put the set itself there.")
        return ImageSet(folder)


def _numbers_in(folder: Path, pattern: re.Pattern[str]) -> set[int]:
    """The numbers in the names that fit the whole pattern; empty when there is no such folder."""
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return {int(match[1]) for name in names if (match := pattern.fullmatch(name))}
