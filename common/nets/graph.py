"""PlateNet as OpenVINO's own graph, straight from the weights: no torch, and ready in a fraction of a second.

The same figure as in platenet.py, layer for layer, with every batch norm folded into the convolution before it; a test
holds the two against each other. Pictures go in as H,W,3 BGR float32 0..255. What is kept of a plate passes between the
two models with channels last, as convolutions want it.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from common.nets.engine import LOGIT_RANGE
from common.weights import Tensors, Weights

Node = Any
"""A value in the graph, N,C,H,W unless said otherwise."""

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1)
"""Of the encoder's blocks; see mobilenet.BLOCKS."""
STAGE_ENDS = (1, 3, 5, 11)
STAGES = 4
EPSILON = 1e-5
"""Of batch norm."""


def plate_part(weights: Weights, shape: Sequence[int]) -> ov.Model:
    """Plate H,W,3 -> what is kept of it: itself and its features at strides 2, 4, 8, 16, their signs turned as `apart`
    wants them, and what the features tell."""
    tensors = weights.tensors
    plate = ops.parameter(list(shape), np.float32, "plate")
    picture = entering(plate)
    seen = encoder(picture, tensors)
    told = [conv(stage, *folded(tensors, f"fuse.{at}.plate")) for at, stage in enumerate(seen)]
    kept = [*(ops.negative(value) for value in seen), *told]
    return ov.Model([ops.negative(picture), *(turned(value, (0, 2, 3, 1)) for value in kept)], [plate])


def frame_part(weights: Weights, shape: Sequence[int], kept: Sequence[Sequence[int]]) -> ov.Model:
    """Frame H,W,3 and what is kept of the plate, of the shapes `kept` -> logits H,W, within LOGIT_RANGE."""
    frame = ops.parameter(list(shape), np.float32, "frame")
    inputs = [ops.parameter(list(size), np.float32, f"kept{at}") for at, size in enumerate(kept)]
    features = [turned(value) for value in inputs[1:]]
    logits = decode(entering(frame), inputs[0], features[:STAGES], features[STAGES:], weights.tensors)
    return ov.Model([logits], [frame, *inputs])


def entering(picture: Node) -> Node:
    """H,W,3 0..255 -> H,W*3 -1..1: long rows, since three channels would leave most of a vector empty."""
    rows = ops.reshape(picture, integers([1, picture.get_output_shape(0)[0], -1]), False)
    return ops.subtract(ops.multiply(rows, np.float32(1 / 127.5)), np.float32(1))


def unrolled(rows: Node) -> Node:
    """H,W*3 -> 1,3,H,W."""
    return turned(ops.reshape(rows, integers([1, rows.get_output_shape(0)[1], -1, 3]), False))


def encoder(picture: Node, tensors: Tensors) -> list[Node]:
    """H,W*3 -> features at strides 2, 4, 8, 16."""
    x = relu6(conv(unrolled(picture), *plain(tensors, "encoder.conv0"), stride=2))
    stages = []
    for number, stride in enumerate(STRIDES, start=1):
        name = f"encoder.blocks.{number - 1}"
        x = relu6(conv(x, *plain(tensors, f"{name}.depthwise"), stride))
        x = relu6(conv(x, *plain(tensors, f"{name}.pointwise")))
        if number in STAGE_ENDS:
            stages.append(x)
    return stages


def decode(frame: Node, plate: Node, seen: Sequence[Node], told: Sequence[Node], tensors: Tensors) -> Node:
    """Frame and plate H,W*3 -> logits H,W."""
    now = encoder(frame, tensors)
    y2, y4, y8, y16 = (
        fuse(*views, f"fuse.{at}", tensors) for at, views in enumerate(zip(now, seen, told, strict=True))
    )
    x16 = context(ops.relu(y16), "decide16.1", tensors)
    x16 = block(block(x16, "decide16.2", tensors), "decide16.3", tensors)
    x8 = ops.relu(ops.add(y8, lifted(x16, "lift8", tensors)))
    x8 = block(block(x8, "decide8.1", tensors), "decide8.2", tensors)
    x4 = block(ops.relu(ops.add(y4, lifted(x8, "lift4", tensors))), "decide4.1", tensors)
    pixels = conv(unrolled(apart(frame, plate)), *plain(tensors, "pixels"), stride=2, pad=1)
    x2 = ops.relu(ops.add(ops.add(y2, pixels), lifted(x4, "lift2", tensors)))
    edge = ops.relu(conv(x2, *folded(tensors, "edge.0")))
    logits = conv(ops.add(x2, edge), *four_at_once(*plain(tensors, "fine.0")), stride=2, pad=1)
    return interleaved(ops.clamp(logits, -LOGIT_RANGE, LOGIT_RANGE))


