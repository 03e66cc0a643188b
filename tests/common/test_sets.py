import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import UserError
from common.files import move_new
from common.sets import ImageSet, ImageSets, encode_png, read_image, read_mask


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)


@pytest.fixture
def sets(tmp_path: Path) -> ImageSets:
    return ImageSets(tmp_path / "images")


def test_a_set_is_saved_and_read_back_without_loss(sets: ImageSets, image):
    chosen = sets.open(3)
    assert (chosen.has_plate, chosen.frames(), sets.numbers()) == (False, [], [])
    assert chosen.save_plate(image) == sets.root / "set3" / "bkg.png"
    assert [chosen.save_frame(image ^ k).name for k in range(12)] == [f"{k}.png" for k in range(12)]
    assert sets.numbers() == [3]
    assert [frame.k for frame in chosen.frames()] == list(range(12))
    assert (read_image(chosen.frames()[11].image_path) == image ^ 11).all()


def test_the_plate_is_never_overwritten(sets: ImageSets, image):
    sets.open(1).save_plate(image)
    with pytest.raises(UserError, match=r"bkg\.png is there already"):
        sets.open(1).save_plate(image ^ 1)
    assert (read_image(sets.open(1).plate_path) == image).all()


def test_a_frame_wants_a_plate_first(sets: ImageSets, image):
    with pytest.raises(UserError, match="save the plate first"):
        sets.open(1).save_frame(image)
    assert not sets.root.exists()


def test_masks_are_found_and_keep_their_numbers(sets: ImageSets, image):
    chosen = sets.open(1)
    chosen.save_plate(image)
    chosen.save_frame(image)
    (chosen.folder / "0_mask.png").write_bytes(encode_png(image))
    (chosen.folder / "4_mask.png").write_bytes(encode_png(image))
    assert [frame.mask_path for frame in chosen.frames()] == [chosen.folder / "0_mask.png"]
    assert chosen.save_frame(image).name == "5.png"


def test_a_gap_is_not_filled(sets: ImageSets, image):
    for number in (2, 7):
        sets.open(number).save_plate(image)
    assert (sets.numbers(), sets.next_free()) == ([2, 7], 8)
    assert ImageSets(sets.root / "none").next_free() == 1


def test_what_is_named_as_a_set_and_is_no_folder_is_a_stray(sets: ImageSets, image):
    sets.open(2).save_plate(image)
    (sets.root / "set5").write_text("")
    (sets.root / "set3").symlink_to("nowhere")
    (sets.root / "set4").symlink_to("set2")
    assert (sets.numbers(), sets.strays()) == ([2, 4], [3, 5])


@pytest.mark.parametrize("name", ["set", "set-1", "set01", "set1.bak", "Set1", "set1 ", "set٣", "xset1"])
def test_other_names_are_no_sets(sets: ImageSets, name: str):
    (sets.root / name).mkdir(parents=True)
    assert (sets.numbers(), sets.next_free()) == ([], 1)


@pytest.mark.parametrize("name", ["00.png", "-1.png", ".0.png.1234.tmp", "0.jpg", "0_mask.png", "a.png", "1.png.bak"])
def test_other_names_are_no_frames(sets: ImageSets, image, name: str):
    chosen = sets.open(1)
    chosen.save_plate(image)
    (chosen.folder / name).write_bytes(b"")
    assert chosen.frames() == []


def test_a_link_out_of_the_root_is_refused(sets: ImageSets, tmp_path: Path):
    (tmp_path / "outside").mkdir()
    sets.root.mkdir()
    (sets.root / "set5").symlink_to(tmp_path / "outside")
    with pytest.raises(UserError, match="leads out of"):
        sets.open(5)
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_link_to_itself_is_refused(sets: ImageSets):
    sets.root.mkdir()
    (sets.root / "set5").symlink_to("set5")
    with pytest.raises(UserError, match="leads out of"):
        sets.open(5)


def test_linked_files_are_not_written_through(sets: ImageSets, image, tmp_path: Path):
    chosen = sets.open(1)
    chosen.folder.mkdir(parents=True)
    chosen.plate_path.symlink_to(tmp_path / "outside.png")
    with pytest.raises(UserError, match="is there already"):
        chosen.save_plate(image)
    assert not (tmp_path / "outside.png").exists()


def test_a_root_that_is_a_link_itself_is_the_users_choice(sets: ImageSets, image, tmp_path: Path):
    (tmp_path / "disk").mkdir()
    sets.root.symlink_to(tmp_path / "disk")
    sets.open(1).save_plate(image)
    assert (tmp_path / "disk" / "set1" / "bkg.png").exists()


