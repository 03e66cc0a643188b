"""A mask is laid on its own frame, and time never runs backwards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.ui.pairing import RING, Pairing, Sync
from tests.services.ui.fakes import frame, mask_of

SMALL = np.zeros((4, 6, 3), np.uint8)


def small(seq, session="s"):
    return frame(seq, SMALL.copy(), session)


def small_mask(of):
    return mask_of(of, np.zeros((4, 6), np.uint8))


def test_exact_waits_for_the_mask():
    pairing = Pairing(Sync.EXACT, hold_s=0.12)
    first, second = small(1), small(2)
    pairing.add_mask(small_mask(small(0)), 0.0)
    pairing.add_frame(first, 0.0)
    assert pairing.next(0.01) is None
    pairing.add_frame(second, 0.03)
    mask = small_mask(first)
    pairing.add_mask(mask, 0.05)
    view = pairing.next(0.05)
    assert view is not None and view.frame is first and view.mask is mask and view.own


def test_exact_gives_up_after_the_limit():
    pairing = Pairing(Sync.EXACT, hold_s=0.12)
    pairing.add_mask(small_mask(small(0)), 0.0)
    pairing.add_frame(small(1), 0.0)
    assert pairing.next(0.11) is None
    view = pairing.next(0.13)
    assert view is not None and view.mask is None and not view.own


def test_exact_stops_waiting_for_masks_that_take_longer_and_starts_again():
    pairing = Pairing(Sync.EXACT, hold_s=0.12)
    frames = [small(seq) for seq in range(8)]
    for seq in range(6):
        pairing.add_frame(frames[seq], seq * 0.05)
    late = small_mask(frames[0])
    pairing.next(0.26)
    pairing.add_mask(late, 0.26)
    view = pairing.next(0.26)
    assert pairing.late(0.26) and (view is None or (view.mask is late and not view.own))
    pairing.add_frame(frames[6], 0.3)
    view = pairing.next(0.3)
    assert view is not None and view.frame is frames[6] and view.mask is late and not view.own
    pairing.add_mask(small_mask(frames[6]), 0.35)
    assert not pairing.late(0.35)
    pairing.add_frame(frames[7], 0.36)
    assert pairing.next(0.37) is None


def test_without_masks_nothing_waits():
    pairing = Pairing(Sync.EXACT, hold_s=0.12)
    pairing.add_frame(small(1), 0.0)
    view = pairing.next(0.0)
    assert view is not None and view.mask is None


def test_newest_takes_the_mask_at_hand():
    pairing = Pairing(Sync.NEWEST, hold_s=0.12)
    old, new = small(1), small(2)
    mask = small_mask(old)
    pairing.add_frame(old, 0.0)
    pairing.add_frame(new, 0.03)
    pairing.add_mask(mask, 0.04)
    view = pairing.next(0.04)
    assert view is not None and view.frame is new and view.mask is mask and not view.own


def test_a_mask_of_another_session_never_pairs():
    pairing = Pairing(Sync.EXACT, hold_s=0.12)
    pairing.add_frame(small(7, "after the restart"), 0.0)
    pairing.add_mask(small_mask(small(7, "before the restart")), 0.01)
    assert pairing.next(0.02) is None


def test_a_mask_of_another_size_never_pairs():
    pairing = Pairing(Sync.EXACT, hold_s=0.12)
    shown = small(1)
    pairing.add_frame(shown, 0.0)
    pairing.add_mask(replace(small_mask(shown), alpha=np.zeros((9, 9), np.uint8)), 0.01)
    assert pairing.next(0.02) is None


@pytest.mark.parametrize("sync", list(Sync))
def test_only_pairs_never_shows_a_bare_frame(sync):
    pairing = Pairing(sync, hold_s=0.12)
    for seq in range(100):
        pairing.add_frame(small(seq), seq / 30)
        assert pairing.next(seq / 30 + 0.01, only_pairs=True) is None


def test_the_ring_is_bounded():
    pairing = Pairing(Sync.EXACT, hold_s=10)
    pairing.add_mask(small_mask(small(0)), 0.0)
    frames = [small(seq) for seq in range(1, 3 * RING)]
    for shown in frames:
        pairing.add_frame(shown, 0.0)
    pairing.add_mask(small_mask(frames[0]), 0.0)
    assert pairing.next(0.0) is None


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.floats(0, 0.2)), max_size=60),
    st.sampled_from(list(Sync)),
    st.booleans(),
)
def test_whatever_comes_when_masks_fit_and_time_goes_forward(steps, sync, only_pairs):
    pairing, now, shown, frames = Pairing(sync, 0.12), 0.0, -1, []
    for is_mask, back, wait in steps:
        now += wait
        if is_mask and len(frames) > back:
            pairing.add_mask(small_mask(frames[-1 - back]), now)
        else:
            frames.append(small(len(frames)))
            pairing.add_frame(frames[-1], now)
        view = pairing.next(now, only_pairs)
        if view is not None:
            assert view.frame.key.seq > shown
            shown = view.frame.key.seq
            assert view.own == (view.mask is not None and view.mask.key == view.frame.key)
            assert sync is Sync.NEWEST or view.mask is None or view.own or pairing.late(now)
            assert not only_pairs or view.own
