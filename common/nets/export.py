"""PlateNet as two OpenVINO models: what is done once a plate, and what is done for every frame.

Pictures go in as H,W,3 BGR float32 0..255; features pass between the two with channels last, as convolutions want them.
"""

import openvino as ov
import torch
from torch import Tensor, nn

from common.nets.load import build
from common.nets.platenet import PlateNet
from common.weights import Weights

EXAMPLE = (96, 128, 3)


def entering(picture: Tensor) -> Tensor:
    """H,W,3 0..255 -> 1,3,H,W -1..1."""
    return picture.permute(2, 0, 1)[None] * (1 / 127.5) - 1


class PlatePart(nn.Module):
    """Plate -> the nine tensors that PlateNet keeps of it, N,H,W,C."""

    def __init__(self, net: PlateNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, plate: Tensor) -> tuple[Tensor, ...]:
        return tuple(x.permute(0, 2, 3, 1) for x in self.net.plate_features(entering(plate)))


class FramePart(nn.Module):
    """Frame and the plate's nine tensors -> logits H,W."""

    def __init__(self, net: PlateNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, frame: Tensor, *kept: Tensor) -> Tensor:
        return self.net.decode(entering(frame), tuple(x.permute(0, 3, 1, 2) for x in kept))[0][0, 0]


def plate_part(weights: Weights) -> ov.Model:
    return convert(PlatePart(build(weights)), (torch.zeros(EXAMPLE),))


def frame_part(weights: Weights) -> ov.Model:
    net = build(weights).eval()
    picture = torch.zeros(EXAMPLE)
    with torch.inference_mode():
        kept = PlatePart(net)(picture)
    return convert(FramePart(net), (picture, *(x.clone() for x in kept)))


def convert(part: nn.Module, example: tuple[Tensor, ...]) -> ov.Model:
    """Traced without torch's own check of the trace: it takes most of the time, and nothing here depends on chance."""
    traced = torch.jit.trace(part.eval(), example, check_trace=False)  # type: ignore[no-untyped-call]
    return ov.convert_model(traced, example_input=example)
