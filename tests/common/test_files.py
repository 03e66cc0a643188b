import errno
import os
from pathlib import Path

import pytest

from common.files import move_new, write_aside, write_new

WRITERS = [write_aside, write_new]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_with(code: int):
    def fail(*_args: object, **_options: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("write", WRITERS)
def test_the_file_holds_the_bytes_and_nothing_is_left_beside_it(tmp_path: Path, write):
    write(tmp_path / "plate.png", b"picture")
    assert (tmp_path / "plate.png").read_bytes() == b"picture"
    assert names(tmp_path) == ["plate.png"]


def test_write_aside_replaces(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"old and longer")
    write_aside(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_write_new_never_replaces(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_write_new_does_not_follow_a_dangling_link(tmp_path: Path):
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"new")
    assert not (tmp_path / "elsewhere").exists()


def test_write_aside_replaces_a_link_and_not_what_it_points_to(tmp_path: Path):
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    write_aside(tmp_path / "a", b"new")
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    assert not (tmp_path / "a").is_symlink()


@pytest.mark.parametrize("write", WRITERS)
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, write, monkeypatch):
    before = {"other": b"kept"} | ({"a": b"old"} if write is write_aside else {})
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(os, "fsync", fail_with(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "a", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("write", WRITERS)
def test_the_write_itself_may_fail(tmp_path: Path, write, monkeypatch):
    opened = Path.open

    def open_full(path: Path, mode: str):
        opened(path, mode).close()
        return opened(Path("/dev/full"), "wb")

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "a", b"new")
    assert names(tmp_path) == []


@pytest.mark.parametrize("write", WRITERS)
def test_a_vanished_folder_is_an_error(tmp_path: Path, write):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "gone" / "a", b"new")


def test_without_hard_links_the_name_is_reserved(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(Path, "hardlink_to", fail_with(errno.EPERM))
    write_new(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"newer")
    assert names(tmp_path) == ["a"]


def test_a_reserved_name_is_freed_when_the_move_fails(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(Path, "hardlink_to", fail_with(errno.EPERM))
    monkeypatch.setattr(Path, "replace", fail_with(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        write_new(tmp_path / "a", b"new")
    assert names(tmp_path) == []


def test_a_file_moves_and_never_onto_another(tmp_path: Path):
    here, there = tmp_path / "3.png", tmp_path / "trash" / "3.png"
    there.parent.mkdir()
    here.write_bytes(b"first")
    move_new(here, there)
    assert not here.exists() and there.read_bytes() == b"first"
    here.write_bytes(b"second")
    with pytest.raises(FileExistsError):
        move_new(here, there)
    assert (here.read_bytes(), there.read_bytes()) == (b"second", b"first")
