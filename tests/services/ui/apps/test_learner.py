"""Learning the room without recording: a count that belongs to the app on show."""

import pytest

from common.control import ControlTimeoutError
from common.messages import Accepted, LearnPlate, PlateHealth, PlateState, Refused
from services.ui.actions import Ask
from services.ui.apps.learner import COUNT_S
from services.ui.fronts.front import Key
from tests.services.ui.fakes import alive, desk, frame, plate


def turned(made, start, seconds):
    for number in range(round(seconds * 20)):
        made.turn(start + number / 20)


@pytest.fixture
def sent():
    return []


APPS = pytest.mark.parametrize("app, key, word", [("mask", "b", "Bkg"), ("clone", "c", "Clone")], ids=["mask", "clone"])
OCCUPIED = PlateHealth(PlateState.OCCUPIED, "Somebody stands in the picture: step out.")


@pytest.fixture(params=[("mask", "b"), ("clone", "c")], ids=["mask", "clone"])
def made(request, sent):
    """A desk whose app began to count at 1 s."""
    app, key = request.param
    made = desk(app=app, sent=sent)
    made.take(frame(1), 1.0)
    made.on(Key(key), 1.0)
    return made


def learning(app, key, sent, answer):
    """A desk with a plate whose app asked segment for another at 1 s + COUNT_S; a turn later it has the answer."""
    made = desk(app=app, sent=sent, answer=answer)
    alive(made, 1.0)
    made.take(plate(job="first"), 1.0)
    made.on(Key(key), 1.0)
    turned(made, 1.0, COUNT_S + 0.2)
    return made


def said(made, now):
    return [toast.sentence.words for toast in made.toasts(now)]


def test_the_room_is_learned_when_the_count_is_over(made, sent):
    turned(made, 1.0, COUNT_S - 0.2)
    assert sent == []
    turned(made, 1.0 + COUNT_S - 0.2, 0.5)
    assert [type(ask.request) for ask in sent] == [LearnPlate] and sent[0] == Ask("segment", sent[0].request)


def test_a_count_left_for_another_app_is_not_over_when_one_comes_back(made, sent):
    """Else whoever switches back stands in the plate."""
    app = made.app.name
    turned(made, 1.0, 1.0)
    made.switch("studio")
    turned(made, 2.0, 8.0)
    made.switch(app)
    turned(made, 10.0, 5.0)
    assert sent == []
    assert made.app.counting(made.state, 15.0) == {}


@APPS
def test_somebody_in_the_plate_is_told_at_once_and_the_second_time_insisted_on(app, key, word, sent):
    made = learning(app, key, sent, Accepted("second", ""))
    assert made.app.counting(made.state, 5.0) and not sent[0].request.insist
    # the plate in use follows at once, as after every refusal
    made.take(plate(health=OCCUPIED, job="second", frames=0), 6.0)
    made.take(plate(job="first"), 6.0)
    made.turn(6.0)
    assert made.app.counting(made.state, 6.0) == {}
    assert said(made, 6.0) == [f"{OCCUPIED.words} Then press {word} again: the second time it is kept as it is."]
    made.on(Key(key), 10.0)
    turned(made, 10.0, COUNT_S + 0.2)
    assert sent[1].request.insist


@APPS
def test_one_who_comes_back_later_is_asked_to_step_out_anew(app, key, word, sent):
    made = learning(app, key, sent, Accepted("second", ""))
    made.take(plate(health=OCCUPIED, job="second", frames=0), 6.0)
    made.turn(6.0)
    made.on(Key(key), 60.0)
    turned(made, 60.0, COUNT_S + 0.2)
    assert not sent[1].request.insist


@APPS
@pytest.mark.parametrize(
    "answer", [Refused("A plate is being learned already."), ControlTimeoutError("segment did not answer.")]
)
def test_what_segment_will_not_do_ends_the_waiting_at_once(app, key, word, sent, answer):
    made = learning(app, key, sent, answer)
    assert made.app.counting(made.state, 5.0) == {}
    assert said(made, 5.0) == [getattr(answer, "words", "") or answer.message]


@APPS
def test_the_same_plate_learned_again_is_learned(app, key, word, sent):
    """As from a still picture: its id is that of its pixels."""
    made = learning(app, key, sent, Accepted("second", ""))
    made.take(plate(job="second"), 6.0)
    made.turn(6.0)
    assert made.app.counting(made.state, 6.0) == {} and said(made, 6.0) == []


@APPS
def test_a_segment_that_never_finishes_is_told(app, key, word, sent):
    made = learning(app, key, sent, Accepted("second", ""))
    alive(made, 29.9)
    made.turn(30.0)
    assert made.app.counting(made.state, 30.0) == {}
    assert said(made, 30.0) == [f"segment did not finish. Press {word} to learn the room again."]
