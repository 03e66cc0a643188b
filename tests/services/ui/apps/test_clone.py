"""Clone: pixels of the doubles, and how they come and go."""

import cv2
import numpy as np
import pytest

from common.messages import Accepted, LearnPlate, Plate, PlateHealth, PlateState
from services.ui.apps.app import By
from services.ui.apps.clone import Show
from services.ui.apps.learner import COUNT_S
from services.ui.fronts.front import Key
from services.ui.pairing import Sync
from tests.services.ui.apps.visit import WIDTH, put, red_pixels, shown, visit
from tests.services.ui.fakes import GOOD, alive, desk, frame, mask_of, plate


def test_the_double_is_the_mirrored_person():
    picture = shown("clone", setup=lambda made: put(made, Show.SHOWN))
    seen, alpha, _, _ = visit()
    mirrored, core = cv2.flip(seen, 1), cv2.flip(alpha, 1) == 255
    assert np.abs(picture.astype(int) - mirrored)[core].max() <= 3
    assert np.abs(picture.astype(int) - seen)[alpha == 255].max() <= 3


def test_the_double_has_no_halo():
    """On the plain red room a double without halo is the mirrored frame itself, soft border and all."""
    picture = shown("clone", setup=lambda made: put(made, Show.SHOWN))
    mirrored, soft = cv2.flip(visit()[0], 1), cv2.flip(visit()[1], 1) > 0
    assert np.abs(picture.astype(int) - mirrored)[soft].max() <= 4


@pytest.mark.parametrize("in_front", [True, False])
def test_who_stands_in_front_can_be_switched(in_front):
    seen, alpha, empty, _ = visit(left=130)
    made = desk(app="clone")
    made.app.show, made.app.in_front = Show.SHOWN, in_front
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    made.take(mask_of(one, alpha), 10.0)
    picture = made.app.compose(made.state.pairing.next(10.0), made.state).astype(int)
    both = (alpha == 255) & (cv2.flip(alpha, 1) == 255)
    assert both.sum() > 1000
    nearer = cv2.flip(seen, 1) if in_front else seen
    assert np.abs(picture - nearer)[both].max() <= 3


def test_a_delayed_double_shows_where_you_were():
    made = desk(app="clone")
    made.app.show = Show.SHOWN
    made.on(Key("t"), 9.0)
    _, _, empty, _ = visit()
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    for seq in range(10):
        seen, alpha, _, _ = visit(left=20 + 10 * seq)
        one = frame(seq, seen, capture_ns=round((10 + seq / 15) * 1e9))
        made.take(one, 10 + seq / 30)
        made.take(mask_of(one, alpha), 10 + seq / 30)
        picture = made.app.compose(made.state.pairing.next(10 + seq / 30), made.state)
    first = cv2.flip(visit(left=20)[1], 1) == 255
    assert not red_pixels(picture)[first].any()


def test_a_double_is_shown_where_nothing_waits_for_masks():
    seen, alpha, empty, _ = visit()
    made = desk(app="clone", sync=Sync.NEWEST)
    made.app.show = Show.SHOWN
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    before = frame(1, seen)
    made.take(before, 10.0)
    made.take(mask_of(before, alpha), 10.05)
    made.state.pairing.next(10.05)
    made.take(frame(2, seen.copy()), 10.1)
    view = made.state.pairing.next(10.1)
    assert not view.own
    assert not red_pixels(made.app.compose(view, made.state))[cv2.flip(alpha, 1) == 255].any()


def clone_of(frames):
    """Clone after frames at (second, left or None where it has no mask of its own, width); the last picture."""
    made = desk(app="clone")
    made.app.show = Show.SHOWN
    made.take(Plate("p1", visit()[2], "cam0", 30, "job", GOOD), 9.9)
    for seq, (second, left) in enumerate(frames):
        seen, alpha, _, _ = visit(left=20 if left is None else left)
        one = frame(seq, seen, capture_ns=round(second * 1e9))
        made.take(one, second)
        if left is not None:
            made.take(mask_of(one, alpha), second)
        view = made.state.pairing.next(second + 1) if left is None else made.state.pairing.next(second)
        picture = made.app.compose(view, made.state)
    return picture


def test_a_double_outlives_a_missing_mask_for_a_moment_only():
    double = cv2.flip(visit(left=20)[1], 1) == 255
    assert not red_pixels(clone_of([(10.0, 20), (10.3, None)]))[double].any()
    assert red_pixels(clone_of([(10.0, 20), (10.6, None)]))[double].all()


def test_more_doubles_stand_beside_the_first_and_it_stands_in_front():
    seen, alpha, empty, _ = visit()
    made = desk(app="clone")
    made.app.show = Show.SHOWN
    made.on(Key("d"), 9.0)
    made.on(Key("d"), 9.0)
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    made.take(mask_of(one, alpha), 10.0)
    picture = made.app.compose(made.state.pairing.next(10.0), made.state)
    mirrored = cv2.flip(alpha, 1) == 255
    assert made.app.doubles == 3
    for right in (0, -70, 70):
        there = np.zeros_like(mirrored)
        there[:, max(0, right) : WIDTH + right] = mirrored[:, max(0, -right) : WIDTH - right]
        assert not red_pixels(picture)[there].any()
    assert np.abs(picture.astype(int) - cv2.flip(seen, 1))[mirrored].max() <= 3


def test_clone_goes_round_learn_show_hide():
    sent = []
    made = desk(app="clone", sent=sent, answer=Accepted("second", ""))
    alive(made, 1.0)
    made.take(plate(job="first"), 1.0)
    made.press("clone", By.POINTER, 1.0)
    assert made.app.counting(made.state, 1.5)["clone"] == pytest.approx(0.5 / COUNT_S)
    made.turn(1.0 + COUNT_S)
    assert [type(ask.request) for ask in sent] == [LearnPlate] and sent[0].service == "segment"
    made.turn(5.0)
    assert made.app.show is Show.UNLEARNED
    made.take(plate(job="second"), 6.0)
    made.turn(6.0)
    assert made.app.show is Show.READY
    for expected in (Show.SHOWN, Show.READY, Show.SHOWN):
        made.press("clone", By.POINTER, 7.0)
        assert made.app.show is expected


def test_learning_that_never_ends_is_given_up():
    made = desk(app="clone")
    made.press("clone", By.POINTER, 1.0)
    made.turn(4.0)
    made.turn(30.0)
    assert made.app.counting(made.state, 30.0) == {}


@pytest.mark.parametrize(
    "found, joins", [(PlateState.OCCUPIED, True), (PlateState.LIGHT_CHANGED, True), (PlateState.MOVED, False)]
)
def test_the_next_press_is_told_of_before_a_plate_that_still_does(found, joins):
    made = desk(app="clone")
    made.app.show = Show.READY
    alive(made, 1.0)
    made.take(plate(health=PlateHealth(found, "Something is wrong. Press Bkg.")), 1.0)
    assert ("joins" in made.app.guide(made.state, 1.0).words) == joins
