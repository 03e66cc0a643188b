"""`bgsub sets split` and `merge` as typed."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cli.sets import sets_command
from common.evaluate import labelled
from common.sets import ImageSets, encode_png
from tests.full_disk import full_disk

RNG = np.random.default_rng(7)


@pytest.fixture
def sets(tmp_path: Path) -> ImageSets:
    """One set of six labelled frames."""
    made = ImageSets(tmp_path / "images")
    one = made.open(1)
    one.save_plate(RNG.integers(0, 255, (48, 64, 3), dtype=np.uint8))
    for k in range(6):
        one.save_frame(RNG.integers(0, 255, (48, 64, 3), dtype=np.uint8))
        (one.folder / f"{k}_mask.png").write_bytes(encode_png(np.zeros((48, 64, 3), np.uint8)))
    return made


def run(sets: ImageSets, *words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(sets_command, ["--sets", str(sets.root), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def ks(sets: ImageSets, number: int) -> list[int]:
    return [frame.k for frame in sets.open(number).frames()]


def test_split_moves_the_old_set_aside(sets: ImageSets) -> None:
    code, told, _ = run(sets, "split", "1", "--frames", "0-2,5")
    assert code == 0
    assert told.splitlines()[0] == f"Made {sets.root}/set2: 4 frames, 4 masks."
    assert "nothing of it was deleted" in told
    assert (sets.numbers(), ks(sets, 2), ks(sets, 3)) == ([2, 3], [0, 1, 2, 5], [3, 4])
    assert len(list((sets.root / "retired" / "set1").iterdir())) == 13


def test_a_dry_run_changes_nothing(sets: ImageSets) -> None:
    before = sorted(sets.root.rglob("*"))
    for words in (("split", "1", "--aside", "3"), ("split", "1", "--frames", "1")):
        code, told, _ = run(sets, *words, "--dry-run", "--json")
        assert code == 0
        assert json.loads(told)["dry_run"] is True
        assert [one["frames"] for one in json.loads(told)["made"]] == ([2, 4] if "--aside" in words else [1, 5])
    told = run(sets, "split", "1", "--frames", "1", "--dry-run")[1]
    assert f"Would make {sets.root}/set2: 1 frame, 1 mask.\n" in told
    assert sorted(sets.root.rglob("*")) == before


def test_split_and_merged_again_it_is_the_same_set(sets: ImageSets) -> None:
    pictures = [frame.image_path.read_bytes() for frame in sets.open(1).frames()]
    assert run(sets, "split", "1", "--frames", "0-2", "--keep")[0] == 0
    code, told, _ = run(sets, "merge", "2", "3", "--json")
    assert code == 0
    assert json.loads(told) == {
        "made": [{"folder": f"{sets.root}/set4", "frames": 6, "masks": 6}],
        "retired": [f"{sets.root}/retired/set2", f"{sets.root}/retired/set3"],
        "dry_run": False,
    }
    assert sets.numbers() == [1, 4]
    assert [frame.image_path.read_bytes() for frame in sets.open(4).frames()] == pictures


def test_what_is_kept_aside_can_be_scored(sets: ImageSets) -> None:
    assert run(sets, "split", "1", "--aside", "3")[0] == 0
    assert [sample.frame.name for sample in labelled(sets.root / "aside").samples] == ["1.png", "4.png"]
    assert len(labelled(sets.root).samples) == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("split", "1"), "either --frames or --aside"),
        (("split", "1", "--frames", "1", "--aside", "3"), "either --frames or --aside"),
        (("split", "1", "--frames", "../2"), "neither a frame's number nor a range"),
        (("split", "1", "--frames", "4-2"), "neither a frame's number nor a range"),
        (("split", "1", "--frames", "0-5"), "all or none"),
        (("split", "1", "--frames", "٣"), "neither a frame's number"),
        (("split", "1", "--frames", "9"), "set1 has no frame 9."),
        (("split", "1", "--frames", "7-999999999"), "set1 has no frame 7 to 999999999."),
        (("split", "2", "--frames", "0"), "There is no set 2"),
        (("split", "99999999999999", "--frames", "0"), "not in the range"),
        (("split", "-1", "--frames", "0"), "No such option"),
        (("split", "../x", "--frames", "0"), "not a valid integer"),
        (("merge",), "Missing argument"),
        (("merge", "1"), "two sets or more"),
        (("merge", "1", "2"), "There is no set 2"),
    ],
)
def test_slips_of_the_finger_are_told(sets: ImageSets, words: tuple[str, ...], told: str) -> None:
    code, _, error = run(sets, *words)
    assert code == 2
    assert told in error
    assert sets.numbers() == [1]


def test_on_a_full_disk_nothing_is_changed(sets: ImageSets) -> None:
    before = sorted(sets.root.rglob("*"))
    with full_disk(2000):
        code, _, error = run(sets, "split", "1", "--frames", "0")
    assert code == 2
    assert error.startswith("Error: Nothing was changed: ")
    assert "File too large" in error
    assert sorted(sets.root.rglob("*")) == before
