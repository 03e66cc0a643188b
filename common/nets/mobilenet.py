"""MobileNetV1, width 0.50, as PoseNet trained it: the encoder that frame and plate share.

Howard et al. 2017, "MobileNets", table 1, up to the eleventh depthwise separable block. There is no batch norm:
PoseNet's weights come with it folded in. The first convolution takes BGR where PoseNet's took RGB; `from_posenet`
turns the kernel round once, so that no picture has to be turned at run time.
"""

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn.functional import relu6

# (output channels, stride) of blocks 1 to 11; a stage ends where the next block strides.
BLOCKS = ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (256, 1), (256, 1), (256, 1), (256, 1))
STAGE_ENDS = (1, 3, 5, 11)
STAGE_CHANNELS = (32, 64, 128, 256)


class Separable(nn.Module):
    """Depthwise 3x3 then pointwise 1x1, each followed by ReLU6: N,C,H,W -> N,out,H/stride,W/stride."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels)
        self.pointwise = nn.Conv2d(channels, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        return relu6(self.pointwise(relu6(self.depthwise(x))))


class Encoder(nn.Module):
    """BGR picture N,3,H,W in -1..1 (H and W multiples of 16) -> features at strides 2, 4, 8, 16.

    Their channels are STAGE_CHANNELS, their values 0..6.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 16, 3, 2, 1)
        blocks, channels = [], 16
        for out, stride in BLOCKS:
            blocks.append(Separable(channels, out, stride))
            channels = out
        self.blocks = nn.ModuleList(blocks)

    def forward(self, picture: Tensor) -> list[Tensor]:
        x = relu6(self.conv0(picture))
        stages = []
        for number, block in enumerate(self.blocks, start=1):
            x = block(x)
            if number in STAGE_ENDS:
                stages.append(x)
        return stages

    def from_posenet(self, state: Mapping[str, Tensor]) -> None:
        """Take over PoseNet's `features.conv{n}.*` tensors; raises KeyError where one is missing."""
        own: dict[str, Tensor] = {"conv0.weight": state["features.conv0.conv.weight"].flip(1)}
        own["conv0.bias"] = state["features.conv0.conv.bias"]
        for number in range(1, len(BLOCKS) + 1):
            for part in ("depthwise", "pointwise"):
                for kind in ("weight", "bias"):
                    own[f"blocks.{number - 1}.{part}.{kind}"] = state[f"features.conv{number}.{part}.{kind}"]
        self.load_state_dict(own)
