"""PoseNet: MobileNetV1 with four heads that find the joints of several people at once.

Sources: Howard et al. 2017, *MobileNets* (arXiv 1704.04861), table 1; Papandreou et al. 2018, *PersonLab* (arXiv
1803.08225), sections 3.1 and 3.2 for what the heads mean; the layout of the weights is that of the TensorFlow.js model.
"""

from torch import Tensor, nn

from services.pose.skeleton import EDGES, KEYPOINTS

# Channels out and stride of the 13 separable blocks at width 1.00 (MobileNets, table 1).
BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
NARROW_BLOCKS = (*BLOCKS[:11], (512, 1), (512, 1))
"""The variants below width 1.00 were trained without the last stride and without doubling the last channels."""


class Separable(nn.Module):
    """3x3 convolution of each channel by itself, then a 1x1 that mixes them; N,in,H,W -> N,out,H/stride,W/stride."""

    def __init__(self, inputs: int, outputs: int, stride: int, dilation: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride=stride, padding=dilation, dilation=dilation, groups=inputs)
        self.pointwise = nn.Conv2d(inputs, outputs, 1)
        self.act = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.act(self.pointwise(self.act(self.depthwise(x))))
        return mixed


class PoseNet(nn.Module):
    """RGB N,3,H,W in -1..1, H and W of the form 16n+1 -> four maps at H/stride, W/stride.

    Heatmaps N,17 in 0..1 (how likely the joint is near); offsets N,34 from the cell to the joint, first 17 rows (y),
    then 17 columns (x); displacements forward and backward N,32, from a joint to its child and to its parent along
    EDGES, 16 y then 16 x. All distances in pixels of the input.
    """

    def __init__(self, width: float, stride: int) -> None:
        """`stride` of the output: 8 or 16. Where the blocks would go beyond it, they dilate instead."""
        super().__init__()
        channels = round(32 * width)
        self.stem = nn.Conv2d(3, channels, 3, stride=2, padding=1)
        self.act = nn.ReLU6()
        self.blocks = nn.Sequential()
        reached, dilation = 2, 1
        for outputs, step in BLOCKS if width == 1 else NARROW_BLOCKS:
            taken = step if reached < stride else 1
            self.blocks.append(Separable(channels, round(outputs * width), taken, dilation))
            reached, dilation, channels = reached * taken, dilation * step // taken, round(outputs * width)
        self.heatmap = nn.Conv2d(channels, KEYPOINTS, 1)
        self.offset = nn.Conv2d(channels, 2 * KEYPOINTS, 1)
        self.forward_displacement = nn.Conv2d(channels, 2 * len(EDGES), 1)
        self.backward_displacement = nn.Conv2d(channels, 2 * len(EDGES), 1)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = self.blocks(self.act(self.stem(picture)))
        return (
            self.heatmap(x).sigmoid(),
            self.offset(x),
            self.forward_displacement(x),
            self.backward_displacement(x),
        )
