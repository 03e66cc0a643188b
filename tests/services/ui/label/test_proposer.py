"""Which weights propose: those that segment wrote down, by segment's own hand."""

from dataclasses import replace

import numpy as np
import pytest

from common.weights import Weights, WeightsError
from services.segment.kept_weights import Choice, WeightsStore
from services.ui.label.proposer import in_use

SHIPPED = Weights.shipped()


@pytest.fixture
def swapped(tmp_path):
    """Other weights than the shipped ones, in use since a swap."""
    moved = Weights.of({name: one + np.float32(0.001) for name, one in SHIPPED.tensors.items()}, SHIPPED.story)
    store = WeightsStore(tmp_path / "segment")
    store.save(moved)
    store.choose(Choice(SHIPPED.id, moved.id, SHIPPED.id))
    return moved


def test_the_weights_of_the_last_swap_propose(swapped, tmp_path):
    assert in_use(tmp_path, "").id == swapped.id


def test_without_a_swap_the_shipped_or_named_ones_do(tmp_path):
    named = tmp_path / "w.safetensors"
    named.write_bytes(replace(SHIPPED, story=replace(SHIPPED.story, recipe="named")).to_bytes())
    assert in_use(tmp_path, "").id == SHIPPED.id
    assert in_use(tmp_path, str(named)).story.recipe == "named"


def test_a_swap_from_other_weights_than_are_named_now_counts_no_more(swapped, tmp_path):
    named = tmp_path / "w.safetensors"
    named.write_bytes(swapped.to_bytes())
    assert in_use(tmp_path, str(named)).id == swapped.id
    WeightsStore(tmp_path / "segment").choose(Choice("another", "gone", ""))
    assert in_use(tmp_path, "").id == SHIPPED.id


def test_a_kept_file_that_is_not_whole_leaves_the_shipped_ones(swapped, tmp_path):
    (tmp_path / "segment" / f"weights-{swapped.id}.safetensors").write_bytes(b"torn")
    assert in_use(tmp_path, "").id == SHIPPED.id
    with pytest.raises(WeightsError, match="nowhere"):
        in_use(tmp_path, "nowhere.safetensors")
