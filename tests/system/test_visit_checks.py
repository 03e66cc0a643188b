"""The checks of a visit can fail: a double that is off by some pixels, a strip of the room, are seen."""

import cv2
import numpy as np
import pytest

from common.messages import Alpha, Image
from common.scores import iou
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


def shown(scene: Scene, index: int, alpha: Alpha | None = None) -> Image:
    """What backdrop makes of a frame, with its true mask or another."""
    picture = np.full_like(scene.frame(0), BACKDROP)
    lift(scene.frame(index).copy(), scene.truth(index).alpha if alpha is None else alpha, None).onto(picture)
    return picture


@pytest.mark.parametrize("index, x", [(30, 240), (259, 240), (STANDS_ASIDE, 240), (570, 420)])
def test_of_the_room_nothing_is_left_around_the_figure_but_a_strip_is_seen(scene: Scene, index: int, x: int) -> None:
    plate, frame, picture = scene.frame(0).copy(), scene.frame(index).copy(), shown(scene, index)
    assert check.room_left(as_jpeg(picture), [plate, frame], BACKDROP) == 0
    assert check.foreign(as_jpeg(picture), BACKDROP, scene.truth(index).alpha > 0) == 0
    picture[150:156, x : x + 50] = frame[150:156, x : x + 50]
    assert check.room_left(as_jpeg(picture), [plate, frame], BACKDROP) > 20


@pytest.mark.parametrize("index", [259, 400, STANDS_ASIDE, 540, 665])
def test_which_frame_is_shown_is_known_by_the_outline(scene: Scene, index: int) -> None:
    found = check.shown_index(as_jpeg(shown(scene, index)), BACKDROP)
    # while the figure stands still another frame will do
    assert iou(scene.truth(found).alpha > 127, scene.truth(index).alpha > 127) > 0.97


@pytest.mark.parametrize("index", [259, STANDS_ASIDE])
def test_a_raw_frame_is_all_room_though_its_lamp_is_dim(scene: Scene, index: int) -> None:
    plate, frame = scene.frame(0).copy(), scene.frame(index).copy()
    assert check.room_left(as_jpeg(frame), [plate, frame], BACKDROP) > 50_000


def test_a_mask_laid_on_another_frame_shows_the_room_through_the_figure(scene: Scene) -> None:
    plate = scene.frame(0).copy()
    picture = shown(scene, 30, scene.truth(STANDS_ASIDE).alpha)
    assert check.room_left(as_jpeg(picture), [plate, plate], BACKDROP) > 1000


def test_a_card_is_no_room(scene: Scene) -> None:
    plate = scene.frame(0).copy()
    assert check.room_left(as_jpeg(night(480, 640)), [plate], BACKDROP) == 0