def test_a_failed_first_save_leaves_no_folder(sets: ImageSets, image, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        sets.open(1).save_plate(image)
    assert sets.numbers() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 600))
def test_a_picture_cut_short_is_an_error_that_names_it(tmp_path: Path, cut: int):
    whole = encode_png(np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8))
    path = tmp_path / "cut.png"
    path.write_bytes(whole[: min(cut, len(whole) - 13)])
    with pytest.raises(UserError, match=r"cut\.png is not a whole image"):
        read_image(path)


def test_unreadable_files_are_named(tmp_path: Path):
    with pytest.raises(UserError, match=r"missing\.png cannot be read: No such file"):
        read_image(tmp_path / "missing.png")
    with pytest.raises(UserError, match="Is a directory"):
        read_image(tmp_path)


def test_no_number_is_given_that_would_not_be_read_back(sets: ImageSets, image):
    last = sets.open(999_999_999)
    last.save_plate(image)
    with pytest.raises(UserError, match="the last there is"):
        sets.next_free()
    (last.folder / "999999999.png").write_bytes(encode_png(image))
    with pytest.raises(UserError, match="the last there is"):
        last.save_frame(image)


def files(sets: ImageSets) -> list[str]:
    folder = sets.open(1).folder
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_last_save_is_taken_back_again_and_again_with_its_mask(sets: ImageSets, image):
    chosen = sets.open(1)
    chosen.save_plate(image)
    for _ in range(2):
        chosen.save_frame(image)
    (chosen.folder / "1_mask.png").write_bytes(b"a mask")
    assert [path.name for path in iter(chosen.take_back, None)] == ["1.png", "0.png", "bkg.png"]
    assert files(sets) == ["trash/0.png", "trash/1.png", "trash/1_mask.png", "trash/bkg.png"]
    assert (chosen.has_plate, chosen.frames()) == (False, [])


def test_what_was_taken_back_before_stays_in_the_trash(sets: ImageSets, image):
    chosen = sets.open(1)
    chosen.save_plate(image)
    for label in (b"first", b"second"):
        chosen.save_frame(image)
        (chosen.folder / "0_mask.png").write_bytes(label)
        chosen.take_back()
    kept = ["bkg.png", "trash/0-2.png", "trash/0-2_mask.png", "trash/0.png", "trash/0_mask.png"]
    assert files(sets) == kept
    assert (chosen.folder / "trash" / "0_mask.png").read_bytes() == b"first"


def test_a_frame_whose_mask_cannot_be_moved_stays(sets: ImageSets, image, monkeypatch):
    chosen = sets.open(1)
    chosen.save_plate(image)
    chosen.save_frame(image)
    (chosen.folder / "0_mask.png").write_bytes(b"a mask")

    def only_frames(source: Path, path: Path) -> None:
        if source.name == "0_mask.png":
            raise OSError(errno.EIO, "input/output error")
        move_new(source, path)

    monkeypatch.setattr("common.sets.move_new", only_frames)
    with pytest.raises(OSError, match="input/output"):
        chosen.take_back()
    assert files(sets) == ["0.png", "0_mask.png", "bkg.png"]


def test_the_trash_is_not_followed_out_of_the_set(sets: ImageSets, image, tmp_path: Path):
    chosen = sets.open(1)
    chosen.save_plate(image)
    (chosen.folder / "trash").symlink_to(tmp_path)
    with pytest.raises(UserError, match="is a link"):
        chosen.take_back()
    assert chosen.has_plate


def test_a_set_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    sets = ImageSets(tmp_path)
    with pytest.raises(UserError, match="There are no sets in"):
        sets.some()
    for number in range(1, 30):
        (tmp_path / f"set{number}").mkdir()
    assert sets.existing(3) == ImageSet(tmp_path / "set3")
    with pytest.raises(UserError, match=r"There is no set 99 in .*\. There are: 1, 2, 3, .*, 20, …\.$"):
        sets.existing(99)


def test_the_folder_of_a_set_is_not_taken_for_one_of_sets(tmp_path: Path) -> None:
    ImageSet(tmp_path / "set3").save_plate(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(UserError, match="set3 is itself a set: name the folder that it lies in"):
        ImageSets(tmp_path / "set3").some()


def test_a_mask_of_sixteen_bits_keeps_its_soft_edges(tmp_path: Path) -> None:
    (tmp_path / "0_mask.png").write_bytes(encode_png(np.array([[0, 40_000, 65_535]], np.uint16)))
    assert read_mask(tmp_path / "0_mask.png").tolist() == [[0, 155, 255]]
