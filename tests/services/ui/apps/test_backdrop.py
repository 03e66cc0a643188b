"""Backdrop: nothing of the room comes through, whatever fails."""

import cv2
import numpy as np
import pytest

from common.errors import UserError
from common.messages import Plate, PlateHealth, PlateState
from services.ui.apps.app import By
from services.ui.apps.backdrop import Backdrop
from tests.services.ui.apps.visit import HEIGHT, WIDTH, red_pixels, shown, step, visit
from tests.services.ui.fakes import GOOD, alive, desk, frame, mask_of


@pytest.mark.parametrize("scenery", range(6))
def test_a_backdrop_leaves_the_person_and_nothing_of_the_room(scenery):
    picture = shown("backdrop", setup=step(scenery))
    seen, alpha, _, _ = visit()
    inside = cv2.erode(alpha, np.ones((5, 5))) == 255
    assert np.abs(picture.astype(int) - seen)[inside].max() <= 3
    blurred_room = scenery == 3
    assert blurred_room or not red_pixels(picture).any()


@pytest.mark.parametrize("scenery", [0, 1, 2, 4, 5])
def test_a_backdrop_without_the_frames_own_mask_shows_nothing_of_the_frame(scenery):
    assert not red_pixels(shown("backdrop", masked=False, setup=step(scenery))).any()


def test_when_segment_dies_under_backdrop_no_room_pixel_leaves():
    made = desk(app="backdrop")
    seen, alpha, empty, _ = visit()
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    pictures = []
    for seq in range(120):
        now = 10 + seq / 30
        one = frame(seq, seen.copy())
        made.take(one, now)
        if seq < 40:
            made.take(mask_of(one, alpha.copy()), now)
            alive(made, now)
        else:
            alive(made, now, "camera", "recorder", "pose", "trainer", "ui")
        picture = made.picture(now)
        if picture is not None:
            # the end's button is red, and no room
            ext = (slice(0, HEIGHT // 3), slice(round(0.75 * WIDTH), WIDTH))
            picture.image[ext] = 0
            pictures.append(picture.image)
    assert len(pictures) > 50
    assert not any(red_pixels(picture).any() for picture in pictures)
    assert "hidden" in made.sentence(14.0).words


@pytest.mark.parametrize("found", [PlateState.MOVED, PlateState.WRONG_SIZE, PlateState.NONE])
def test_with_a_plate_that_does_not_fit_the_room_stays_hidden(found):
    """A mask made with such a plate takes the room itself for the person."""
    made = desk(app="backdrop")
    seen, alpha, empty, _ = visit()
    alive(made, 9.9)
    made.take(Plate("" if found is PlateState.NONE else "p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    made.take(mask_of(one, np.full_like(alpha, 255), health=PlateHealth(found, "Learn it anew.")), 10.0)
    picture = made.picture(10.0).image
    assert not red_pixels(picture)[:, : WIDTH // 2].any()
    assert "hidden" in made.sentence(10.0).words


@pytest.mark.parametrize("suffix", [".png", ".mp4"])
def test_a_backdrop_that_cannot_be_read_is_named(tmp_path, suffix):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(b"not a picture")
    with pytest.raises(UserError, match=path.name):
        Backdrop(str(path))


def test_an_own_picture_comes_first(tmp_path):
    cv2.imwrite(str(tmp_path / "beach.png"), np.full((30, 60, 3), (10, 200, 220), np.uint8))
    seen, _, _, _ = visit()
    app = Backdrop(f"{tmp_path / 'beach.png'},#102030")
    made = desk(app="backdrop", all_apps=[app])
    made.take(frame(1, seen), 10.0)
    picture = app.compose(made.state.pairing.next(10.0), made.state)
    assert (picture == (10, 200, 220)).all()
    made.press("next", By.KEY, 10.0)
    assert app.guide(made.state, 10.1).words == "Backdrop: #102030"
    assert app.guide(made.state, 13.0) is None


def on_green(alpha):
    """The visitor of a red room before plain green, cut out by `alpha`: the picture, and what is before and behind."""
    seen, _, empty, person = visit()
    made = desk(app="backdrop", all_apps=[Backdrop("#00b140")])
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    made.take(mask_of(one, alpha), 10.0)
    return made.app.compose(made.state.pairing.next(10.0), made.state).astype(int), person, np.array((64, 177, 0))


def test_the_colours_of_the_old_room_are_taken_out_of_the_edge():
    alpha = visit()[1]
    picture, person, green = on_green(alpha)
    soft = (alpha > 40) & (alpha < 215)
    part = cv2.GaussianBlur(alpha, (3, 3), 0)[..., None] / 255
    wanted = part * person + (1 - part) * green
    assert soft.sum() > 200
    assert np.abs(picture - wanted)[soft].max() <= 24
    # with the room in it the red would be tens too high
    assert (picture - wanted)[soft][:, 2].mean() < 6


def test_the_edge_of_a_hard_mask_is_feathered():
    alpha = np.where(visit()[1] > 127, 255, 0).astype(np.uint8)
    picture, _, green = on_green(alpha)
    outside = (cv2.dilate(alpha, np.ones((3, 3))) > 0) & (alpha == 0)
    away = np.abs(picture - green).max(axis=2)
    assert (away[outside] > 8).mean() > 0.9 and away[cv2.dilate(alpha, np.ones((7, 7))) == 0].max() <= 1
