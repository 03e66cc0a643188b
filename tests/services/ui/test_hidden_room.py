"""Apps that hide the room never show it, whatever happens."""

import random

import numpy as np
import pytest
from msgspec.structs import replace

from services.ui.apps.catalogue import apps
from services.ui.apps.own import OwnPictures
from services.ui.apps.studio import Studio
from services.ui.fronts.front import Key
from services.ui.pairing import Sync, View
from tests.services.ui.fakes import alive, desk, frame, mask_of, plate


class Hiding(Studio):
    """An app that hides the room: paints everything the frame has, so that a leak shows."""

    name = "hiding"
    hides_room = True

    def compose(self, view: View, state):
        return view.frame.image


def leaks(picture):
    """Room pixels: the frames of these tests are of a red that nothing else has."""
    image = picture.image.astype(int)
    return int(((image[..., 2] > 230) & (image[..., 0] == 0) & (image[..., 1] == 0)).sum())


def red(seq):
    return frame(seq, np.full((480, 640, 3), (0, 0, 255), np.uint8))


def test_an_app_that_hides_the_room_fails_closed():
    made = desk(app="hiding", all_apps=[Hiding()])
    made.take(plate(), 9.0)
    shown = red(1)
    made.take(shown, 10.0)
    assert leaks(made.picture(10.0)) == 0
    made.take(mask_of(shown), 10.05)
    assert leaks(made.picture(10.1)) > 1000
    for number in range(2, 60):
        made.take(red(number), 10.1 + number / 30)
        picture = made.picture(10.1 + number / 30)
        late = number / 30 > 0.75
        assert picture is None or not late or leaks(picture) == 0
    assert "hidden" in made.sentence(12.0).words


def test_switching_to_a_hiding_app_shows_no_bare_frame():
    made = desk(all_apps=[Studio(), Hiding()])
    made.take(red(1), 10.0)
    assert leaks(made.picture(10.0)) > 1000
    made.on(Key("2"), 10.05)
    made.take(red(2), 10.1)
    assert leaks(made.picture(10.2)) == 0


@pytest.mark.parametrize("seed", range(4))
def test_no_room_leaves_an_app_that_hides_it_whatever_happens_and_whatever_was_shown_before(seed):
    """Masks on time, late, of other frames or not at all, plates that go and come, apps switched in between."""
    rng = random.Random(seed)
    every = [one for one in apps() if not isinstance(one, OwnPictures)]
    made = desk(all_apps=every, sync=rng.choice(list(Sync)))
    nobody, room = np.zeros((120, 160), np.uint8), np.full((120, 160, 3), (0, 0, 255), np.uint8)
    shown, hidden, now = {True: 0, False: 0}, 0, 10.0
    waiting = []
    for number in range(120):
        now += rng.choice((0.03, 0.03, 0.3, 0.9))
        alive(made, now, *rng.choice((("camera", "segment"), ("camera",))))
        one = frame(number, room.copy())
        made.take(one, now)
        waiting.append(one)
        for _ in range(rng.randrange(3)):
            made.take(mask_of(waiting.pop(rng.randrange(len(waiting))) if waiting else one, nobody.copy()), now)
        if rng.random() < 0.1:
            made.take(replace(plate(rng.choice(("", "p1", "p2"))), image=np.full((120, 160, 3), 90, np.uint8)), now)
        if rng.random() < 0.3:
            hiding = [number for number, app in enumerate(every, 1) if app.hides_room]
            made.on(Key(str(rng.choice([*hiding, rng.randint(1, len(every))]))), now)
        made.turn(now)
        picture = made.picture(now + 0.001)
        if picture is not None:
            shown[made.app.hides_room] += 1
            hidden += made.app.hides_room and leaks(picture)
    assert hidden == 0
    assert min(shown.values()) > 10, "both kinds of app were looked at"
