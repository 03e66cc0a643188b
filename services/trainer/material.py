"""From the sets on disk to what is trained on and what is kept aside to judge by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.evaluate import Labelled, Sample
from common.evaluate import read_set as labelled_frames
from services.trainer.stock import Stock, StockError, read_set, stock_of

ONE_IN = 5
FEWEST = 3  # frames with a person from which on one is kept aside


@dataclass(frozen=True)
class Material:
    """`aside` are never trained on; where there are too few frames for that, they are the training frames themselves
    and `judged_on_seen` is true."""

    stock: Stock
    aside: Labelled
    judged_on_seen: bool
    names: tuple[str, ...]


def choose_aside(samples: Sequence[Sample]) -> set[int]:
    """Places of the frames kept aside, of those with a person: the middle one of each five, or of what there is."""
    if len(samples) < FEWEST:
        return set()
    return set(range(min(ONE_IN, len(samples)) // 2, len(samples), ONE_IN))


def gather(folders: Sequence[Path], root: str) -> Material:
    """Reads the sets. Raises UserError where there are none, nothing is labelled, or a picture can't be read."""
    if not folders:
        raise StockError(f"There are no sets in {root}: record some with Bkg and Sav, or name a folder by --sets.")
    missing = [folder for folder in folders if not folder.is_dir()]
    if missing:
        raise StockError(f"{missing[0]} does not exist.")
    samples = [sample for folder in folders for sample in labelled_frames(folder)]
    if not samples:
        raise StockError(f"No frame in {root} has a mask (k_mask.png): label some with bgsub-label first.")
    pairs = {pair.path: pair for folder in folders for pair in read_set(folder)}
    shown = [sample for sample in samples if pairs[sample.frame].truth.max() > 127]
    aside = [shown[place] for place in sorted(choose_aside(shown))]
    hidden = {sample.frame for sample in aside}
    stock = stock_of([pairs[sample.frame] for sample in samples if sample.frame not in hidden])
    names = tuple(dict.fromkeys(sample.scene for sample in samples))
    return Material(stock, Labelled(tuple(aside or samples), by_scene=False), not aside, names)
