"""Films: pictures and times as they were shown, playable after a crash and on a full disk, never in the loop's way."""

import errno
import os
import signal
import subprocess
import sys
import time

import av
import cv2
import numpy as np
import pytest

from services.ui.draw.theme import Level
from services.ui.fronts.front import Gesture, Key, Pointer
from services.ui.record import Record
from services.ui.record_file import FilmFile
from services.ui.status import status
from tests.services.ui.fakes import alive, desk, frame, mask_of, plate

SIZE = (120, 160)
WRITER = """
import sys, numpy as np
from pathlib import Path
from tests.services.ui.test_record import picture
from services.ui.record_file import FilmFile
film = FilmFile(Path(sys.argv[1]), 120, 160)
for number in range(int(sys.argv[2])):
    film.write(picture(number), number / 30)
    if number % 30 == 29:
        print(number, flush=True)
"""


def picture(number, size=SIZE):
    """Noise that does not compress, darker from picture to picture."""
    rng = np.random.default_rng(number)
    return rng.integers(0, 256 - number % 128, (*size, 3), dtype=np.uint8)


def played(path):
    """The times of all pictures of a film, in seconds, and the last picture; fails where it cannot be decoded."""
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
    return [frame.time for frame in frames], frames[-1].to_ndarray(format="bgr24")


def film_of(path, times, size=SIZE, image=picture):
    film = FilmFile(path, *size)
    for number, at in enumerate(times):
        film.write(image(number), at)
    film.close()
    return film


def test_a_film_keeps_the_times_of_its_pictures(tmp_path):
    times = [0.0, 0.03, 0.1, 0.11, 2.5, 2.6, 7.0]
    film_of(tmp_path / "film.mp4", times)
    assert played(tmp_path / "film.mp4")[0] == pytest.approx(times, abs=0.001)


def test_a_film_keeps_the_colours(tmp_path):
    flat = np.zeros((*SIZE, 3), np.uint8)
    for number, colour in enumerate([(0, 0, 255), (0, 255, 0), (255, 0, 0), (200, 200, 200)]):
        flat[:, 40 * number : 40 * number + 40] = colour
    film_of(tmp_path / "film.mp4", [0, 0.1], image=lambda number: flat)
    ours, seen = played(tmp_path / "film.mp4")[1], cv2.VideoCapture(str(tmp_path / "film.mp4")).read()[1]
    for image in (ours, seen):
        assert np.abs(image[40:80, 20::40][:, :4].astype(int) - flat[40:80, 20::40]).max() <= 6


@pytest.mark.parametrize("later", [SIZE, (240, 320), (90, 77)])
def test_odd_sizes_and_a_change_of_size_are_taken(tmp_path, later):
    film = FilmFile(tmp_path / "film.mp4", 121, 161)
    film.write(picture(0, (121, 161)), 0)
    film.write(picture(1, later), 0.1)
    film.close()
    times, last = played(tmp_path / "film.mp4")
    assert len(times) == 2 and last.shape == (120, 160, 3)


def test_times_that_do_not_go_on_are_still_a_film(tmp_path):
    film_of(tmp_path / "film.mp4", [0, 0.1, 0.1, 0.05])
    assert len(played(tmp_path / "film.mp4")[0]) == 4


def test_a_whole_film_can_be_sought_in(tmp_path):
    film_of(tmp_path / "film.mp4", [number / 10 for number in range(50)])
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.duration / 1e6 == pytest.approx(5, abs=0.2)
        film.seek(3_500_000)
        assert 2.5 < next(film.decode(video=0)).time <= 3.5


def test_a_film_that_was_killed_can_be_played(tmp_path):
    path = tmp_path / "film.mp4"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, path, "100000"], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    written = [int(next(writer.stdout)) for _ in range(3)]
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(10)
    times, _ = played(path)
    assert times[-1] >= written[-1] / 30 - 1
    assert times == pytest.approx([number / 30 for number in range(len(times))], abs=0.001)


