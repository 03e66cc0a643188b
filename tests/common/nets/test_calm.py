"""What is still is held, what moves is followed, and nothing stays that is not true."""

import numpy as np
import pytest

from common.nets.calm import Calm, seen_as
from common.nets.segmenter import Segmenter
from common.nets.view import EVERYTHING, Box
from common.scores import iou
from common.weights import Weights
from tests.drawings import drawn

SHAPE = (96, 128)
OUT, IN = -8.0, 8.0


def wall(level: int = 120) -> np.ndarray:
    return np.full((*SHAPE, 3), level, np.uint8)


def logits(value: float) -> np.ndarray:
    return np.full(SHAPE, value, np.float32)


def with_block(left: int) -> tuple[np.ndarray, np.ndarray]:
    """A dark block before the wall, and what a network that is right says to it."""
    picture, said = wall(), logits(OUT)
    picture[20:80, left : left + 40] = 30
    said[20:80, left : left + 40] = IN
    return picture, said


def grainy(picture: np.ndarray, rng: np.random.Generator, sigma: float) -> np.ndarray:
    return np.clip(np.rint(picture + rng.normal(0, sigma, picture.shape)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [0, 2, 5])  # 5 is 10 in a camera's picture twice as large
def test_what_shimmers_before_a_still_picture_is_held(sigma: float) -> None:
    rng, calm = np.random.default_rng(1), Calm()
    steps, raw = [], []
    before = doubt_before = None
    for _ in range(60):
        doubt = rng.normal(0, 2, SHAPE).astype(np.float32)
        held = calm.hold(grainy(wall(), rng, sigma), doubt).copy()
        if before is not None:
            steps.append(np.abs(held - before).mean())
            raw.append(np.abs(doubt - doubt_before).mean())
        before, doubt_before = held, doubt
    assert np.mean(steps[20:]) < 0.15 * np.mean(raw)


def test_what_moves_is_followed_at_once_and_leaves_nothing_behind() -> None:
    calm = Calm()
    for left in range(0, 80, 9):
        picture, said = with_block(left)
        held = calm.hold(picture, said)
        assert iou(held > 0, said > 0) > 0.99


def test_what_creeps_is_followed() -> None:
    calm = Calm()
    for step in range(120):
        picture = wall().astype(np.float32)
        edge = 20 + 0.3 * step
        picture[:, : int(edge)] = 60
        picture[:, int(edge)] += (60 - 120) * (edge % 1)
        said = logits(OUT)
        said[:, : round(edge)] = IN
        held = calm.hold(picture.astype(np.uint8), said)
        assert abs(int((held[48] > 0).sum()) - round(edge)) <= 2


def test_a_wrong_judgement_of_a_still_place_is_put_right_within_a_second() -> None:
    calm = Calm()
    calm.hold(wall(), logits(OUT))
    for _ in range(30):
        held = calm.hold(wall(), logits(IN))
    assert held.min() > 0.9 * IN


def test_nothing_is_left_of_a_rounding() -> None:
    calm = Calm()
    calm.hold(wall(), logits(0))
    for _ in range(300):
        held = calm.hold(wall(), logits(0.01))
    assert held == pytest.approx(0.01, abs=1e-3)


def test_a_jump_of_light_takes_in_the_present() -> None:
    calm = Calm()
    calm.hold(wall(120), logits(OUT))
    assert calm.hold(wall(130), logits(IN)).min() == pytest.approx(IN, rel=1e-3)


def test_frames_that_were_dropped_do_not_matter() -> None:
    calm = Calm()
    for left in (0, 80, 4, 60):
        picture, said = with_block(left)
        for _ in range(4):
            held = calm.hold(picture, said)
        assert iou(held > 0, said > 0) > 0.99


def test_what_was_forgotten_is_not_held() -> None:
    calm = Calm()
    calm.hold(wall(), logits(OUT))
    calm.forget()
    assert (calm.hold(wall(), logits(IN)) == IN).all()


def test_another_size_begins_anew() -> None:
    calm = Calm()
    calm.hold(wall(), logits(OUT))
    assert (calm.hold(wall()[:48], logits(IN)[:48]) == IN).all()


def test_the_given_logits_are_not_kept_nor_changed() -> None:
    calm, given = Calm(), logits(OUT)
    calm.hold(wall(), given)
    given[:] = IN
    assert calm.hold(wall(), logits(OUT)) == pytest.approx(OUT, rel=1e-3)
    given[:] = OUT
    calm.hold(wall(200), given)
    assert (given == OUT).all()


def test_the_segmenter_forgets_with_the_plate() -> None:
    plate, frame, mask = drawn()
    segmenter = Segmenter(Weights.shipped())
    segmenter.calm = Calm()
    segmenter.set_plate(plate)
    segmenter.alpha(frame)
    segmenter.set_plate(frame)
    alone = Segmenter(Weights.shipped())
    alone.set_plate(frame)
    assert (segmenter.alpha(frame) == alone.alpha(frame)).all()
    segmenter.set_plate(plate)
    assert iou(segmenter.alpha(frame) >= 128, mask >= 128) > 0.9
    assert (segmenter.alpha(plate) >= 128).mean() < 0.001


RIGHT = Box(0.5, 0, 1, 1)


def test_values_of_a_part_are_seen_in_the_whole_where_they_belong() -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert np.array_equal(seen_as(values, RIGHT, EVERYTHING, (6, 2)), np.hstack([np.full((2, 3), -8), values]))
    assert np.array_equal(seen_as(np.tile(values, 2), EVERYTHING, RIGHT, (3, 2)), values)
    larger = seen_as(values, RIGHT, Box(0.5, 0, 1, 0.5), (6, 2))
    assert larger[0, 2:4] == pytest.approx([0.75, 1.25])
    assert larger[0, 0] == pytest.approx(0)


def test_what_was_held_goes_on_in_another_view() -> None:
    picture, said = with_block(60)
    calm = Calm()
    for _ in range(3):
        calm.hold(picture, said)
    # of the block's still middle the next view says nothing; a tenth of that is taken in
    held = calm.hold(picture, np.full((96, 64), OUT, np.float32), RIGHT)
    assert held.shape == (96, 64)
    assert held[50, 10] == pytest.approx(0.9 * IN + 0.1 * OUT, abs=0.01)
    assert calm.hold(picture, said)[50, 20] == pytest.approx(OUT + 0.1 * (said[50, 20] - OUT), abs=0.01)


def test_what_no_view_showed_is_taken_at_once_and_the_rest_is_held() -> None:
    calm = Calm()
    for _ in range(3):
        calm.hold(wall(), np.full((96, 64), OUT, np.float32), RIGHT)
    held = calm.hold(wall(), logits(IN))
    assert held[:, :64] == pytest.approx(IN, rel=1e-3)
    assert held[:, 64:] == pytest.approx(0.9 * OUT + 0.1 * IN, abs=0.01)
