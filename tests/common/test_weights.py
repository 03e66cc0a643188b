import json

import numpy as np
import pytest

from common.weights import Story, Weights, WeightsError

STORY = Story("net-1", "recipe", seed=3, steps=10, data=("set1",), parent="abc", created="2026-01-01T00:00:00+00:00")


def tensors():
    return {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.float32)}


def test_bytes_bring_back_tensors_story_and_id():
    weights = Weights.of(tensors(), STORY)
    again = Weights.from_bytes(weights.to_bytes())
    assert again.id == weights.id
    assert again.story == STORY
    assert all(np.array_equal(again.tensors[name], tensor) for name, tensor in tensors().items())


def test_the_id_is_of_the_values_not_of_the_story():
    other = tensors()
    other["b"][2] = 1.5
    assert Weights.of(tensors(), Story("net-1")).id == Weights.of(tensors(), STORY).id
    assert Weights.of(other, STORY).id != Weights.of(tensors(), STORY).id


@pytest.mark.parametrize("data", [b"", b"short", b"\xff" * 100, Weights.of(tensors(), STORY).to_bytes()[:-3]])
def test_damaged_bytes_are_refused_with_a_sentence(data):
    with pytest.raises(WeightsError, match="not a readable weights file"):
        Weights.from_bytes(data)


def test_a_flipped_bit_is_found_by_the_checksum():
    data = bytearray(Weights.of(tensors(), STORY).to_bytes())
    data[-2] ^= 1
    with pytest.raises(WeightsError, match="checksum"):
        Weights.from_bytes(bytes(data))


def test_a_file_of_before_the_checksum_is_read():
    from safetensors.numpy import save

    assert Weights.from_bytes(save(tensors(), {"story": STORY.to_json()})).id == Weights.of(tensors(), STORY).id


def test_values_that_are_not_finite_are_refused():
    broken = tensors()
    broken["a"][1, 1] = np.nan
    with pytest.raises(WeightsError, match="Tensor a"):
        Weights.of(broken, STORY)


def test_other_dtypes_are_refused():
    with pytest.raises(WeightsError, match="float32"):
        Weights.of({"a": np.zeros(2)}, STORY)


def test_a_file_without_a_story_is_not_ours():
    from safetensors.numpy import save

    with pytest.raises(WeightsError, match="no weights file of bgsub"):
        Weights.from_bytes(save(tensors()))


@pytest.mark.parametrize("story", ["[]", "{", json.dumps({"architecture": "net-1", "colour": 3})])
def test_a_damaged_story_is_refused(story):
    from safetensors.numpy import save

    with pytest.raises(WeightsError, match="description is damaged"):
        Weights.from_bytes(save(tensors(), {"story": story}))


def test_require_names_the_first_tensor_that_does_not_fit():
    weights = Weights.of(tensors(), STORY)
    weights.require("net-1", {"a": (2, 3), "b": (4,)})
    with pytest.raises(WeightsError, match="net-2"):
        weights.require("net-2", {"a": (2, 3), "b": (4,)})
    with pytest.raises(WeightsError, match=r"b: \(4,\) instead of \(5,\)"):
        weights.require("net-1", {"a": (2, 3), "b": (5,)})
    with pytest.raises(WeightsError, match="c: missing"):
        weights.require("net-1", {"a": (2, 3), "b": (4,), "c": (1,)})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"gone\.safetensors"):
        Weights.from_file(tmp_path / "gone.safetensors")


def test_the_shipped_weights_are_small_and_ours():
    weights = Weights.shipped()
    assert len(weights.to_bytes()) <= 4_000_000
    assert weights.story.architecture == "platenet-1"
