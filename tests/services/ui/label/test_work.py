"""What is to be labelled, and which folders will not do."""

import os
import tempfile

import pytest

from common.errors import UserError
from common.sets import ImageSets
from services.ui.label.work import Work, check
from tests.services.ui.label.rooms import write_set


def listed(root, numbers=None, everything=False):
    work = Work(ImageSets(root), numbers, everything)
    work.refresh()
    return work


def test_labelled_frames_are_passed_over_unless_all_are_wanted(tmp_path):
    write_set(tmp_path, frames=4, labelled=(0, 2))
    assert [item.k for item in listed(tmp_path).items] == [1, 3]
    assert [item.k for item in listed(tmp_path, everything=True).items] == [0, 1, 2, 3]
    assert listed(tmp_path).total == 4 and listed(tmp_path).labelled() == 2


def test_a_frame_with_a_draft_is_not_finished_even_where_it_has_a_mask(tmp_path):
    folder = write_set(tmp_path, frames=2, labelled=(0, 1))
    (folder / ".1_draft.json").write_text("{}")
    assert [item.k for item in listed(tmp_path).items] == [1]
    assert listed(tmp_path).labelled() == 1


def test_only_the_sets_that_are_named(tmp_path):
    for number in (1, 2, 10):
        write_set(tmp_path, number, frames=1)
    assert [item.number for item in listed(tmp_path).items] == [1, 2, 10]
    assert [item.number for item in listed(tmp_path, [10, 1]).items] == [10, 1]


def test_new_frames_come_at_the_end_and_none_leaves(tmp_path):
    folder = write_set(tmp_path, frames=2)
    work = listed(tmp_path)
    (folder / "0_mask.png").write_bytes((folder / "0.png").read_bytes())
    (folder / "2.png").write_bytes((folder / "0.png").read_bytes())
    work.refresh()
    assert [item.k for item in work.items] == [0, 1, 2]


def test_the_next_open_one_is_looked_for_round_the_end(tmp_path):
    write_set(tmp_path, frames=4, labelled=(1, 2))
    work = listed(tmp_path, everything=True)
    assert [work.open_after(at) for at in (-1, 0, 1, 3)] == [0, 3, 3, 0]


def test_where_all_are_labelled_none_is_open(tmp_path):
    write_set(tmp_path, frames=2, labelled=(0, 1))
    assert listed(tmp_path, everything=True).open_after(0) is None


def test_no_sets_no_such_set_and_empty_sets_are_said(tmp_path):
    sets = ImageSets(tmp_path / "images")
    with pytest.raises(UserError, match="There are no sets in"):
        check(sets, None)
    write_set(tmp_path / "images", 3, frames=1)
    with pytest.raises(UserError, match=r"There is no set 4 .* There are: 3"):
        check(sets, [4])
    (tmp_path / "images" / "set5").mkdir()
    with pytest.raises(UserError, match="holds no frames yet"):
        check(sets, [5])
    check(sets, [3])


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path, monkeypatch):
    folder = write_set(tmp_path, frames=1)

    def refuse(*_, **__):
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(UserError, match=f"{folder} \\(Read-only file system\\)"):
        check(ImageSets(tmp_path), [3])