def fuse(frame: Node, plate: Node, told: Node, name: str, tensors: Tensors) -> Node:
    """See platenet.Fuse."""
    own = conv(frame, *folded(tensors, f"{name}.frame"))
    new = conv(apart(frame, plate), *folded(tensors, f"{name}.difference"))
    return ops.add(ops.add(own, told), new)


def block(x: Node, name: str, tensors: Tensors) -> Node:
    """See platenet.Block."""
    spread = ops.relu(conv(x, *folded(tensors, f"{name}.spread")))
    return ops.relu(ops.add(x, conv(spread, *folded(tensors, f"{name}.mix"))))


def context(x: Node, name: str, tensors: Tensors) -> Node:
    """See platenet.Context."""
    whole = ops.reduce_mean(x, integers([2, 3]), keep_dims=True)
    inner = ops.relu(conv(whole, *plain(tensors, f"{name}.inner")))
    return ops.add(x, conv(inner, *plain(tensors, f"{name}.outer")))


def lifted(x: Node, name: str, tensors: Tensors) -> Node:
    """1x1 convolution, then twice the height and width, bilinear."""
    return ops.interpolate(
        conv(x, *plain(tensors, name)),
        np.array([2, 2], np.float32),
        "linear_onnx",
        "scales",
        axes=integers([2, 3]),
        coordinate_transformation_mode="half_pixel",
    )


def four_at_once(
    kernel: NDArray[np.float32], bias: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A 3x3 kernel with 4 results, a square, as a 4x4 one of stride 2 with the 4x4 results of four neighbours: four
    channels leave most of a vector empty."""
    wide = np.zeros((2, 2, 2, 2, kernel.shape[1], 4, 4), np.float32)
    for down, across in np.ndindex(2, 2):
        square = kernel.reshape(2, 2, -1, 3, 3)
        wide[down, :, across, :, :, down : down + 3, across : across + 3] = square
    return wide.reshape(16, -1, 4, 4), np.tile(bias.reshape(2, 2), (2, 2)).reshape(16)


def interleaved(squares: Node) -> Node:
    """1,n*n,H,W -> nH,nW: the values of a place become a square. OpenVINO's depth_to_space takes twice as long."""
    _, values, height, width = list(squares.get_output_shape(0))
    side = math.isqrt(values)
    rows = ops.reshape(turned(squares, (0, 2, 3, 1)), integers([height, width, side, side]), False)
    return ops.reshape(turned(rows, (0, 2, 1, 3)), integers([side * height, side * width]), False)


def conv(
    x: Node, kernel: NDArray[np.float32], bias: NDArray[np.float32], stride: int = 1, pad: int | None = None
) -> Node:
    """Convolution that keeps the size (over the stride); depthwise where the kernel has one channel and x has more."""
    reach = kernel.shape[2] // 2 if pad is None else pad
    places = ([stride] * 2, [reach] * 2, [reach] * 2, [1, 1])
    if kernel.shape[1] == 1 and x.get_output_partial_shape(0)[1].get_length() > 1:
        done = ops.group_convolution(x, kernel[:, None], *places)
    else:
        done = ops.convolution(x, kernel, *places)
    return ops.add(done, bias.reshape(1, -1, 1, 1))


def plain(tensors: Tensors, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel and bias of a convolution without batch norm."""
    return tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def folded(tensors: Tensors, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel and bias of a convolution with the batch norm behind it (platenet.norm_conv)."""
    kernel, norm = tensors[f"{name}.0.weight"], f"{name}.1"
    scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + np.float32(EPSILON))
    bias = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
    return (kernel * scale.reshape(-1, 1, 1, 1)).astype(np.float32), bias.astype(np.float32)


def apart(frame: Node, minus_plate: Node) -> Node:
    """|frame - plate|. The plate's sign is turned once a plate: OpenVINO makes a product and a sum of a subtraction,
    with a pass over memory for either."""
    return ops.abs(ops.add(frame, minus_plate))


def relu6(x: Node) -> Node:
    return ops.clamp(x, 0.0, 6.0)


def turned(x: Node, axes: Sequence[int] = (0, 3, 1, 2)) -> Node:
    """Unless said otherwise from channels last to channels first, which moves nothing in memory."""
    return ops.transpose(x, integers(axes))


def integers(values: Sequence[int]) -> Node:
    return ops.constant(np.array(values, np.int64))
