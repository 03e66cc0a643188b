"""The demo scene: deterministic, with a true mask and true palms, hard for differences, cheap to draw."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

from services.camera.demo import FPS, PERIOD, Demo, truth
from services.camera.demo.performance import BKG, ENTERS_S, GONE_S, SAV
from services.camera.demo.scene import Scene
from services.camera.source import EndedError
from tests.conftest import REPOSITORY

EXT = (0.85, 0.15)
RADIUS = 0.06
GREETING, ON_SAV, ON_BKG = (round(seconds * FPS) for seconds in (12.0, 15.5, 20.0))


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(640, 480)


def plate_of(scene: Scene) -> np.ndarray:
    return np.median([scene.frame(index) for index in range(30, 60, 3)], 0).astype(np.int16)


def test_the_same_number_is_the_same_frame_in_another_process(scene: Scene) -> None:
    script = (
        "import zlib; from services.camera.demo.scene import Scene; "
        f"print(zlib.crc32(Scene(320, 240).frame({ON_SAV}).tobytes()))"
    )
    sums = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, timeout=60, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(sums) == 1
    assert np.array_equal(scene.frame(ON_SAV), scene.frame(ON_SAV))


def test_frames_are_their_own(scene: Scene) -> None:
    first = scene.frame(1)
    kept = first.copy()
    scene.frame(2)
    assert np.array_equal(first, kept)


def test_the_room_is_empty_first_and_at_the_end(scene: Scene) -> None:
    for index in (0, 100, round(ENTERS_S * FPS) - 1, round(GONE_S * FPS), PERIOD - 1):
        assert not scene.truth(index).alpha.any()
        assert scene.truth(index)[1:] == (None, None)


def test_a_person_is_there_between(scene: Scene) -> None:
    for index in range(round(9.5 * FPS), round(22 * FPS), 10):
        share = (scene.truth(index).alpha > 127).mean()
        assert 0.06 < share < 0.16, index


def test_the_truth_is_where_the_frame_differs_from_the_room(scene: Scene) -> None:
    """Without noise, shadow and lamp: what the parts cover is what the alpha says."""
    drawn = scene._drawn(GREETING).copy()
    room = scene._room_at(scene._lamp)
    outside = cv2.dilate(drawn[..., 3], np.ones((3, 3))) == 0
    # the shadow alone remains, which only darkens
    assert (drawn[..., :3][outside] <= room[..., :3][outside]).all()


def test_alpha_has_soft_edges_and_a_solid_middle(scene: Scene) -> None:
    alpha = scene.truth(GREETING).alpha
    assert alpha.max() == 255
    soft = ((alpha > 20) & (alpha < 235)).sum() / (alpha > 127).sum()
    assert 0.005 < soft < 0.12


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (320, 240)])
def test_palms_rest_on_the_buttons(size: tuple[int, int]) -> None:
    width, height = size
    for index, side, (x, y) in ((ON_SAV, 1, SAV), (ON_BKG, 2, BKG)):
        true = truth(index, width, height)
        palm = true[side]
        assert palm is not None
        assert np.hypot(palm[0] - x * width, palm[1] - y * height) < 0.1 * RADIUS * width
        assert true.alpha.shape == (height, width)
        assert true.alpha[round(palm[1]), round(palm[0])] > 200, "the palm is on the hand"


@pytest.mark.parametrize(("button", "side"), [(SAV, 1), (BKG, 2)])
def test_a_button_is_held_for_two_seconds(scene: Scene, button: tuple[float, float], side: int) -> None:
    held = 0
    for index in range(round(ENTERS_S * FPS), PERIOD):
        palm = scene.truth(index)[side]
        if palm is not None:
            held += bool(np.hypot(palm[0] - button[0] * 640, palm[1] - button[1] * 480) < 0.5 * RADIUS * 640)
    assert held / FPS >= 2


def test_ext_is_never_touched(scene: Scene) -> None:
    for index in range(round(ENTERS_S * FPS), PERIOD, 2):
        for palm in scene.truth(index)[1:]:
            assert palm is None or np.hypot(palm[0] - EXT[0] * 640, palm[1] - EXT[1] * 480) > 1.5 * RADIUS * 640


def test_left_is_the_persons_own_left(scene: Scene) -> None:
    """Facing the viewer, it is on the right of the picture."""
    true = scene.truth(GREETING)
    assert true.left_palm is not None
    assert true.right_palm is not None
    assert true.left_palm[0] > true.right_palm[0]
    assert true.right_palm[1] < 0.3 * 480


def test_a_plain_difference_to_the_plate_does_not_find_the_person(scene: Scene) -> None:
    plate = plate_of(scene)
    scores = []
    for index in range(round(9 * FPS), round(22.5 * FPS), 15):
        person = scene.truth(index).alpha > 127
        differs = np.abs(scene.frame(index).astype(np.int16) - plate).max(2) > 25
        scores.append((person & differs).sum() / (person | differs).sum())
    assert max(scores) <= 0.75
    assert np.mean(scores) > 0.4, "hard, but not hopeless"


def test_the_lamp_dims_slowly_and_comes_back(scene: Scene) -> None:
    shade = np.s_[130:160, 460:490]
    bright = [float(scene.frame(index)[shade].mean()) for index in (0, 60, 420, PERIOD - 1)]
    assert bright[0] - bright[2] > 25
    assert abs(bright[3] - bright[0]) < 3
    assert abs(bright[1] - bright[0]) < 3


def test_noise_is_that_of_a_sensor(scene: Scene) -> None:
    pair = scene.frame(10).astype(np.float32) - scene.frame(11)
    assert 1.5 < pair[200:300, 230:280].std() / np.sqrt(2) < 5


def test_the_source_plays_one_visit_and_ends() -> None:
    demo = Demo(160, 120)
    pictures = [demo.read(0) for _ in range(PERIOD)]
    assert [picture.index for picture in pictures if picture] == list(range(PERIOD))
    assert pictures[0] is not None
    assert (pictures[0].source, pictures[0].image.shape) == ("demo", (120, 160, 3))
    with pytest.raises(EndedError):
        demo.read(0)


def test_numbers_beyond_the_visit_begin_it_again(scene: Scene) -> None:
    assert np.array_equal(scene.truth(GREETING).alpha, scene.truth(GREETING + PERIOD).alpha)
