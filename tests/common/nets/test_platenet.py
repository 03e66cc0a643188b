import torch

from common.nets.load import build, float_state
from common.nets.mobilenet import STAGE_CHANNELS
from common.nets.platenet import PlateNet
from common.weights import Weights


def test_features_halve_from_stage_to_stage():
    features = PlateNet().eval().encoder(torch.zeros(2, 3, 64, 96))
    for feature, channels, stride in zip(features, STAGE_CHANNELS, (2, 4, 8, 16), strict=True):
        assert feature.shape == (2, channels, 64 // stride, 96 // stride)


def test_logits_have_the_pictures_size_and_follow_the_plate():
    net = build(Weights.shipped()).eval()
    frame, plate = torch.rand(2, 1, 3, 64, 96).mul(2).sub(1)
    with torch.inference_mode():
        assert net(frame, plate).shape == (1, 1, 64, 96)
        assert not torch.equal(net(frame, plate), net(frame, frame))


def test_the_kept_plate_gives_what_the_plate_gives():
    net = PlateNet().eval()
    frame, plate = torch.rand(2, 1, 3, 32, 48)
    with torch.inference_mode():
        kept = net.plate_features(plate)
        assert torch.equal(net.decode(frame, kept)[0], net(frame, plate))


def test_it_stays_small():
    assert sum(tensor.numel() for tensor in float_state(PlateNet()).values()) < 700_000
