import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.nets.view import MAGNIFIED, STRIDE, Box, close_sizes, closest, net_size, smaller_whole, whole

WEBCAM = (640, 480)
STANDING, SITTING, SMALL, WIDE = Box(0.4, 0.1, 0.7, 1), Box(0.3, 0.35, 0.9, 1), Box(0.5, 0.5, 0.6, 0.7), Box(0, 0, 1, 1)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (384, 288)),
        ((1920, 1080), (448, 256)),
        ((200, 150), (384, 288)),
        ((100, 60), (192, 128)),
        ((5, 5), (16, 16)),
    ],
)
def test_the_networks_size(size, expected):
    assert net_size(*size) == expected


def test_somebody_who_stands_gets_a_tall_view_and_somebody_who_sits_a_broad_one():
    assert closest(WEBCAM, STANDING, close_sizes(WEBCAM)).size == (192, 288)
    assert closest(WEBCAM, SITTING, close_sizes(WEBCAM)).size == (288, 224)


def test_somebody_who_fills_the_picture_gets_the_whole():
    assert closest(WEBCAM, WIDE, close_sizes(WEBCAM)).whole
    assert closest(WEBCAM, STANDING, []).whole


def test_several_beside_each_other_get_a_broader_picture_than_the_whole():
    view = closest(WEBCAM, Box(0, 0.4, 1, 0.9), close_sizes(WEBCAM))
    assert view.size == (512, 224)
    assert view.zoom == pytest.approx(4 / 3)
    assert closest(WEBCAM, Box(0, 0.2, 1, 0.9), close_sizes(WEBCAM)).whole


def test_who_fits_into_no_cheap_view_is_shown_as_large_as_the_whole_s_size_allows():
    several = Box(0.1, 0.1, 0.9, 0.9)
    view = closest(WEBCAM, several, close_sizes(WEBCAM))
    assert view.size == (384, 288)
    assert not view.whole
    assert view.zoom == pytest.approx(1.25, rel=0.01)
    assert closest(WEBCAM, several.grown(0.08), close_sizes(WEBCAM)).whole


def test_a_cheap_view_is_taken_though_a_dear_one_would_show_more():
    view = closest(WEBCAM, Box(0.3, 0.6, 0.65, 0.85), close_sizes(WEBCAM))
    assert view.size == (288, 224)
    assert view.zoom < 4 / 3 / 0.35


def test_the_camera_s_pixels_are_enlarged_but_not_more_than_so_often():
    view = closest(WEBCAM, Box(0.5, 0.5, 0.51, 0.51), close_sizes(WEBCAM))
    assert view.size[0] / view.width == pytest.approx(MAGNIFIED, rel=0.02)
    assert closest((200, 150), SMALL, close_sizes((200, 150))).zoom == pytest.approx(1.04, abs=0.01)


def test_the_smaller_whole_has_the_size_of_a_close_view():
    view = smaller_whole(WEBCAM)
    assert view.whole
    assert view.size in close_sizes(WEBCAM)


frames = st.tuples(st.integers(16, 2000), st.integers(16, 1200))
sides = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted).filter(lambda pair: pair[1] - pair[0] > 1e-3)


@given(frame=frames, across=sides, down=sides)
def test_a_view_shows_the_box_and_lies_in_the_frame(frame, across, down):
    box = Box(across[0], down[0], across[1], down[1])
    view = closest(frame, box, close_sizes(frame))
    assert 0 <= view.x <= view.x + view.width <= frame[0]
    assert 0 <= view.y <= view.y + view.height <= frame[1]
    pixel = 1 / min(frame)
    assert Box(view.box.left - pixel, view.box.top - pixel, view.box.right + pixel, view.box.bottom + pixel).holds(box)
    assert not any(side % STRIDE for side in view.size)
    if not view.whole:
        assert view.size[0] * view.size[1] < 1.5 * np.prod(net_size(*frame))
        assert view.zoom > 0.9


def test_what_is_shown_is_that_part_of_the_frame():
    picture = np.zeros((480, 640, 3), np.uint8)
    view = closest(WEBCAM, SMALL, close_sizes(WEBCAM))
    picture[view.part] = 200
    assert view.shown(picture).shape == (view.size[1], view.size[0], 3)
    assert view.shown(picture).min() == 200
    assert whole(WEBCAM).shown(picture).min() == 0


def test_a_box_grows_as_far_as_the_picture_goes():
    assert STANDING.grown(0.2) == Box(pytest.approx(0.2), 0, pytest.approx(0.9), 1)
