import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.nets.lookout import FOUND, LONGEST_S, MOST, STEADY, Lookout, found
from common.nets.noise import differences
from common.nets.view import EVERYTHING, Box, close_sizes, part_of, whole

WEBCAM = (640, 480)
SHAPE = (288, 384)
OUT, IN = -8.0, 8.0


def room(seed=0):
    return np.random.default_rng(seed).integers(20, 220, (*SHAPE, 3), np.uint8)


WHOLE = whole(WEBCAM)


def said_of(box, view=WHOLE):
    """What a network that is right says to a view, where this box is somebody."""
    across, down = view.size
    logits = np.full((down, across), OUT, np.float32)
    if box is not None:
        left, right = (round((x - view.box.left) / view.box.width * across) for x in (box.left, box.right))
        top, bottom = (round((y - view.box.top) / view.box.height * down) for y in (box.top, box.bottom))
        logits[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = IN
    return logits


def next_view(lookout, picture):
    return lookout.next(lookout.apart(picture))


def watching(box, picture):
    """A lookout that has seen somebody in the box."""
    lookout = Lookout(WEBCAM)
    lookout.sizes = close_sizes(WEBCAM)
    lookout.looked(next_view(lookout, picture), picture, said_of(box), 0)
    return lookout


STANDING = Box(0.4, 0.2, 0.6, 1)


def test_the_whole_is_shown_first_and_then_the_part_where_somebody_is():
    lookout = watching(STANDING, room())
    view = next_view(lookout, room())
    assert not view.whole
    assert view.box.holds(STANDING)


def test_without_sizes_it_is_always_the_whole():
    lookout = Lookout(WEBCAM)
    for _ in range(3):
        lookout.looked(next_view(lookout, room()), room(), said_of(STANDING), 0)
        assert next_view(lookout, room()).whole


def test_where_nobody_is_a_part_will_do_and_who_comes_in_brings_back_the_whole():
    lookout, picture = watching(None, room()), room()
    assert not next_view(lookout, picture).whole
    picture[100:, :30] = 0
    assert next_view(lookout, picture).whole


def test_a_change_elsewhere_brings_back_the_whole_at_once():
    lookout, picture = watching(STANDING, room()), room()
    picture[40:56, 20:36] = 255 - picture[40:56, 20:36]
    assert next_view(lookout, picture).whole


def test_a_view_moves_on_to_what_stirs_beside_it_and_a_far_thing_does_not_widen_it():
    lookout, picture = watching(STANDING, room()), room()
    first = next_view(lookout, picture)
    for place, follows in ((Box(0.78, 0.4, 0.84, 0.5), True), (Box(0.0, 0.1, 0.05, 0.2), False)):
        stirred = part_of(place, SHAPE)
        picture[stirred] = 255 - picture[stirred]
        view = next_view(lookout, picture)
        assert view.whole
        lookout.looked(view, picture, said_of(STANDING), 0)
        assert lookout.view.size == first.size
        assert lookout.view.box.holds(STANDING)
        assert lookout.view.box.holds(place) == follows


def test_what_moves_within_the_view_does_not():
    lookout, picture = watching(STANDING, room()), room()
    picture[100:200, 180:220] = 255 - picture[100:200, 180:220]
    assert not next_view(lookout, picture).whole


def test_what_creeps_elsewhere_is_seen():
    lookout, picture = watching(STANDING, room()), room().astype(np.float32)
    ran = 0
    for _ in range(20):
        picture[40:80, 20:60] += 1
        shown = picture.astype(np.uint8)
        view = next_view(lookout, shown)
        ran += view.whole
        lookout.looked(view, shown, said_of(STANDING, view), 0)
    assert 2 <= ran <= 5


def test_a_view_stays_while_somebody_moves_a_little_and_follows_who_walks():
    lookout = watching(STANDING, room())
    first = next_view(lookout, room())
    assert next_view(lookout, room()) == first
    for step in range(1, 4):
        box = Box(STANDING.left + 0.01 * step, 0.2, STANDING.right + 0.01 * step, 1)
        lookout.looked(WHOLE, room(), said_of(box), 0)
        assert lookout.view == first
    walked = Box(0.1, 0.2, 0.3, 1)
    lookout.looked(WHOLE, room(), said_of(walked), 0)
    assert lookout.view != first
    assert lookout.view.box.holds(walked)


def test_somebody_who_goes_far_away_is_shown_larger_once_he_stays_there():
    lookout, far = watching(STANDING, room()), Box(0.48, 0.4, 0.56, 0.7)
    zooms = []
    for _ in range(STEADY + 1):
        lookout.looked(lookout.view, room(), said_of(far, lookout.view), 0)
        zooms.append(lookout.view.zoom)
    assert zooms[0] == pytest.approx(1)
    assert zooms[-1] > 1.5


def test_several_who_stay_small_are_shown_larger_in_a_broader_view_until_one_leaves_it():
    lookout, several = watching(Box(0.05, 0.3, 0.95, 0.7), room()), Box(0.05, 0.3, 0.95, 0.7)
    assert lookout.view.whole
    for _ in range(STEADY):
        lookout.looked(lookout.view, room(), said_of(several, lookout.view), 0)
    assert not lookout.view.whole
    assert lookout.view.zoom > 1.3
    assert lookout.view.box.holds(several)
    lookout.looked(lookout.view, room(), said_of(Box(0.05, 0.3, 0.95, 0.99), lookout.view), 0)
    assert lookout.view.whole


@pytest.mark.parametrize("left", [Box(0.2, 0.2, 0.4, 0.8), None])
def test_a_dear_view_is_not_kept_where_a_cheap_one_will_do(left):
    lookout = watching(Box(0.14, 0.14, 0.86, 0.86), room())
    for _ in range(STEADY):
        lookout.looked(lookout.view, room(), said_of(Box(0.15, 0.15, 0.85, 0.85), lookout.view), 0)
    assert lookout.view.dear
    assert not lookout.view.whole
    for _ in range(STEADY + 1):
        lookout.looked(lookout.view, room(), said_of(left, lookout.view), 0)
    assert not lookout.view.dear
    assert left is None or lookout.view.box.holds(left)


def test_who_leaves_is_waited_for_where_he_was():
    lookout = watching(STANDING, room())
    before = lookout.view
    lookout.looked(before, room(), said_of(None, before), 0)
    assert next_view(lookout, room()) == before


def test_the_whole_is_due_a_second_after_it_was_seen_last():
    lookout = watching(STANDING, room())
    assert not lookout.due(LONGEST_S / 2)
    lookout.looked(lookout.view, room(), said_of(STANDING, lookout.view), LONGEST_S / 2)
    assert lookout.due(LONGEST_S)
    lookout.looked(WHOLE, room(), said_of(STANDING), LONGEST_S)
    assert not lookout.due(1.5 * LONGEST_S)


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 280), st.integers(0, 376), st.integers(4, 60), st.integers(-90, 90)), max_size=30
    ),
    sigma=st.floats(0, 6),
    seed=st.integers(0, 99),
)
def test_nothing_changes_unseen(changes, sigma, seed):
    """Whatever moves, however noisy: no block looks otherwise, by more than MOST, than the network last saw it."""
    rng, picture = np.random.default_rng(seed), room(seed)
    seen, lookout = picture.copy(), watching(STANDING, picture)
    for y, x, side, change in changes:
        part = picture[y : y + side, x : x + side]
        part[...] = np.clip(part.astype(int) + change, 0, 255)
        small = np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)
        view = next_view(lookout, small)
        within = part_of(view.box, small.shape, math.floor, math.ceil)
        seen[within] = small[within]
        assert differences(small, seen).max() <= MOST
        lookout.looked(view, small, said_of(STANDING, view), 0)


def test_what_is_found_is_told_as_shares_of_the_frame():
    logits = np.full((100, 200), FOUND - 1, np.float32)
    assert found(EVERYTHING, logits) is None
    logits[10:20, 50:150] = FOUND + 1
    assert found(EVERYTHING, logits) == Box(0.25, 0.1, 0.75, 0.2)
    part = found(Box(0.5, 0.5, 1, 1), logits)
    assert (part.left, part.top, part.right, part.bottom) == pytest.approx((0.625, 0.55, 0.875, 0.6))
