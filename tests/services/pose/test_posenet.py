import numpy as np
import pytest
import torch

from services.pose.posenet import PoseNet


@pytest.mark.parametrize(("width", "stride"), [(0.75, 16), (0.75, 8), (1.0, 16), (1.0, 8)])
def test_maps_have_a_cell_every_stride_pixels(width: float, stride: int) -> None:
    net = PoseNet(width, stride).eval()
    with torch.inference_mode():
        maps = net(torch.zeros(1, 3, 129, 161))
    size = (128 // stride + 1, 160 // stride + 1)
    assert [tuple(m.shape[1:]) for m in maps] == [(17, *size), (34, *size), (32, *size), (32, *size)]


def test_the_last_stride_of_the_widest_becomes_dilation() -> None:
    wide, narrow = PoseNet(1.0, 16), PoseNet(0.75, 16)
    assert [net.blocks[-1].depthwise.dilation for net in (wide, narrow)] == [(2, 2), (1, 1)]
    assert [net.blocks[-1].depthwise.in_channels for net in (wide, narrow)] == [1024, 384]


def test_a_finer_stride_answers_alike_where_the_cells_meet() -> None:
    torch.manual_seed(0)
    coarse, fine = PoseNet(0.75, 16).eval(), PoseNet(0.75, 8).eval()
    fine.load_state_dict(coarse.state_dict())
    with torch.inference_mode():
        picture = torch.randn(1, 3, 257, 257)
        heat, finer = coarse(picture)[0], fine(picture)[0]
    np.testing.assert_allclose(heat[..., 4:-4, 4:-4], finer[..., ::2, ::2][..., 4:-4, 4:-4], atol=1e-4)
