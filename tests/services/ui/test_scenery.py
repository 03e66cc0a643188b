"""What to stand in front of: read from disk or drawn, of any size, films at their own pace."""

import os
import time

import cv2
import numpy as np
import pytest

from common.errors import UserError
from services.ui.record_file import FilmFile
from services.ui.scenery import Blurred, Film, open_sceneries
from tests.waiting import until

COLOURS = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]


@pytest.fixture
def film(tmp_path):
    """Three colours, a fifth of a second each."""
    made = FilmFile(tmp_path / "loop.mp4", 90, 160)
    for number in range(6):
        made.write(np.full((90, 160, 3), COLOURS[number // 2], np.uint8), number / 10)
    made.close()
    return tmp_path / "loop.mp4"


def shown(scenery, size=(48, 64)):
    image = scenery.behind(*size, None)
    assert image.shape == (*size, 3)
    return int(np.abs(np.array(COLOURS) - image[20, 30]).sum(axis=1).argmin())


def test_a_film_goes_round_at_its_own_pace(film):
    scenery = Film(film)
    seen, start = [shown(scenery)], time.monotonic()

    def round_twice():
        now = shown(scenery)
        if now != seen[-1]:
            seen.append(now)
        return len(seen) == 7

    assert until(round_twice, 20)
    assert seen == [0, 1, 2, 0, 1, 2, 0]
    assert time.monotonic() - start > 0.9


def test_a_film_that_nobody_looks_at_stops(film):
    scenery = Film(film)
    shown(scenery)
    assert until(lambda: not scenery._wanted.is_set(), 20)
    before = scenery._image
    time.sleep(0.4)
    assert scenery._image is before


def test_a_film_that_vanishes_stands_still(film):
    scenery = Film(film)
    film.unlink()
    assert until(lambda: shown(scenery) is not None and not scenery._thread.is_alive(), 20)
    assert shown(scenery) in range(len(COLOURS))


def test_images_films_and_colours_are_named_in_one_line(film, tmp_path):
    cv2.imwrite(str(tmp_path / "beach.png"), np.full((30, 60, 3), (10, 200, 220), np.uint8))
    made = open_sceneries(f"{tmp_path / 'beach.png'}, #204080 ,{film}")
    assert [one.name for one in made] == ["beach.png", "#204080", "loop.mp4"]
    assert (made[0].behind(50, 50, None) == (10, 200, 220)).all()
    assert (made[1].behind(50, 50, None) == (0x80, 0x40, 0x20)).all()


@pytest.mark.parametrize(
    "name", ["#12", "#xyzxyz", "nothing.png", "nothing.mp4", "text.png", "text.mp4", "pipe.png", "pipe.mp4"]
)
def test_what_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "text.mp4").write_text("not a film")
    for pipe in ("pipe.png", "pipe.mp4"):
        os.mkfifo(tmp_path / pipe)
    with pytest.raises(UserError, match=name):
        open_sceneries(name if name[0] == "#" else str(tmp_path / name))


def test_the_blurred_room_is_the_plate_out_of_focus():
    plate = np.zeros((96, 128, 3), np.uint8)
    plate[:, 64:] = 200
    blurred = Blurred()
    soft = blurred.behind(96, 128, plate)
    assert 60 < soft[48, 64, 0] < 140 and soft[48, 0, 0] < 5 and soft[48, 127, 0] > 195
    assert blurred.behind(96, 128, plate) is soft
    assert np.ptp(blurred.behind(96, 128, None)) == 0