@pytest.mark.parametrize("spared", [0.05, 0.5, 0.95, 0.9995])
def test_a_film_that_meets_a_full_disk_ends_playable(tmp_path, spared):
    whole = tmp_path / "whole.mp4"
    film_of(whole, [number / 30 for number in range(90)])
    path, limit = tmp_path / "film.mp4", int(spared * whole.stat().st_size)
    limited = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
{WRITER}
film.close()
print(film.error.errno, film.empty)
"""
    done = subprocess.run(
        [sys.executable, "-c", limited, path, "90"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size <= limit
    if spared < 0.3:
        assert done.stdout.endswith("27 True\n")
    else:
        assert done.stdout.endswith("27 False\n")
        assert len(played(path)[0]) >= 30 * int(3 * spared) - 1


def test_a_full_disk_is_told_in_words(tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(FilmFile, "error", property(lambda film: full if film._at >= 180_000 else None))
    record = Record(tmp_path)
    record.toggle(0.0)
    for number in range(3):
        record.offer(picture(number), number)
    sentence = told(record)
    (path,) = tmp_path.iterdir()
    assert sentence.words == f"The film ended after 0:02: the disk is full. Kept {path}"
    assert sentence.level is Level.BAD and len(played(path)[0]) == 3
    assert record.rolling(9.0) is None


def told(record, limit_s=10.0):
    """What the record says once its film is over."""
    give_up = time.monotonic() + limit_s
    while time.monotonic() < give_up:
        if news := record.news():
            return news[0]
        time.sleep(0.01)
    raise AssertionError("the film never ended")


def test_a_film_is_kept_and_told_of(tmp_path):
    record = Record(tmp_path / "kept")
    record.toggle(100.0)
    for number in range(5):
        record.offer(picture(number), 100 + number / 5)
        time.sleep(0.03)
    assert record.rolling(165.0).words == "1:05"
    record.toggle(101.0)
    assert record.rolling(101.0) is None
    sentence = told(record)
    (path,) = (tmp_path / "kept").iterdir()
    assert sentence.words == f"Kept {path} · 0:00" and sentence.level is Level.GOOD
    assert played(path)[0] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=0.001)


def test_a_slow_encoder_never_holds_the_loop_and_what_is_left_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(FilmFile, "write", lambda film, image, at: time.sleep(0.2))
    record = Record(tmp_path)
    record.toggle(0.0)
    start = time.monotonic()
    for number in range(30):
        record.offer(picture(number), number / 30)
    assert time.monotonic() - start < 3  # encoded one by one they would take six
    assert record.rolling(1.0).left_out >= 20
    assert "left out" in record.rolling(1.0).words
    record.close()


def test_without_pictures_there_is_no_file(tmp_path):
    record = Record(tmp_path)
    record.toggle(0.0)
    record.toggle(1.0)
    assert told(record).words == "There was no picture to film."
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    record = Record(tmp_path / "file" / "films")
    record.toggle(0.0)
    record.offer(picture(0), 0.0)
    sentence = told(record)
    assert str(tmp_path / "file" / "films") in sentence.words and sentence.level is Level.BAD
    assert record.rolling(1.0) is None


def test_the_end_of_the_studio_ends_the_film_whole(tmp_path):
    record = Record(tmp_path)
    record.toggle(0.0)
    record.offer(picture(0), 0.0)
    record.close()
    (path,) = tmp_path.iterdir()
    assert len(played(path)[0]) == 1


def filmed(made, seconds, start=10.0, masked=True):
    for number in range(int(seconds * 10)):
        now = start + number / 10
        one = frame(number, np.full((480, 640, 3), 60, np.uint8), session=f"s{start}")
        alive(made, now)
        made.take(one, now)
        if masked:
            made.take(mask_of(one), now)
        made.turn(now)
        made.picture(now)
        time.sleep(0.02)


@pytest.mark.parametrize("app", ["studio", "mask", "clone", "backdrop"])
def test_every_app_films_at_a_key_what_it_shows_without_the_buttons(tmp_path, app):
    made = desk(app=app, snapshots=tmp_path)
    made.take(plate(), 9.0)
    made.on(Key("r"), 9.5)
    filmed(made, 1.0)
    assert status(made, 11.0)["film"] == "0:01"
    view = made._view
    expected = made.app.compose(view, made.state)
    made.on(Key("r"), 11.0)
    made.close()
    (path,) = tmp_path.iterdir()
    times, last = played(path)
    assert len(times) == 10 and times[-1] == pytest.approx(0.9, abs=0.01)
    assert np.abs(last.astype(int) - expected).mean() < 2.5


def test_a_film_of_hidden_rooms_holds_no_room(tmp_path):
    """While the card stands nothing is filmed."""
    made = desk(app="backdrop", snapshots=tmp_path)
    made.take(plate(), 9.0)
    made.on(Key("r"), 9.5)
    filmed(made, 1.0, masked=False)
    made.on(Key("r"), 11.0)
    made.close()
    assert list(tmp_path.iterdir()) == []


def test_the_pill_is_pressed_and_shows_the_time(tmp_path):
    made = desk(snapshots=tmp_path)
    alive(made, 9.9)
    made.take(frame(1), 10.0)
    before = made.picture(10.0).image
    made.on(Pointer(Gesture.PRESS, 40 / 640, 452 / 480), 10.0)
    assert made.record.rolling(12.0).seconds == 2.0
    made.take(frame(2), 12.0)
    after = made.picture(12.0).image
    red = lambda image: ((image[438:466, 14:50, 2] > 200) & (image[438:466, 14:50, 1] < 100)).sum()  # noqa: E731
    assert red(before) == 0 and red(after) > 60
    made.close()
