"""What the pointer and the palms are on."""

import pytest

from services.ui.apps.studio import BKG, EXT
from services.ui.draw.buttons import centre
from services.ui.draw.row import tabs
from services.ui.hands import Board, Hands
from services.ui.touch import Feel, Target, Touch

SIZE = (480, 640)
ROW = tabs((("studio", "Studio"), ("mask", "Mask")), 640, 480)
MASK = ROW[1]
AIM = Target(BKG.id, *centre(BKG, 640, 480), dwell_s=0.4)
BOARD = Board((BKG, EXT), ROW, "app:studio", [AIM], SIZE)


@pytest.fixture
def hands():
    return Hands(Touch(Feel()))


def test_the_pointer_is_on_one_thing_until_it_leaves(hands):
    hands.point((AIM.x, AIM.y))
    assert hands.under_pointer(BOARD) == [BKG.id]
    assert [button.id for button, look in hands.looks(BOARD, {}, 1.0) if look.hover] == [BKG.id]
    hands.point(MASK.centre)
    assert hands.under_pointer(BOARD) == [MASK.id] and hands.on(MASK.box)
    assert hands.row_look(BOARD, 1.0).hover == MASK.id
    hands.point(None)
    assert hands.under_pointer(BOARD) == [] and not hands.on(MASK.box) and not hands.on(None)


def test_a_palm_that_rests_fills_the_ring_and_presses(hands):
    filled, pressed = [], []
    for number in range(20):
        now = 2.0 + number / 15
        pressed += hands.see(((AIM.x, AIM.y),), 1, BOARD, now)
        look = hands.looks(BOARD, {}, now)[0][1]
        filled.append(look.dwell)
    assert pressed == [BKG.id] and 0 < max(filled) <= 1 and look.touched and hands.palms(now)


def test_a_tab_knows_that_a_palm_lies_on_it(hands):
    hands.see((MASK.centre,), 1, BOARD, 2.0)
    assert list(hands.row_look(BOARD, 2.0).touched) == [MASK.id]


def test_what_was_pressed_lights_up_for_a_moment(hands):
    hands.flash(BKG.id, 5.0)
    pressed, other = (look.pressed_s for _, look in hands.looks(BOARD, {}, 5.1))
    assert pressed == pytest.approx(0.1) and other > pressed


def test_a_countdown_stands_on_its_button(hands):
    assert [look.counting for _, look in hands.looks(BOARD, {BKG.id: 0.3}, 1.0)] == [0.3, None]
