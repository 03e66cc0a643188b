"""Learning the room without recording: a count that belongs to the app on show."""

import pytest

from common.messages import LearnPlate
from services.ui.actions import Ask
from services.ui.apps.learner import COUNT_S
from services.ui.fronts.front import Key
from tests.services.ui.fakes import desk, frame


def turned(made, start, seconds):
    for number in range(round(seconds * 20)):
        made.turn(start + number / 20)


@pytest.fixture
def sent():
    return []


@pytest.fixture(params=[("mask", "b"), ("clone", "c")], ids=["mask", "clone"])
def made(request, sent):
    """A desk whose app began to count at 1 s."""
    app, key = request.param
    made = desk(app=app, sent=sent)
    made.take(frame(1), 1.0)
    made.on(Key(key), 1.0)
    return made


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
