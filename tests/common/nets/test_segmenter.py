import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import UserError
from common.nets.calm import Calm
from common.nets.segmenter import Segmenter, alpha_table, net_size
from common.nets.still import Stillness
from common.scores import iou
from common.weights import Story, Weights, WeightsError
from tests.drawings import drawn

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def segmenter():
    return Segmenter(Weights.shipped())


def test_a_drawn_figure_is_cut_out_and_an_empty_room_is_not(segmenter):
    plate, frame, mask = drawn()
    segmenter.set_plate(plate)
    alpha = segmenter.alpha(frame)
    assert (alpha.shape, alpha.dtype) == ((480, 640), np.uint8)
    assert iou(alpha >= 128, mask >= 128) > 0.9
    assert np.mean(segmenter.alpha(plate) >= 128) < 0.001


def test_a_darker_frame_is_cut_out_as_well(segmenter):
    plate, frame, mask = drawn(2)
    segmenter.set_plate(plate)
    assert iou(segmenter.alpha((frame * 0.6).astype(np.uint8)) >= 128, mask >= 128) > 0.9


def test_both_engines_say_the_same(segmenter):
    plate, frame, _ = drawn()
    torch = Segmenter(Weights.shipped(), "torch")
    for one in (segmenter, torch):
        one.set_plate(plate)
    difference = segmenter.alpha(frame).astype(int) - torch.alpha(frame)
    assert np.abs(difference).max() <= 1
    assert (segmenter.engine, torch.engine) == ("openvino", "torch")


@pytest.mark.parametrize("size", [(1280, 720), (360, 240), (101, 77)])
def test_any_size_comes_back_at_its_size(segmenter, size):
    plate, frame, mask = drawn(size=size)
    segmenter.set_plate(plate)
    alpha = segmenter.alpha(frame)
    assert alpha.shape == mask.shape
    assert iou(alpha >= 128, mask >= 128) > 0.8


def test_a_frame_of_another_size_than_the_plate_is_refused(segmenter):
    plate, frame, _ = drawn()
    segmenter.set_plate(plate)
    with pytest.raises(ValueError, match="no plate of the frame's size"):
        segmenter.alpha(frame[:240])


def film(segmenter_, plate):
    segmenter_.calm, segmenter_.still = Calm(), Stillness()
    segmenter_.set_plate(plate)
    return segmenter_


def test_in_a_film_a_jump_of_light_is_followed_at_once():
    plate, frame, _ = drawn()
    live, alone = film(Segmenter(Weights.shipped()), plate), Segmenter(Weights.shipped())
    alone.set_plate(plate)
    for _ in range(4):
        live.alpha(frame)
    dark = (frame * 0.55).astype(np.uint8)
    assert np.mean(cv2.absdiff(live.alpha(dark), alone.alpha(dark))) < 0.5


def test_the_mask_of_a_still_film_stands_until_something_moves(monkeypatch):
    plate, frame, mask = drawn()
    live, now = film(Segmenter(Weights.shipped()), plate), [0.0]
    monkeypatch.setattr("common.nets.segmenter.time.monotonic", lambda: now[0])
    stood = []
    live.on_stood = lambda: stood.append(now[0])
    for _ in range(60):
        now[0] += 1 / 30
        still = live.alpha(frame)
    assert 20 < len(stood) < 30
    assert iou(still >= 128, mask >= 128) > 0.9
    gone = live.alpha(plate)
    assert np.mean(gone >= 128) < 0.001
    live.alpha(frame)
    live.set_plate(frame)
    assert np.mean(live.alpha(frame) >= 128) < 0.01


def test_weights_of_another_network_are_refused():
    other = Weights.of({"a": np.zeros(3, np.float32)}, Story("another-1"))
    with pytest.raises(WeightsError, match="another-1"):
        Segmenter(other)
    with pytest.raises(WeightsError, match="tensors don't fit"):
        Segmenter(Weights.of(other.tensors, Story("platenet-1")))


def test_cuda_is_never_replaced_by_something_else():
    import torch

    if torch.cuda.is_available():
        assert Segmenter(Weights.shipped(), device="cuda").device != "CPU"
    else:
        with pytest.raises(UserError, match="CUDA"):
            Segmenter(Weights.shipped(), device="cuda")


def test_openvino_needs_no_torch():
    code = (
        "import sys; from common.nets.segmenter import Segmenter; from common.weights import Weights;"
        "import numpy as np; Segmenter(Weights.shipped()).set_plate(np.zeros((48, 64, 3), np.uint8));"
        "print('torch' in sys.modules)"
    )
    told = subprocess.check_output([sys.executable, "-c", code], cwd=REPOSITORY, text=True, timeout=60)
    assert told.strip() == "False"


@pytest.mark.parametrize(
    ("size", "expected"),
    [((640, 480), (384, 288)), ((1920, 1080), (448, 256)), ((100, 60), (96, 64)), ((5, 5), (16, 16))],
)
def test_the_networks_size(size, expected):
    assert net_size(*size) == expected


def test_the_table_rises_from_nothing_to_all():
    table = alpha_table().astype(int)
    assert (table[0], table[255]) == (0, 255)
    assert (np.diff(table) >= 0).all()
    assert 120 <= table[127] <= table[128] <= 136
