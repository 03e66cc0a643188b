"""`bgsub sets` on sets written by the tests."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from cli.sets import sets_command
from common.messages import Image
from common.sets import ImageSets, read_image

RNG = np.random.default_rng(3)


def picture() -> Image:
    """Soft random patches, so that no two look alike."""
    small = RNG.integers(0, 255, (8, 10, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (80, 64), interpolation=cv2.INTER_CUBIC), np.uint8)


def add_mask(folder: Path, k: int, shape: tuple[int, int] = (64, 80)) -> None:
    mask = np.zeros(shape, np.uint8)
    mask[10:40, 20:50] = 255
    cv2.imwrite(str(folder / f"{k}_mask.png"), mask)


@pytest.fixture
def sets(tmp_path: Path) -> ImageSets:
    """Two whole sets of two frames."""
    made = ImageSets(tmp_path / "images")
    for number in (1, 2):
        made.open(number).save_plate(picture())
        for k in range(2):
            made.open(number).save_frame(picture())
            add_mask(made.open(number).folder, k)
    return made


def run(sets: ImageSets, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(sets_command, ["--sets", str(sets.root), *words])
    return result.exit_code, result.output


def test_the_list_counts(sets: ImageSets) -> None:
    code, text = run(sets, "list", "--json")
    assert code == 0
    assert json.loads(text)[1] == {"set": 2, "frames": 2, "masks": 2, "plate": True}
    assert run(sets, "list")[1].startswith("set1       2 frames     2 masks  plate\n")


def test_whole_sets_pass(sets: ImageSets) -> None:
    assert run(sets, "check") == (0, "set1: 2 frames, 2 masks, all is well\nset2: 2 frames, 2 masks, all is well\n")


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda folder: (folder / "bkg.png").unlink(), "bkg.png Cannot read"),
        (lambda folder: (folder / "0.png").write_bytes(b"\x89PNG torn"), "0.png"),
        (lambda folder: (folder / "0_mask.png").unlink(), "0.png has no mask"),
        (lambda folder: add_mask(folder, 1, (32, 40)), "1_mask.png is 40x32, its frame is 80x64"),
        (lambda folder: add_mask(folder, 7), "7_mask.png is a mask without its frame"),
        (lambda folder: cv2.imwrite(str(folder / "1.png"), np.zeros((9, 9, 3), np.uint8)), "1.png is 9x9, its plate"),
        (lambda folder: (folder / "1.png").write_bytes((folder / "0.png").read_bytes()), "1.png looks just like 0.png"),
        (
            lambda folder: cv2.imwrite(str(folder / "0_mask.png"), np.full((64, 80), 128, np.uint8)),
            "0_mask.png is grey",
        ),
    ],
)
def test_what_is_wrong_is_told_with_the_file(sets: ImageSets, break_it: object, told: str) -> None:
    break_it(sets.open(1).folder)  # type: ignore[operator]
    code, text = run(sets, "check", "1")
    assert code == 1
    assert told in text
    assert run(sets, "check", "2")[0] == 0


def test_the_sheet_shows_plate_and_outlined_frames(sets: ImageSets, tmp_path: Path) -> None:
    code, text = run(sets, "show", "1", "--sheet", str(tmp_path / "sheet.png"))
    assert (code, text.strip()) == (0, str(tmp_path / "sheet.png"))
    sheet = read_image(tmp_path / "sheet.png")
    assert sheet.shape == (192, 720, 3)
    green = (np.abs(sheet.astype(int) - (129, 194, 38)).max(2) < 30).sum()
    assert green > 100


@pytest.mark.parametrize("words", [("show", "9"), ("check", "9")])
def test_a_set_that_is_not_there_is_told(sets: ImageSets, words: tuple[str, ...]) -> None:
    code, text = run(sets, *words)
    assert code == 2
    assert "no set 9" in text


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    code, text = run(ImageSets(tmp_path), "list")
    assert code == 2
    assert "Record some with Bkg and Sav" in text
