"""Sets split and merged, and cut off in the middle: every byte that was there is there afterwards."""

import hashlib
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from common import folders
from common.errors import UserError
from common.regroup import carry_out, differing, keep_aside, merge, retire, split
from common.sets import ImageSets, encode_png, read_image

RNG = np.random.default_rng(5)
PLATE = cv2.resize(RNG.integers(0, 255, (6, 8, 3), dtype=np.uint8), (80, 60))


def add(sets: ImageSets, number: int, frames: int, plate: np.ndarray = PLATE) -> None:
    """A set whose even frames are labelled."""
    made = sets.open(number)
    made.save_plate(plate)
    for k in range(frames):
        made.save_frame(RNG.integers(0, 255, plate.shape, dtype=np.uint8))
        if k % 2 == 0:
            (made.folder / f"{k}_mask.png").write_bytes(encode_png(np.full(plate.shape, k, np.uint8)))


@pytest.fixture
def sets(tmp_path: Path) -> ImageSets:
    made = ImageSets(tmp_path / "images")
    add(made, 1, 5)
    add(made, 4, 3)
    return made


def sums(root: Path) -> dict[str, str]:
    """Path below the root -> checksum, of every file."""
    files = [path for path in root.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_set_is_split_by_frames_byte_for_byte(sets: ImageSets):
    before = sums(sets.root)
    carry_out(split(sets, 1, [0, 3]))
    after = sums(sets.root)
    assert before.items() <= after.items()
    assert {name for name in after if name.startswith("set5/")} == {
        f"set5/{name}.png" for name in ("bkg", "0", "0_mask", "3")
    }
    assert [frame.k for frame in sets.open(6).frames()] == [1, 2, 4]
    assert after["set5/3.png"] == before["set1/3.png"]
    assert after["set6/4_mask.png"] == before["set1/4_mask.png"]


def test_sets_are_merged_and_renumbered(sets: ImageSets):
    carry_out([merge(sets, [4, 1], force=False)])
    merged = sets.open(5).frames()
    assert [frame.k for frame in merged] == list(range(8))
    assert [frame.mask_path is not None for frame in merged] == [True, False, True, True, False, True, False, True]
    assert merged[3].image_path.read_bytes() == (sets.open(1).folder / "0.png").read_bytes()


def test_what_was_kept_aside_is_out_of_training_s_sight(sets: ImageSets):
    carry_out(keep_aside(sets, 1, 3))
    assert sets.numbers() == [1, 4, 5]
    assert [path.name for path in sorted((sets.root / "aside" / "set1").iterdir())] == [
        "2.png",
        "2_mask.png",
        "bkg.png",
    ]
    assert [frame.k for frame in sets.open(5).frames()] == [0, 1, 3, 4]
    with pytest.raises(UserError, match="there already"):
        keep_aside(sets, 1, 3)


def test_old_sets_are_moved_whole(sets: ImageSets):
    (sets.open(1).folder / "notes.txt").write_text("mine")
    before = sums(sets.open(1).folder)
    (place,) = retire(sets, [1])
    assert place == sets.root / "retired" / "set1"
    assert sums(place) == before
    assert sets.numbers() == [4]


def test_noise_is_no_other_room_and_a_moved_camera_is(sets: ImageSets):
    noisy = np.clip(PLATE + RNG.normal(0, 8, PLATE.shape), 0, 255).astype(np.uint8)
    add(sets, 7, 1, noisy)
    add(sets, 8, 1, np.roll(PLATE, 12, axis=1))
    add(sets, 9, 1, cv2.resize(PLATE, (40, 30)))
    assert differing(PLATE, noisy) == 0
    merge(sets, [1, 7], force=False)
    with pytest.raises(UserError, match=r"plates of set1 and set8 differ in \d+ % of the picture"):
        merge(sets, [1, 8], force=False)
    assert merge(sets, [1, 8], force=True).plate == sets.open(1).plate_path
    with pytest.raises(UserError, match="differ in size"):
        merge(sets, [1, 9], force=True)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda sets: split(sets, 2, [0]), "no set 2"),
        (lambda sets: split(sets, 1, [9]), "no frame 9"),
        (lambda sets: split(sets, 1, range(5)), "all or none"),
        (lambda sets: split(sets, 1, []), "all or none"),
        (lambda sets: keep_aside(sets, 4, 9), "2 labelled frames: too few"),
        (lambda sets: merge(sets, [1, 1], force=False), "two sets or more"),
        (lambda sets: merge(sets, [1, 2], force=False), "no set 2"),
    ],
)
def test_what_cannot_be_done_is_told(sets: ImageSets, what: object, words: str):
    with pytest.raises(UserError, match=words):
        what(sets)  # type: ignore[operator]


def test_labels_half_done_are_finished_first(sets: ImageSets):
    (sets.open(1).folder / ".3_draft.json").write_text("{}")
    with pytest.raises(UserError, match=r"\.3_draft\.json is a label that is begun"):
        merge(sets, [1, 4], force=False)


def test_links_are_not_followed(sets: ImageSets, tmp_path: Path):
    (sets.root / "set6").symlink_to("set1")
    with pytest.raises(UserError, match="is a link"):
        split(sets, 6, [0])
    (tmp_path / "private.png").write_bytes(b"x")
    (sets.open(1).folder / "1.png").unlink()
    (sets.open(1).folder / "1.png").symlink_to(tmp_path / "private.png")
    with pytest.raises(UserError, match=r"1\.png is a link"):
        carry_out(split(sets, 1, [0]))
    (sets.root / "aside").symlink_to(tmp_path)
    with pytest.raises(UserError, match="leads out"):
        keep_aside(sets, 1, 3)
    (sets.root / "retired").symlink_to(tmp_path)
    with pytest.raises(UserError, match="leads out"):
        retire(sets, [1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "private.png"]


@pytest.mark.parametrize("at", range(1, 12))
@pytest.mark.parametrize("how", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_cut_off_anywhere_the_originals_are_whole_and_nothing_is_half(
    sets: ImageSets, monkeypatch: pytest.MonkeyPatch, at: int, how: object
):
    before, calls = sums(sets.root), iter(range(1, 100))

    def written(path: Path, data: bytes) -> None:
        if next(calls) == at:
            raise how  # type: ignore[misc]
        path.write_bytes(data)

    monkeypatch.setattr("common.regroup.write_synced", written)
    if at <= 10:
        with pytest.raises((KeyboardInterrupt, OSError)):
            carry_out(split(sets, 1, [0, 3]))
        assert sums(sets.root) == before
        assert sets.numbers() == [1, 4]
    else:
        carry_out(split(sets, 1, [0, 3]))
        assert sets.numbers() == [1, 4, 5, 6]


def test_killed_in_the_middle_the_next_try_finds_room(sets: ImageSets, monkeypatch: pytest.MonkeyPatch):
    """As after kill -9: what was being built is left behind, hidden, and so is the name that it had taken."""
    before = sums(sets.root)
    monkeypatch.setattr(shutil, "rmtree", lambda *_args, **_words: None)
    monkeypatch.setattr(Path, "rmdir", lambda _path: None)
    monkeypatch.setattr(folders, "sync_folder", lambda _folder: (_ for _ in ()).throw(OSError(5, "killed")))
    with pytest.raises(OSError, match="killed"):
        carry_out([merge(sets, [1, 4], force=False)])
    monkeypatch.undo()
    assert before.items() <= sums(sets.root).items()
    carry_out([merge(sets, [1, 4], force=False)])
    assert len(sets.open(6).frames()) == 8
    assert read_image(sets.open(6).plate_path).shape == PLATE.shape
