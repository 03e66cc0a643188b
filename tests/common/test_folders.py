from pathlib import Path

import pytest

from common.folders import move_aside, new_folder, write_synced


def test_a_folder_appears_of_one_piece(tmp_path: Path):
    with new_folder(tmp_path / "set1") as ready:
        write_synced(ready / "0.png", b"x")
        assert list((tmp_path / "set1").iterdir()) == []
    assert (tmp_path / "set1" / "0.png").read_bytes() == b"x"
    assert list(tmp_path.iterdir()) == [tmp_path / "set1"]


def test_nothing_is_left_of_one_that_failed(tmp_path: Path):
    def fill() -> None:
        with new_folder(tmp_path / "set1") as ready:
            write_synced(ready / "0.png", b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_what_stands_there_is_left_alone(tmp_path: Path):
    (tmp_path / "set1").mkdir()
    with pytest.raises(FileExistsError), new_folder(tmp_path / "set1"):
        raise AssertionError
    assert list(tmp_path.iterdir()) == [tmp_path / "set1"]


def test_what_somebody_wrote_there_meanwhile_is_kept(tmp_path: Path):
    def fill() -> None:
        with new_folder(tmp_path / "set1") as ready:
            write_synced(ready / "0.png", b"ours")
            (tmp_path / "set1" / "0.png").write_bytes(b"theirs")

    with pytest.raises(OSError, match="not empty"):
        fill()
    assert (tmp_path / "set1" / "0.png").read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [tmp_path / "set1"]


def test_a_folder_is_moved_to_the_next_name_that_is_free(tmp_path: Path):
    for number in (1, 2, 3):
        (tmp_path / "set1").mkdir()
        (tmp_path / "set1" / "a").write_text(str(number))
        place = move_aside(tmp_path / "set1", tmp_path / "old")
        assert place.name == ("old" if number == 1 else f"old-{number}")
        assert (place / "a").read_text() == str(number)


def test_a_move_that_fails_leaves_it_where_it_was(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        move_aside(tmp_path / "none", tmp_path / "old")
    assert list(tmp_path.iterdir()) == []
