"""Apps are switched by key, by mouse, by palm; and what the row asks before it shows a room that was hidden."""

from itertools import pairwise

import numpy as np
import pytest

from services.ui.draw.row import RowLook, draw_row, draw_row_words, tabs
from services.ui.fronts.front import Gesture, Key, Pointer
from services.ui.touch import Feel, Target
from tests.services.ui.fakes import alive, desk, frame, mask_of, palms, plate
from tests.services.ui.test_draw import SIZES, contrast, sheet

APPS = tuple((name, name.title()) for name in ("studio", "mask", "clone", "backdrop", "label"))


def centre_of(made, app):
    return next(tab.centre for tab in made._board().row if tab.id == f"app:{app}")


def look(made, app, start, seconds, rate=12.0):
    """A palm on the app's tab."""
    for number in range(int(seconds * rate)):
        made.take(palms(number, centre_of(made, app)), start + number / rate)


def test_apps_are_switched_by_number():
    made = desk()
    for number, name in enumerate(("studio", "mask", "clone", "backdrop"), 1):
        made.on(Key(str(number)), 1.0)
        assert made.app.name == name
    made.on(Key("9"), 1.0)
    assert made.app.name == "backdrop"


@pytest.mark.parametrize("app", ["mask", "clone", "backdrop", "studio"])
def test_the_mouse_switches_at_once(app):
    made = desk()
    made.take(frame(1), 1.0)
    x, y = centre_of(made, app)
    made.on(Pointer(Gesture.PRESS, x / 640, y / 480), 1.0)
    assert made.app.name == app


def test_a_palm_switches_by_dwelling():
    made = desk()
    made.take(frame(1), 1.0)
    look(made, "mask", 2.0, 0.9)
    assert made.app.name == "studio"
    look(made, "mask", 2.9, 0.6)
    assert made.app.name == "mask"


def test_a_palm_is_asked_once_more_before_the_room_is_shown():
    made = desk(app="backdrop")
    alive(made, 9.0)
    shown = frame(1)
    made.take(shown, 9.0)
    made.take(plate(), 9.0)
    made.take(mask_of(shown), 9.0)
    made.picture(9.0)
    look(made, "studio", 9.0, 1.5)
    assert made.app.name == "backdrop"
    alive(made, 10.4)
    shown = frame(2)
    made.take(shown, 10.4)
    made.take(mask_of(shown), 10.4)
    made.picture(10.4)
    assert made.sentence(10.5).words == "Touch Studio once more, and the room is shown"
    made.turn(11.5)
    look(made, "studio", 11.5, 1.5)
    assert made.app.name == "studio"


def test_between_apps_that_show_the_room_one_touch_does():
    made = desk(app="clone")
    made.take(frame(1), 1.0)
    look(made, "studio", 2.0, 1.5)
    assert made.app.name == "studio"


@pytest.mark.parametrize("height, width", [*SIZES, (64, 64)])
def test_the_row_fits_into_any_picture_and_its_tabs_stand_apart(height, width):
    row = tabs(APPS, width, height)
    assert all(tab.box.x >= 0 and tab.box.x + tab.box.width <= width for tab in row)
    assert all(one.box.x + one.box.width <= other.box.x + 1e-6 for one, other in pairwise(row))
    targets = [Target(tab.id, *tab.centre, tab.box.width / 2, Feel().writes_s) for tab in row]
    for tab, target in zip(row, targets, strict=True):
        assert [one.id for one in targets if one.holds(tab.centre)] == [target.id]


def test_one_app_alone_needs_no_row():
    assert tabs(APPS[:1], 640, 480) == ()


@pytest.mark.parametrize("wall", [0, 128, 255])
def test_the_words_of_the_row_can_be_read_over_any_wall(wall):
    canvas = sheet(wall)
    row = tabs(APPS, 640, 480)
    draw_row(canvas, row, RowLook("app:studio", hover="app:mask", dwell={"app:clone": 1.0}))
    image = canvas.finish()
    ink = (24, 18, 16)

    def face(number):
        box = row[number].box
        return image[round(box.y + 6), round(box.x + box.width / 2)]

    assert contrast(face(0), ink) >= 4.5
    assert min(contrast(face(number), (255, 255, 255)) for number in (1, 2, 3)) >= 4.5
    assert np.abs(face(2).astype(int) - face(3)).max() > 30, "a palm's dwelling is seen"


def test_a_tabs_word_can_be_read_on_the_palm_that_lies_on_it():
    """The palm's rim is as white as the word."""
    canvas = sheet(255)
    row = tabs(APPS, 640, 480)
    draw_row_words(canvas, row, RowLook("app:studio", touched=["app:clone"]))
    image = canvas.finish()
    darkest = [int(image[:, round(tab.box.x) : round(tab.box.x + tab.box.width)].max(axis=2).min()) for tab in row]
    assert darkest[1] == darkest[3] == 255 and darkest[2] < 130
