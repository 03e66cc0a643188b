"""The checks of a visit can fail: a double that is off by some pixels, a strip of the room, are seen."""

import cv2
import numpy as np
import pytest

from common.messages import Image
from services.camera.demo.scene import Scene, scene_of
from services.ui.draw.cards import night
from services.ui.draw.layers import lift
from tests.system import visit_checks as check

STANDS_ASIDE = 478
BACKDROP = (0xC8, 0x00, 0xE0)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scene_of(640, 480)


def as_jpeg(image: Image) -> Image:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], 1), np.uint8)


@pytest.mark.parametrize("off", [0, 3, 6, -3])
def test_a_double_that_is_off_is_seen(scene: Scene, off: int) -> None:
    plate, frame = scene.frame(0).copy(), scene.frame(STANDS_ASIDE).copy()
    alpha = scene.truth(STANDS_ASIDE).alpha
    picture, you = frame.copy(), lift(frame, alpha, plate)
    you.mirrored().behind(you, off).onto(picture, off)
    assert check.double(as_jpeg(picture), frame, alpha).is_right == (off == 0)


def test_no_double_is_none(scene: Scene) -> None:
    frame = scene.frame(STANDS_ASIDE).copy()
    found = check.double(as_jpeg(frame), frame, scene.truth(STANDS_ASIDE).alpha)
    assert found.shown < 0.1 and not found.is_right


def test_the_frame_of_a_picture_is_found(scene: Scene) -> None:
    pairs = [(scene.frame(index).copy(), scene.truth(index).alpha) for index in range(470, 510, 4)]
    assert check.best_frame(as_jpeg(pairs[6][0]), pairs) is pairs[6]


def test_a_strip_of_the_room_is_seen_and_a_card_is_none(scene: Scene) -> None:
    plate, frame = scene.frame(0).copy(), scene.frame(STANDS_ASIDE).copy()
    alpha = scene.truth(STANDS_ASIDE).alpha
    picture = np.full_like(frame, BACKDROP)
    lift(frame, alpha, plate).onto(picture)
    assert check.room_left(as_jpeg(picture), plate, BACKDROP, alpha > 0) == 0
    assert check.foreign(as_jpeg(picture), BACKDROP, alpha > 0) == 0
    assert check.room_left(as_jpeg(night(480, 640)), plate, BACKDROP, alpha > 0) == 0
    picture[150:156, 240:290] = frame[150:156, 240:290]
    assert check.room_left(as_jpeg(picture), plate, BACKDROP, alpha > 0) > 20
