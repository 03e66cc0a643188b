import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.nets.noise import differences
from common.nets.still import LONGEST_S, MOST, SETTLED, Stillness

FRAME_S = 1 / 30


def room(seed=0):
    return np.random.default_rng(seed).integers(20, 220, (48, 64, 3), np.uint8)


def noisy(picture, sigma, rng):
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


class Film:
    """Stillness, and what was seen: all that was run."""

    def __init__(self):
        self._still, self._seen = Stillness(), None

    def forget(self):
        self._still.forget()

    def skips(self, picture, now):
        before, self._seen = self._seen, picture.copy()
        if before is None or not self._still.skips(float(differences(picture, before).max()), now):
            return False
        self._seen = before
        return True


def settled(picture, sigma=0.0, seed=1):
    """A room that has been still for so long that frames may be passed over, and the time."""
    still, rng = Film(), np.random.default_rng(seed)
    for number in range(SETTLED + 2):
        still.skips(noisy(picture, sigma, rng), number * FRAME_S)
    return still, (SETTLED + 2) * FRAME_S


@pytest.mark.parametrize("sigma", [0, 1, 2])
def test_a_still_room_is_mostly_passed_over_but_for_each_half_second(sigma):
    picture, rng = room(), np.random.default_rng(2)
    still, now = settled(picture, sigma)
    skipped = [still.skips(noisy(picture, sigma, rng), now + number * FRAME_S) for number in range(150)]
    assert sum(skipped) > 0.8 * 150
    longest = max(len(run) for run in "".join("s" if one else "r" for one in skipped).split("r"))
    assert longest * FRAME_S <= LONGEST_S


def test_nothing_is_passed_over_before_it_has_settled():
    picture, still = room(), Film()
    assert not any(still.skips(picture, number * FRAME_S) for number in range(SETTLED + 1))


def test_after_a_movement_it_has_to_settle_anew():
    picture = room()
    still, now = settled(picture)
    moved = picture.copy()
    moved[8:24, 8:24] = 255 - moved[8:24, 8:24]
    assert not still.skips(moved, now)
    assert not any(still.skips(moved, now + number * FRAME_S) for number in range(1, SETTLED))


def test_what_creeps_is_seen():
    """Each step alone is within the noise; together they are not."""
    picture = np.full((48, 64, 3), 100, np.uint8)
    still, now = settled(picture)
    ran = 0
    for step in range(1, 11):
        ran += not still.skips(picture + np.uint8(step // 2), now + step * 0.001)
    assert ran >= 3


def test_another_plate_is_not_passed_over():
    picture = room()
    still, now = settled(picture)
    still.forget()
    assert not still.skips(picture, now)


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 56), st.integers(1, 24), st.integers(-80, 80)),
        min_size=1,
        max_size=40,
    ),
    sigma=st.floats(0, 4),
    seed=st.integers(0, 99),
)
def test_a_mask_that_stands_is_never_of_another_picture(changes, sigma, seed):
    """Whatever moves, however noisy: the picture that it was made of differs in no block by more than MOST."""
    picture, rng = room(seed), np.random.default_rng(seed)
    still, now = settled(picture, sigma, seed)
    ran, ran_at = None, now
    for y, x, side, change in changes:
        part = picture[y : y + side, x : x + side]
        part[...] = np.clip(part.astype(int) + change, 0, 255)
        frame = noisy(picture, sigma, rng)
        now += FRAME_S
        if not still.skips(frame, now):
            ran, ran_at = frame, now
        elif ran is not None:
            assert differences(frame, ran).max() <= MOST
        assert now - ran_at < LONGEST_S + FRAME_S
