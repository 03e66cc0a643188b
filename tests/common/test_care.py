"""How alike two pictures of a set must be to show one moment; all that is wrong with sets is in tests/cli/sets."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.care import look
from common.messages import Image
from common.sets import ImageSet
from tests.drawings import drawn


def picture(turned: int) -> Image:
    """Ever brighter to the right but for one step in each of `turned` rows: so many bits of the fingerprint turn."""
    small = np.tile(np.arange(17, dtype=np.uint8) * 10, (16, 1))
    small[:turned, [0, 1]] = small[:turned, [1, 0]]
    return np.asarray(cv2.cvtColor(np.kron(small, np.ones((10, 10), np.uint8)), cv2.COLOR_GRAY2BGR), np.uint8)


@pytest.mark.parametrize(("turned", "alike"), [(0, True), (9, True), (10, False), (16, False)])
def test_pictures_that_differ_in_few_bits_show_one_moment(tmp_path: Path, turned: int, alike: bool) -> None:
    for index, bits in enumerate((0, turned)):
        cv2.imwrite(str(tmp_path / f"{index}.png"), picture(bits))
    faults = look(1, ImageSet(tmp_path)).faults
    assert any("looks just like 0.png" in fault.words for fault in faults) == alike


def test_a_mask_that_is_white_where_nothing_differs_from_the_plate_is_told(tmp_path: Path) -> None:
    plate, frame, mask = drawn(seed=1, size=(160, 120))
    for name, image in (("bkg.png", plate), ("0.png", frame), ("0_mask.png", mask)):
        cv2.imwrite(str(tmp_path / name), image)
    assert not look(1, ImageSet(tmp_path)).faults
    cv2.imwrite(str(tmp_path / "0_mask.png"), 255 - mask)
    (fault,) = look(1, ImageSet(tmp_path)).faults
    assert fault.path.name == "0_mask.png" and "wrong way round" in fault.words
