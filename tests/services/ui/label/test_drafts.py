"""Drafts come back whole or not at all."""

import json

import numpy as np
import pytest

from services.ui.label import drafts
from services.ui.label.drafts import Draft

MASK = np.random.default_rng(0).integers(0, 256, (30, 40)).astype(np.uint8)


def test_a_draft_comes_back_as_it_was(tmp_path):
    path = tmp_path / ".3_draft.json"
    drafts.save(path, Draft(MASK, ((1.5, 2.0), (30.25, 4.0)), cuts=True))
    back = drafts.load(path, (30, 40))
    assert (back.mask == MASK).all() and back.points == ((1.5, 2.0), (30.25, 4.0)) and back.cuts
    assert [file.name for file in tmp_path.iterdir()] == [".3_draft.json"]


def test_a_draft_of_another_size_is_none(tmp_path):
    drafts.save(tmp_path / "d", Draft(MASK, (), cuts=False))
    assert drafts.load(tmp_path / "d", (40, 30)) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"mask": 3}', '{"mask": "AAAA", "points": [], "cuts": false}', "\xff", '{"mask": ""}']
)
def test_a_broken_draft_is_none(tmp_path, text):
    (tmp_path / "d").write_text(text)
    assert drafts.load(tmp_path / "d", (30, 40)) is None


@pytest.mark.parametrize("points", [[[1]], [["a", "b"]], 3, [[1, 2, 3]], None])
def test_broken_points_are_none(tmp_path, points):
    drafts.save(tmp_path / "d", Draft(MASK, (), cuts=False))
    kept = json.loads((tmp_path / "d").read_text())
    (tmp_path / "d").write_text(json.dumps({**kept, "points": points}))
    assert drafts.load(tmp_path / "d", (30, 40)) is None


def test_a_draft_is_cut_short_nowhere(tmp_path):
    drafts.save(tmp_path / "d", Draft(MASK, (), cuts=False))
    whole = (tmp_path / "d").read_bytes()
    for length in range(0, len(whole), 97):
        (tmp_path / "d").write_bytes(whole[:length])
        assert drafts.load(tmp_path / "d", (30, 40)) is None
