from pathlib import Path

import cv2
import numpy as np
import pytest

from services.trainer.material import read_pairs
from services.trainer.stock import Stock, stock_of
from tests.drawings import drawn

SIZE = (160, 120)


def write_set(folder: Path, seed: int, people: int = 2) -> None:
    """`people` frames with a figure and an empty one, with their masks."""
    folder.mkdir(parents=True)
    plate, _, _ = drawn(seed, SIZE)
    cv2.imwrite(str(folder / "bkg.png"), plate)
    for k in range(people + 1):
        _, frame, mask = drawn(seed, SIZE)
        if k == people:
            frame, mask = plate, np.zeros_like(mask)
        cv2.imwrite(str(folder / f"{k}.png"), frame)
        cv2.imwrite(str(folder / f"{k}_mask.png"), mask)


def write_sets(folder: Path) -> Path:
    """Two sets; returns their folder."""
    for number in (1, 2):
        write_set(folder / f"set{number}", number)
    return folder


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    return write_sets(tmp_path / "images")


@pytest.fixture
def stock(sets: Path) -> Stock:
    """Of both sets."""
    return stock_of([pair for name in ("set1", "set2") for pair in read_pairs(sets / name)])
