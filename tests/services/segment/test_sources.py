from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import UserError
from common.plates import MOST_FRAMES
from common.sets import encode_png
from services.segment.sources import plate_from, plate_path, spread_frames
from tests.services.segment.scene import HEIGHT, WIDTH, noisy, room, with_person


def video(path: Path, frames: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (WIDTH, HEIGHT))
    for k in range(frames):
        picture = noisy(room(), k)
        picture[:8, :8] = k % 256
        writer.write(with_person(picture, 3 * k, 30) if k < 40 else picture)
    writer.release()
    return path


def test_an_image_is_the_plate_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode_png(room()))
    learned = plate_from(plate_path(str(tmp_path / "a.png")))
    assert (learned.image == room()).all()
    assert learned.frames == 1


def test_a_set_stands_for_its_plate(tmp_path: Path) -> None:
    (tmp_path / "bkg.png").write_bytes(encode_png(room()))
    assert plate_path(str(tmp_path)) == tmp_path / "bkg.png"


@pytest.mark.parametrize("frames", [1, 31, 61, 62, 134])
def test_frames_are_spread_over_a_video(tmp_path: Path, frames: int) -> None:
    kept = spread_frames(video(tmp_path / "v.avi", frames))
    assert min(frames, MOST_FRAMES * 3 // 4) <= len(kept) <= MOST_FRAMES
    stamps = [int(np.median(image[:8, :8])) for image in kept]
    assert stamps == sorted(stamps)
    assert stamps[-1] >= 0.9 * (frames - 1) - 3
    assert max(np.diff(stamps), default=0) <= 2 * frames / MOST_FRAMES + 4


def test_a_video_is_learned_without_who_passes_by(tmp_path: Path) -> None:
    learned = plate_from(video(tmp_path / "v.avi", 80))
    assert np.abs(learned.image[8:].astype(int) - room()[8:]).mean() < 5


def test_the_empty_room_on_film(data: Path) -> None:
    learned = plate_from(data / "videos" / "room_cam1_empty.avi")
    assert (learned.image.shape, learned.restless) == ((486, 644, 3), 0)


@pytest.mark.parametrize(("name", "says"), [("none.png", "no such file"), ("", "the folder has no bkg.png")])
def test_what_is_not_there_is_named(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        plate_path(str(tmp_path / name))


@pytest.mark.parametrize("name", ["a.png", "a.avi", "a.mp4"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind" * 40)
    with pytest.raises(UserError, match=name):
        plate_from(tmp_path / name)


def test_a_picture_too_small_for_a_plate_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode_png(room()[:7, :9]))
    with pytest.raises(UserError, match=r"a\.png is 9x7; a plate has at least 16x16 pixels"):
        plate_from(tmp_path / "a.png")
