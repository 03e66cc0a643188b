"""Reads TensorFlow.js weights: a JSON manifest and the bytes it describes.

The format is that of `weightsManifest` in a graph model (github.com/tensorflow/tfjs, tfjs-core/src/io/types.ts).
"""

import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.errors import UserError

Array = NDArray[np.float32]
_STORED = {"float32": "<f4", "uint16": "<u2", "uint8": "<u1"}
_HEADS = {
    "heatmap_2": "heatmap",
    "offset_2": "offset",
    "displacement_fwd_2": "forward_displacement",
    "displacement_bwd_2": "backward_displacement",
}


def shard_names(manifest: bytes) -> list[str]:
    """The files whose bytes, joined in this order, the manifest describes. Raises UserError."""
    return [str(path) for group in _groups(manifest) for path in group["paths"]]


def read_tensors(manifest: bytes, data: bytes) -> dict[str, Array]:
    """Tensors by their TensorFlow names, dequantised. Raises UserError where bytes and manifest disagree."""
    tensors, at = {}, 0
    try:
        for entry in (entry for group in _groups(manifest) for entry in group["weights"]):
            tensor, at = _read(entry, data, at)
            tensors[str(entry["name"])] = tensor
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"The manifest of the pose weights does not fit their bytes ({error}).") from None
    if at != len(data):
        raise UserError(f"The pose weights hold {len(data)} bytes, their manifest describes {at}.")
    return tensors


def posenet_tensors(tensors: dict[str, Array]) -> dict[str, Array]:
    """The same tensors under the names and in the layout of our PoseNet; TensorFlow's kernels are H,W,in,out."""
    renamed = {}
    for name, tensor in tensors.items():
        ours = _our_name(name)
        if tensor.ndim == 4:
            tensor = tensor.transpose((2, 3, 0, 1) if "depthwise" in ours else (3, 2, 0, 1))  # noqa: PLW2901
        renamed[ours] = np.ascontiguousarray(tensor)
    return renamed


def _groups(manifest: bytes) -> list[Any]:
    try:
        return list(json.loads(manifest)["weightsManifest"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"The manifest of the pose weights is no TensorFlow.js model ({error!r}).") from None


def _read(entry: dict[str, Any], data: bytes, at: int) -> tuple[Array, int]:
    quantised = entry.get("quantization")
    stored = np.dtype(_STORED[quantised["dtype"] if quantised else entry["dtype"]])
    count = int(np.prod(entry["shape"], dtype=np.int64))
    values = np.frombuffer(data, stored, count, at).reshape(entry["shape"]).astype(np.float32)
    if quantised:
        values = values * np.float32(quantised["scale"]) + np.float32(quantised["min"])
    return values, at + count * stored.itemsize


def _our_name(name: str) -> str:
    parts = [part for part in name.split("/") if part != "MobilenetV1"]
    kind = "bias" if parts[-1].endswith("bias") else "weight"
    if parts[0] in _HEADS:
        return f"{_HEADS[parts[0]]}.{kind}"
    layer = re.fullmatch(r"Conv2d_(\d+)(?:_(depthwise|pointwise))?", parts[0])
    if layer is None:
        raise UserError(f"The pose weights hold {name!r}, which is no part of PoseNet.")
    number, half = layer.groups()
    return f"blocks.{int(number) - 1}.{half}.{kind}" if half else f"stem.{kind}"
