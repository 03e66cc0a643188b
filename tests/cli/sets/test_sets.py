"""`bgsub sets` on sets written by the tests."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from cli.sets import sets_command
from cli.sets.sheet import contact_sheet
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
    assert json.loads(text)[1] == {"set": 2, "frames": 2, "masks": 2, "plate": True, "error": ""}
    assert run(sets, "list")[1].startswith("set1       2 frames     2 masks  plate\n")


def test_whole_sets_pass(sets: ImageSets) -> None:
    assert run(sets, "check") == (0, "set1: 2 frames, 2 masks, all is well\nset2: 2 frames, 2 masks, all is well\n")


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda folder: (folder / "bkg.png").unlink(), "bkg.png cannot be read: No such file"),
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
        (
            lambda folder: cv2.imwrite(str(folder / "0_mask.png"), np.full((64, 80), 255, np.uint16)),
            "0_mask.png is dark: its brightest value is 255, and foreground must be 65535",
        ),
        (
            lambda folder: cv2.imwrite(str(folder / "0_mask.png"), np.full((64, 80), 255, np.uint8)),
            "0_mask.png takes nearly everything for foreground",
        ),
        (lambda folder: os.mkfifo(folder / "2.png"), "2.png cannot be read: it is a pipe"),
        (lambda folder: (folder / "2.png").symlink_to("/etc/hostname"), "2.png is a link"),
        (lambda folder: (folder / "2.JPG").write_bytes(b""), "2.JPG is passed over"),
        (lambda folder: (folder / "\n\x1b[2J_mask.png").write_bytes(b""), "\\n\\x1b[2J_mask.png is a mask without"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(sets: ImageSets, break_it: object, told: str) -> None:
    break_it(sets.open(1).folder)  # type: ignore[operator]
    code, text = run(sets, "check", "1")
    assert code == 1
    assert told in text
    assert run(sets, "check", "2")[0] == 0


def test_what_is_transparent_is_background_to_check_and_sheet(sets: ImageSets) -> None:
    first = sets.open(1)
    before = contact_sheet(first)
    grey = cv2.imread(str(first.folder / "0_mask.png"), cv2.IMREAD_GRAYSCALE)
    clear = np.dstack([np.full((64, 80, 3), 255, np.uint8), grey])
    cv2.imwrite(str(first.folder / "0_mask.png"), clear)
    assert run(sets, "check", "1")[0] == 0
    assert (contact_sheet(first) == before).all()


def test_the_same_moment_with_other_noise_is_a_double(sets: ImageSets) -> None:
    folder = sets.open(1).folder
    noisy = read_image(folder / "0.png") + RNG.normal(0, 4, (64, 80, 3))
    cv2.imwrite(str(folder / "1.png"), np.clip(noisy, 0, 255).astype(np.uint8))
    assert "1.png looks just like 0.png" in run(sets, "check", "1")[1]


def test_the_sheet_shades_the_room_around_who_is_masked(sets: ImageSets) -> None:
    masked = contact_sheet(sets.open(1)).astype(int)
    for mask in sets.open(1).folder.glob("*_mask.png"):
        mask.unlink()
    darker = (contact_sheet(sets.open(1)) - masked).max(axis=2) > 20
    assert darker.mean() > 0.1


def test_sixteen_bits_are_as_good_as_eight(sets: ImageSets) -> None:
    mask = np.zeros((64, 80), np.uint16)
    mask[10:40, 20:50] = 65535
    cv2.imwrite(str(sets.open(1).folder / "0_mask.png"), mask)
    assert run(sets, "check", "1")[0] == 0


def test_a_link_out_is_told_and_hides_no_other_set(sets: ImageSets, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (sets.root / "set3").symlink_to(tmp_path / "elsewhere")
    code, text = run(sets, "check")
    assert code == 1
    assert "set2: 2 frames, 2 masks, all is well" in text
    assert "leads out of" in text
    assert "leads out of" in run(sets, "list")[1]


@pytest.mark.parametrize("words", [("check",), ("check", "3")])
def test_what_is_named_as_a_set_and_is_none_is_told(sets: ImageSets, words: tuple[str, ...]) -> None:
    (sets.root / "set3").symlink_to("nowhere")
    code, text = run(sets, *words)
    assert code == 1 and "  set3 is a link to nowhere, nowhere. Mend the link, or remove it.\n" in text
    (sets.root / "set3").unlink()
    (sets.root / "set3").symlink_to("set3")
    assert "set3 is a link to itself" in run(sets, *words)[1]
    (sets.root / "set3").unlink()
    (sets.root / "set3").write_text("")
    assert "set3 is no folder" in run(sets, *words)[1]


@pytest.mark.parametrize("words", [("list",), ("list", "--json")])
def test_the_list_tells_beside_itself_what_is_no_set(sets: ImageSets, words: tuple[str, ...]) -> None:
    before = CliRunner().invoke(sets_command, ["--sets", str(sets.root), *words])
    (sets.root / "set3").symlink_to("no\nwhere")
    after = CliRunner().invoke(sets_command, ["--sets", str(sets.root), *words])
    assert (before.exit_code, before.stderr) == (0, "")
    assert (after.exit_code, after.stdout) == (0, before.stdout)
    assert after.stderr == "set3 is a link to nowhere, no\\nwhere. Mend the link, or remove it.\n"


def test_a_broken_link_alone_is_told_and_not_that_there_are_no_sets(tmp_path: Path) -> None:
    (tmp_path / "set1").symlink_to(tmp_path / "gone")
    code, text = run(ImageSets(tmp_path), "check", "--json")
    assert code == 1 and json.loads(text)[0]["faults"][0]["path"] == str(tmp_path / "set1")


def test_the_sheet_shows_plate_and_outlined_frames(sets: ImageSets, tmp_path: Path) -> None:
    code, text = run(sets, "show", "1", "--sheet", str(tmp_path / "sheet.png"))
    assert (code, text.strip()) == (0, str(tmp_path / "sheet.png"))
    sheet = read_image(tmp_path / "sheet.png")
    assert sheet.shape == (331, 832, 3)
    green = (np.abs(sheet.astype(int) - (129, 194, 38)).max(2) < 30).sum()
    assert green > 100


def test_the_sheet_shows_what_is_wrong(sets: ImageSets, tmp_path: Path) -> None:
    """Of a mask of another size, a broken mask, a broken frame, a frame without a mask and one with nobody."""
    folder = sets.open(1).folder
    add_mask(folder, 0, (32, 40))
    (folder / "1_mask.png").write_bytes(b"torn")
    for _ in range(3):
        sets.open(1).save_frame(picture())
    (folder / "2.png").write_bytes(b"torn")
    cv2.imwrite(str(folder / "4_mask.png"), np.zeros((64, 80), np.uint8))
    (folder / "bkg.png").write_bytes(b"torn")
    assert run(sets, "show", "1", "--sheet", str(tmp_path / "sheet.png"))[0] == 0
    sheet = read_image(tmp_path / "sheet.png")
    assert (np.abs(sheet.astype(int) - (79, 77, 255)).max(2) < 30).sum() > 300


def test_a_long_set_gives_a_sheet_that_can_be_looked_at(sets: ImageSets) -> None:
    for k in range(2, 200):
        (sets.open(1).folder / f"{k}.png").write_bytes((sets.open(1).folder / "0.png").read_bytes())
    assert contact_sheet(sets.open(1)).shape[0] < 6000


@pytest.mark.parametrize("name", ["sheet.jpg", "images/set1/bkg.png", "images/new.png", "there.png", "no/folder.png"])
def test_a_sheet_overwrites_nothing_and_stays_out_of_the_sets(sets: ImageSets, tmp_path: Path, name: str) -> None:
    (tmp_path / "there.png").write_bytes(b"mine")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    code, text = run(sets, "show", "1", "--sheet", str(tmp_path / name))
    assert code == 2
    assert text.startswith("Error: ")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


@pytest.mark.parametrize("words", [("show", "9"), ("check", "9")])
def test_a_set_that_is_not_there_is_told(sets: ImageSets, words: tuple[str, ...]) -> None:
    code, text = run(sets, *words)
    assert code == 2
    assert "no set 9" in text


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    code, text = run(ImageSets(tmp_path), "list")
    assert code == 2
    assert "Record one with Bkg and Sav" in text
