"""PlateNet: what stands in the frame that the plate does not show.

    frame ──Encoder──► F2 F4 F8 F16 ─┐                       (one encoder, weights shared)
    plate ──Encoder──► P2 P4 P8 P16 ─┤  once a plate
                                     ▼
      16: F + P + |F-P| ► 96, context of the whole picture ► two blocks
       8: F + P + |F-P| ► 64, plus the above, doubled      ► two blocks ► coarse logits (training only)
       4: F + P + |F-P| ► 32, plus the above, doubled      ► one block
       2: F + P + |F-P| ► 16, plus |frame - plate|, plus the above, doubled ► 3x3
                        ► four logits a place, unfolded to the input's resolution

Each of F, P and |F-P| has a 1x1 convolution of its own and their results are added: that of P is done once a plate.
The difference finds what is new; the features, trained on people, say what a person looks like where shirt and wall
are of one colour, and what a shadow is. After Bromley et al. 1993 (Siamese networks) and Ronneberger et al. 2015
(U-Net); unfolding channels instead of filtering at full size is Shi et al. 2016, section 3.
"""

from torch import Tensor, nn
from torch.nn.functional import interpolate, relu

from common.nets.mobilenet import STAGE_CHANNELS, Encoder

ARCHITECTURE = "platenet-1"
STRIDE = 16
PlateFeatures = tuple[Tensor, ...]


def norm_conv(channels: int, out: int, kernel: int, groups: int = 1) -> nn.Sequential:
    """Convolution that keeps the size, then batch norm; the engines fold the two together."""
    conv = nn.Conv2d(channels, out, kernel, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out))


def doubled(x: Tensor) -> Tensor:
    """Bilinear, twice the height and width."""
    return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Block(nn.Module):
    """Residual depthwise separable 5x5: N,C,H,W -> the same shape, values >= 0."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spread = norm_conv(channels, channels, 5, groups=channels)
        self.mix = norm_conv(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return relu(x + self.mix(relu(self.spread(x))))


class Context(nn.Module):
    """Adds to every place what the whole picture is like: N,C,H,W -> the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Conv2d(channels, channels // 2, 1)
        self.outer = nn.Conv2d(channels // 2, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        whole = x.mean((2, 3), keepdim=True)
        said: Tensor = self.outer(relu(self.inner(whole)))
        return x + said


class Fuse(nn.Module):
    """Frame and plate at one scale, N,C,H,W each -> N,out,H,W, before any nonlinearity."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.frame = norm_conv(channels, out, 1)
        self.plate = norm_conv(channels, out, 1)
        self.difference = norm_conv(channels, out, 1)

    def forward(self, frame: Tensor, plate: Tensor, told: Tensor) -> Tensor:
        """`told` is self.plate(plate), kept with the plate's features."""
        return self.frame(frame) + told + self.difference((frame - plate).abs())  # type: ignore[no-any-return]


class PlateNet(nn.Module):
    """Pictures are N,3,H,W, BGR, -1..1, H and W multiples of STRIDE; frame and plate in the same light if possible."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.fuse = nn.ModuleList(Fuse(*shape) for shape in zip(STAGE_CHANNELS, (16, 32, 64, 96), strict=True))
        self.decide16 = nn.Sequential(nn.ReLU(), Context(96), Block(96), Block(96))
        self.lift8, self.decide8 = nn.Conv2d(96, 64, 1), nn.Sequential(nn.ReLU(), Block(64), Block(64))
        self.lift4, self.decide4 = nn.Conv2d(64, 32, 1), nn.Sequential(nn.ReLU(), Block(32))
        self.lift2, self.pixels = nn.Conv2d(32, 16, 1), nn.Conv2d(3, 16, 4, 2, 1)
        self.edge = nn.Sequential(norm_conv(16, 16, 3), nn.ReLU())
        self.coarse = nn.Conv2d(64, 1, 1)
        self.fine = nn.Sequential(nn.Conv2d(16, 4, 3, padding=1), nn.PixelShuffle(2))

    def plate_features(self, plate: Tensor) -> PlateFeatures:
        """All that `decode` needs of the plate: itself, its features at strides 2, 4, 8, 16, and what they tell."""
        seen = self.encoder(plate)
        told = [fuse.get_submodule("plate")(stage) for fuse, stage in zip(self.fuse, seen, strict=True)]
        return (plate, *seen, *told)

    def decode(self, frame: Tensor, features: PlateFeatures) -> tuple[Tensor, Tensor]:
        """Logits of alpha N,1,H,W and, for the training loss, coarse ones N,1,H/8,W/8."""
        plate, seen, told = features[0], features[1:5], features[5:]
        now = self.encoder(frame)
        y2, y4, y8, y16 = (fuse(*views) for fuse, *views in zip(self.fuse, now, seen, told, strict=True))
        x16 = self.decide16(y16)
        x8 = self.decide8(y8 + doubled(self.lift8(x16)))
        x4 = self.decide4(y4 + doubled(self.lift4(x8)))
        x2 = relu(y2 + self.pixels((frame - plate).abs()) + doubled(self.lift2(x4)))
        return self.fine(x2 + self.edge(x2)), self.coarse(x8)

    def forward(self, frame: Tensor, plate: Tensor) -> Tensor:
        return self.decode(frame, self.plate_features(plate))[0]
