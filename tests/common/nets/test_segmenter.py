import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import UserError
from common.nets.calm import Calm
from common.nets.lookout import LONGEST_S
from common.nets.segmenter import Segmenter, alpha_table
from common.nets.still import Stillness
from common.nets.view import close_sizes, net_size, smaller_whole
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


def small_figure():
    """Somebody far away in a large room: plate, frame and mask."""
    plate, frame, mask = drawn()
    room = cv2.resize(plate, (1280, 960))
    far, truth = room.copy(), np.zeros(room.shape[:2], np.uint8)
    body = cv2.resize(frame, (320, 240))
    cut = cv2.resize(mask, (320, 240))
    far[500:740, 300:620] = np.where(cut[..., None] >= 128, body, far[500:740, 300:620])
    truth[500:740, 300:620] = cut
    return room, far, truth


def test_who_is_far_away_is_looked_at_closer():
    plate, frame, mask = small_figure()
    found = []
    for closer in (False, True):
        segmenter_ = Segmenter(Weights.shipped())
        segmenter_.closer = closer
        segmenter_.set_plate(plate)
        found.append(iou(segmenter_.alpha(frame) >= 128, mask >= 128))
    assert found[1] > found[0] + 0.01
    assert found[1] > 0.93


def close_film(plate):
    live = film(Segmenter(Weights.shipped()), plate)
    live.look_closer()
    return live


def test_a_film_is_looked_at_closer_and_what_comes_in_elsewhere_is_in_the_very_mask():
    plate, frame, mask = small_figure()
    live = close_film(plate)
    for _ in range(3):
        alone = live.alpha(frame)
        live.between_frames()
    assert iou(alone >= 128, mask >= 128) > 0.93
    two = frame.copy()
    two[500:740, 900:1220] = np.where(mask[500:740, 300:620, None] >= 128, frame[500:740, 300:620], 0)
    two[500:740, 900:1220][mask[500:740, 300:620] < 128] = plate[500:740, 900:1220][mask[500:740, 300:620] < 128]
    both = np.maximum(mask, np.roll(mask, 600, axis=1))
    assert iou(live.alpha(two) >= 128, both >= 128) > 0.8


def test_a_walk_is_masked_as_well_closer_as_whole():
    plate, frame, mask = drawn(4)
    close, whole_ = close_film(plate), film(Segmenter(Weights.shipped()), plate)
    found = {close: [], whole_: []}
    for step in range(-150, 151, 30):
        moved, truth = plate.copy(), np.roll(mask, step, axis=1)
        moved[truth >= 128] = np.roll(frame, step, axis=1)[truth >= 128]
        for one, values in found.items():
            values.append(iou(one.alpha(moved) >= 128, truth >= 128))
            one.between_frames()
    assert np.mean(found[close]) > np.mean(found[whole_]) - 0.005


def test_another_plate_is_made_ready_beside_the_masks_by_the_same_network(monkeypatch):
    plate, frame, mask = drawn()
    live = close_film(plate)
    for _ in range(2):
        live.alpha(frame)
        live.between_frames()
    monkeypatch.setattr("common.nets.engine_openvino.Models.__init__", lambda *_: pytest.fail("compiled again"))
    other_plate, other_frame, other_mask = drawn(3)
    with ThreadPoolExecutor(1) as aside:
        made = [aside.submit(live.with_plate, other_plate) for _ in range(3)]
        while not all(one.done() for one in made):
            live.between_frames()
            assert iou(live.alpha(frame) >= 128, mask >= 128) > 0.9
    other = made[0].result()
    assert iou(other.alpha(other_frame) >= 128, other_mask >= 128) > 0.9
    assert iou(live.alpha(frame) >= 128, mask >= 128) > 0.9
    assert other.calm is not live.calm
    assert other.still is not live.still


def test_a_plate_of_another_size_is_made_ready_beside_the_masks():
    plate, frame, mask = drawn()
    live = close_film(plate)
    live.alpha(plate)
    other = live.with_plate(cv2.resize(plate, (1280, 720)))
    for _ in range(3):
        masked = live.alpha(frame)
        live.between_frames()
    assert not live._looks.lookout.view.whole
    assert iou(masked >= 128, mask >= 128) > 0.9
    other.look_closer()
    own = {(size[1], size[0], 3) for size in [net_size(1280, 720), *close_sizes((1280, 720))]}
    assert set(live._engine._models) == own, "the sizes of the plate before are kept for ever"


def test_a_network_without_a_plate_gets_one():
    fresh = Segmenter(Weights.shipped())
    fresh.calm = Calm()
    plate, frame, mask = drawn()
    made = fresh.with_plate(plate)
    assert iou(made.alpha(frame) >= 128, mask >= 128) > 0.9
    with pytest.raises(ValueError, match="no plate"):
        fresh.alpha(frame)


def test_looking_around_costs_no_more_than_a_close_view_and_misses_nobody(monkeypatch):
    plate, frame, _ = small_figure()
    now = [0.0]
    monkeypatch.setattr("common.nets.segmenter.time.monotonic", lambda: now[0])
    live = close_film(plate)
    for _ in range(2):
        live.alpha(frame)
        live.between_frames()
    shown = []
    logits = live._engine.logits
    monkeypatch.setattr(live._engine, "logits", lambda lit, kept: shown.append(lit.shape) or logits(lit, kept))
    before, now[0] = live._looks.lookout.view, LONGEST_S
    live.between_frames()
    width, height = smaller_whole((plate.shape[1], plate.shape[0])).size
    assert shown == [(height, width, 3)]
    assert live._looks.lookout.view == before
    assert not live._looks.lookout.due(now[0])


def test_the_setting_keeps_it_from_looking_closer():
    plate, frame, _ = small_figure()
    live = film(Segmenter(Weights.shipped()), plate)
    live.closer = False
    live.look_closer()
    stages = []
    live.timed = lambda stage: nullcontext(stages.append(stage))
    live.alpha(frame)
    live.between_frames()
    assert stages == ["glance", "light", "network", "calm", "enlarge"]
    assert live._looks.lookout.view.whole


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


def test_the_table_rises_from_nothing_to_all():
    table = alpha_table().astype(int)
    assert (table[0], table[255]) == (0, 255)
    assert (np.diff(table) >= 0).all()
    assert 120 <= table[127] <= table[128] <= 136
