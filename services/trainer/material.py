"""From the sets on disk to what is trained on and what is kept aside to judge by.

Everything is read once, at the start: files that vanish or change during a run do it no harm. Pictures may be of any
size and depth, grey or with alpha; what can't be used is refused by name.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.evaluate import read_set
from common.nets.view import net_size
from common.sets import IMAGE_SUFFIXES, PLATE_NAME, read_image, read_mask
from services.trainer.stock import Pair, Stock, StockError, limited, stock_of

ONE_IN = 5
FEWEST = 3  # frames with a person from which on one is kept aside
SMALLEST = 16  # pixels a side
MOST_NAMED = 5  # sets in a message; of more their folder is named


@dataclass(frozen=True)
class Material:
    """`aside` are never trained on; where there are too few frames for that, they are the training frames themselves
    and `judged_on_seen` is true. `size` is what the network gets of most of the sets, (width, height)."""

    stock: Stock
    aside: tuple[Pair, ...]
    judged_on_seen: bool
    names: tuple[str, ...]
    size: tuple[int, int]

    @property
    def words(self) -> str:
        """What is trained on, and what is kept aside, for a person."""
        seen = len(self.stock.pairs)
        aside = "too few to keep any aside" if self.judged_on_seen else f"{len(self.aside)} more kept aside"
        return f"{seen} frame{'s' if seen > 1 else ''} of {', '.join(self.names)}, {aside}"


def choose_aside(count: int) -> set[int]:
    """Places of the frames kept aside, of so many with a person: the middle one of each five, or of what there is."""
    if count < FEWEST:
        return set()
    return set(range(min(ONE_IN, count) // 2, count, ONE_IN))


def gather(folders: Sequence[Path]) -> Material:
    """Reads the sets, one at least. Raises UserError where nothing is labelled, or a picture can't be used."""
    pairs = [pair for folder in folders for pair in read_pairs(folder)]
    if not pairs:
        where = ", ".join(map(str, folders)) if len(folders) < MOST_NAMED else str(folders[0].parent)
        raise StockError(f"No frame in {where} has a mask (k_mask.png): label some with bgsub-label first.")
    return divided(pairs)


def divided(pairs: Sequence[Pair]) -> Material:
    """The pairs, parted into what is trained on and what is kept aside."""
    shown = [pair for pair in pairs if pair.truth.max() > 127]
    hidden = {shown[place].path for place in choose_aside(len(shown))}
    aside = tuple(pair for pair in pairs if pair.path in hidden)
    names = tuple(dict.fromkeys(pair.path.parent.name for pair in pairs))
    sizes = Counter(net_size(pair.plate.shape[1], pair.plate.shape[0]) for pair in pairs)
    stock = stock_of([pair for pair in pairs if pair.path not in hidden])
    return Material(stock, aside or tuple(pairs), not aside, names, sizes.most_common(1)[0][0])


def read_pairs(folder: Path) -> Iterator[Pair]:
    """All labelled frames of one set; raises UserError that names the file that won't do."""
    refuse_other_kinds(folder)
    samples = list(read_set(folder))
    if not samples:
        return
    whole = read_image(folder / PLATE_NAME)
    plate = limited(whole)
    for sample in samples:
        frame, truth = read_image(sample.frame), read_mask(sample.truth)
        if not frame.shape[:2] == truth.shape == whole.shape[:2]:
            sizes = ", ".join(map(size_in_words, (frame, truth, whole)))
            raise StockError(f"{sample.frame}, its mask and {sample.plate.name} must be of one size; they are {sizes}.")
        if min(truth.shape) < SMALLEST:
            raise StockError(f"{sample.frame} is {size_in_words(frame)}; at least {SMALLEST} pixels a side are needed.")
        yield Pair(plate, limited(frame), limited(truth), sample.frame)


def size_in_words(picture: NDArray[np.uint8]) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"


def refuse_other_kinds(folder: Path) -> None:
    """A frame or mask of another kind than PNG would be left out in silence; raises StockError that names it."""
    for path in sorted(folder.iterdir()):
        named = path.stem.removesuffix("_mask").isdecimal() or path.stem == "bkg"
        if named and path.suffix.lower() in IMAGE_SUFFIXES and path.suffix != ".png":
            raise StockError(f"{path} is not a PNG: sets hold PNG files alone. Convert it, or move it away.")
