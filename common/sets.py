"""Image sets on disk: `<root>/set{n}/bkg.png`, the plate, then `0.png`, `1.png`, ... and `{k}_mask.png` beside them.

A set is only ever added to; what is taken back is moved into its `trash/`, and nothing is deleted. Whatever else
lies in the folder is left alone and not listed.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import UserError
from common.files import move_new, write_new
from common.messages import Alpha, Image
from common.pictures import decode, read_file

PLATE_NAME = "bkg.png"
TRASH_NAME = "trash"
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}
"""Files that are taken for single pictures, in lower case; any other is taken for a video."""
HIGHEST = 999_999_999
MOST_LISTED = 20
_SET = re.compile(r"set(0|[1-9]\d{0,8})", re.ASCII)
_FRAME = re.compile(r"(0|[1-9]\d{0,8})\.png", re.ASCII)
_FRAME_OR_MASK = re.compile(r"(0|[1-9]\d{0,8})(?:_mask)?\.png", re.ASCII)


def read_image(path: Path) -> Image:
    """A PNG, JPEG, BMP, WebP or TIFF as BGR uint8 (height, width, 3); raises UserError that names the file."""
    return decode(read_file(path), path)


def read_mask(path: Path) -> Alpha:
    """H,W, 0..255, from a mask of any depth; where it has an alpha channel, what is transparent is background.

    Raises UserError that names the file, also where the brightest value is no white, as where foreground is 1 or 100.
    """
    mask, white = grey_of(decode(read_file(path), path, cv2.IMREAD_UNCHANGED))
    if 0 < mask.max() <= white // 2:
        raise UserError(f"{path} is no mask: its brightest value is {mask.max()}, and foreground must be {white}.")
    return np.asarray(mask // (white // 255), np.uint8)


def grey_of(picture: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """H,W of a mask as it was decoded, of 8 or 16 bits, and the value of white; what is transparent is 0."""
    if picture.dtype not in (np.uint8, np.uint16):
        picture = np.clip(picture, 0, 255).astype(np.uint8)
    white = int(np.iinfo(picture.dtype).max)
    if picture.ndim == 2:
        return picture, white
    grey = cv2.cvtColor(picture[..., :3], cv2.COLOR_BGR2GRAY)
    return (np.minimum(grey, picture[..., 3]) if picture.shape[2] == 4 else grey), white


def encode_png(image: Image) -> bytes:
    """The image as PNG, without loss."""
    _, data = cv2.imencode(".png", image)
    return data.tobytes()


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
        return _there(self.plate_path)

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

    def take_back(self) -> Path | None:
        """Moves the newest frame with its mask, or where there is none the plate, into the trash.

        Returns where it lay, None when the set is empty. Raises UserError or OSError; then everything is where it was.
        """
        frames = self.frames()
        if frames:
            newest = frames[-1]
            masks = (newest.mask_path,) if newest.mask_path is not None else ()
            self._discard(str(newest.k), (newest.image_path, *masks))
            return newest.image_path
        if not self.has_plate:
            return None
        self._discard(self.plate_path.stem, (self.plate_path,))
        return self.plate_path

    def _discard(self, stem: str, files: Sequence[Path]) -> None:
        """All of the files or none of them; `3.png` becomes `3-2.png` where another 3 lies in the trash."""
        trash = self.folder / TRASH_NAME
        if trash.is_symlink():
            raise UserError(f"{trash} is a link: put a folder there, or nothing.")
        trash.mkdir(exist_ok=True)
        taken = {path.name for path in trash.iterdir()}
        tries = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
        free = next(new for new in tries if not taken & {f"{new}.png", f"{new}_mask.png"})
        moved: list[tuple[Path, Path]] = []
        try:
            for path in files:
                place = trash / path.name.replace(stem, free, 1)
                move_new(path, place)
                moved.append((path, place))
        except OSError:
            for path, place in moved:
                move_new(place, path)
            raise

    def _frame(self, k: int) -> SetFrame:
        mask = self.folder / f"{k}_mask.png"
        return SetFrame(k, self.folder / f"{k}.png", mask if _there(mask) else None)

    def _next_k(self) -> int:
        """A mask without its frame counts too: a new frame must not be paired with an old mask."""
        return _after(_numbers_in(self.folder, _FRAME_OR_MASK), 0, self.folder)

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
        return sorted(n for n in _numbers_in(self.root, _SET) if _there(self.root / f"set{n}", Path.is_dir))

    def some(self) -> list[int]:
        """As `numbers`; raises UserError, which says what to do, where there are none."""
        if numbers := self.numbers():
            return numbers
        if ImageSet(self.root).has_plate:
            raise UserError(f"{self.root} is itself a set: name the folder that it lies in.")
        raise UserError(f"There are no sets in {self.root}. Record one with Bkg and Sav, or name a folder with --sets.")

    def strays(self) -> list[int]:
        """The numbers whose name something has that is no folder, such as a link to nowhere; lowest first."""
        return sorted(_numbers_in(self.root, _SET) - set(self.numbers()))

    def next_free(self) -> int:
        """One past the highest set, 1 when there is none; gaps are not filled, since a set may have been moved away."""
        return _after(_numbers_in(self.root, _SET), 1, self.root)

    def require(self, number: int) -> None:
        """Raises UserError, which says what there is, where that set is not."""
        numbers = self.some()
        if number not in numbers:
            listed = ", ".join(map(str, numbers[:MOST_LISTED])) + (", …" if numbers[MOST_LISTED:] else "")
            raise UserError(f"There is no set {number} in {self.root}. There are: {listed}.")

    def existing(self, number: int) -> ImageSet:
        """The set of that number; raises as `require` and `open`."""
        self.require(number)
        return self.open(number)

    def open(self, number: int) -> ImageSet:
        """The set of that number, there or still to be made; raises UserError when its folder leads out of the root."""
        folder = self.root / f"set{number}"
        if leads_out(folder, self.root):
            raise UserError(f"{folder} is a link that leads out of {self.root}: put the set itself there.")
        return ImageSet(folder)


def leads_out(path: Path, root: Path) -> bool:
    """Whether a link takes `path` anywhere else than below `root`; a link to itself leads nowhere, and so out."""
    try:
        return not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return True


def _there(path: Path, how: Callable[[Path], bool] = Path.exists) -> bool:
    try:
        return how(path)
    except OSError as error:
        raise UserError(f"Cannot look into {path.parent}: {error.strerror}.") from None


def _after(numbers: set[int], first: int, folder: Path) -> int:
    """One past the highest; no number of ten digits is made, since none is read back."""
    last = max(numbers, default=first - 1)
    if last >= HIGHEST:
        raise UserError(f"{folder} holds the number {last}, the last there is: give that one a lower number.")
    return last + 1


def _numbers_in(folder: Path, pattern: re.Pattern[str]) -> set[int]:
    """The numbers in the names that fit the whole pattern; empty when there is no such folder."""
    try:
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    except OSError as error:
        raise UserError(f"Cannot look into {folder}: {error.strerror}.") from None
    return {int(match[1]) for name in names if (match := pattern.fullmatch(name))}
