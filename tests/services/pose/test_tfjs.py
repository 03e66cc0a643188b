import json

import numpy as np
import pytest

from common.errors import UserError
from services.pose.tfjs import posenet_tensors, read_tensors, shard_names

QUANTISED = {"min": -1.0, "scale": 0.5, "dtype": "uint16"}


def manifest(*weights: dict[str, object], paths: tuple[str, ...] = ("a.bin", "b.bin")) -> bytes:
    return json.dumps({"weightsManifest": [{"paths": paths, "weights": weights}]}).encode()


def entry(name: str, shape: list[int], **more: object) -> dict[str, object]:
    return {"name": name, "shape": shape, "dtype": "float32", **more}


def test_plain_and_quantised_tensors_are_read_one_after_the_other() -> None:
    plain = np.array([1.5, -2.0], "<f4")
    steps = np.array([0, 1, 2, 65535], "<u2")
    described = manifest(entry("plain", [2]), entry("steps", [2, 2], quantization=QUANTISED))
    tensors = read_tensors(described, plain.tobytes() + steps.tobytes())
    np.testing.assert_array_equal(tensors["plain"], plain)
    np.testing.assert_allclose(tensors["steps"], [[-1, -0.5], [0, 32766.5]])
    assert shard_names(described) == ["a.bin", "b.bin"]


@pytest.mark.parametrize("data", [b"", b"1234567", b"123456789"])
def test_too_few_or_too_many_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(UserError, match="manifest"):
        read_tensors(manifest(entry("plain", [2])), data)


@pytest.mark.parametrize("described", [b"no json", b"{}", b"[]", b"{}" * 2])
def test_what_is_no_manifest_is_refused(described: bytes) -> None:
    with pytest.raises(UserError, match=r"no TensorFlow\.js model"):
        shard_names(described)


def test_names_and_layout_become_ours() -> None:
    kernel = np.arange(3 * 3 * 2 * 5, dtype=np.float32).reshape(3, 3, 2, 5)
    depthwise = np.arange(18, dtype=np.float32).reshape(3, 3, 2, 1)
    ours = posenet_tensors(
        {
            "MobilenetV1/Conv2d_0/weights": kernel,
            "MobilenetV1/MobilenetV1/Conv2d_0/Conv2D_bias": np.zeros(5, np.float32),
            "MobilenetV1/Conv2d_3_depthwise/depthwise_weights": depthwise,
            "MobilenetV1/MobilenetV1/Conv2d_3_depthwise/depthwise_bias": np.zeros(2, np.float32),
            "MobilenetV1/displacement_bwd_2/weights": np.zeros((1, 1, 5, 32), np.float32),
        }
    )
    assert {name: t.shape for name, t in ours.items()} == {
        "stem.weight": (5, 2, 3, 3),
        "stem.bias": (5,),
        "blocks.2.depthwise.weight": (2, 1, 3, 3),
        "blocks.2.depthwise.bias": (2,),
        "backward_displacement.weight": (32, 5, 1, 1),
    }
    assert ours["stem.weight"][4, 1, 2, 0] == kernel[2, 0, 1, 4]
    assert ours["blocks.2.depthwise.weight"][1, 0, 2, 1] == depthwise[2, 1, 1, 0]


def test_a_foreign_tensor_is_refused() -> None:
    with pytest.raises(UserError, match="no part of PoseNet"):
        posenet_tensors({"ResNet/block1/weights": np.zeros(1, np.float32)})
