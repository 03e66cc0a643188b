"""Pressing by palm: properties over thousands of tracks."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ui.touch import Feel, Sighting, Target, Touch

BKG = Target("bkg", 96, 216, 38.4, dwell_s=0.8)
EXT = Target("ext", 544, 72, 38.4, dwell_s=0.8, confirm=True)
STEP = 1 / 12
AWAY = (320.0, 400.0)
ON = (BKG.x, BKG.y)


def play(touch: Touch, points: list[tuple[float, float] | None], start: float = 10.0) -> list[float]:
    """Presses' times of a track that is seen twelve times a second; None is a sighting without the palm."""
    pressed = []
    for number, point in enumerate(points):
        now = start + number * STEP
        sighting = Sighting((point,) if point is not None else (), 1)
        pressed += [now for _ in touch.see(sighting, [BKG, EXT], now)]
    return pressed


def settled() -> Touch:
    """Somebody has been in the picture for a while."""
    touch = Touch(Feel())
    play(touch, [AWAY] * 12, start=0.0)
    return touch


offsets = st.tuples(st.floats(0, 1), st.floats(0, 2 * math.pi))


def near(offset: tuple[float, float], reach: float) -> tuple[float, float]:
    """A point within `reach` radii of Bkg."""
    away, turn = reach * BKG.radius * offset[0], offset[1]
    return BKG.x + away * math.cos(turn), BKG.y + away * math.sin(turn)


@given(st.lists(offsets, min_size=16, max_size=60))
def test_a_palm_that_stays_presses_once(track):
    pressed = play(settled(), [near(offset, 0.95) for offset in track])
    assert len(pressed) == 1
    assert 0.8 <= pressed[0] - 10.0 <= 0.8 + 5 * STEP


@given(st.lists(offsets, min_size=4, max_size=40))
def test_shaking_up_to_the_leave_radius_does_not_let_go(track):
    steady = [ON] * 4
    assert len(play(settled(), steady + [near(offset, 1.29) for offset in track] + [ON] * 12)) == 1


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.integers(4, 30))
def test_passing_shorter_than_the_dwell_never_presses(stays, apart):
    track = [point for stay in stays for point in [ON] * stay + [AWAY] * apart]
    assert play(settled(), track) == []


@settings(max_examples=300)
@given(st.lists(st.booleans(), min_size=20, max_size=120))
def test_a_flickering_palm_never_presses_twice_without_leaving(seen):
    """It is seen again at least every half second, so it never left."""
    track, dark = [], 0
    for on in seen:
        dark = 0 if on else dark + 1
        track.append(ON if on or dark > 5 else None)
        dark = 0 if track[-1] is not None else dark
    assert len(play(settled(), track)) <= 1


@given(st.floats(1.31, 8), st.floats(0, 2 * math.pi), st.integers(10, 60))
def test_what_is_outside_never_presses(reach, turn, count):
    away = (BKG.x + reach * BKG.radius * math.cos(turn), BKG.y + reach * BKG.radius * math.sin(turn))
    assert play(settled(), [away] * count) == []


def test_it_arms_again_after_leaving():
    track = [ON] * 14 + [AWAY] * 9 + [ON] * 14
    assert len(play(settled(), track)) == 2


def test_without_leaving_it_stays_pressed():
    assert len(play(settled(), [ON] * 200)) == 1


def test_nobody_presses_in_the_moment_after_appearing():
    newcomer = Touch(Feel(newcomer_s=2.0))
    pressed = play(newcomer, [ON] * 60)
    assert len(pressed) == 1
    assert pressed[0] - 10.0 >= 2.0 + 0.8


def test_an_ending_button_asks_once_more():
    touch = settled()
    on_ext, away = [(EXT.x, EXT.y)] * 14, [AWAY] * 9
    assert play(touch, on_ext + away) == []
    assert touch.asking(10.0 + 22 * STEP) == ("ext",)
    assert len(play(touch, on_ext, start=10.0 + 23 * STEP)) == 1
    assert touch.asking(20.0) == ()


def test_the_question_is_forgotten_after_its_time():
    touch = settled()
    on_ext = [(EXT.x, EXT.y)] * 14
    play(touch, on_ext)
    assert play(touch, on_ext, start=30.0) == []


def test_the_ring_fills_and_empties():
    touch = settled()
    play(touch, [ON] * 8)
    now = 10.0 + 7 * STEP
    assert 0.2 < touch.progress([BKG], now)["bkg"] < 0.6
    touch.lose(now + 1.0)
    assert touch.progress([BKG], now + 1.0)["bkg"] == 0.0
