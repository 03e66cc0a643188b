import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.plates import ENOUGH_FRAMES, MOST_FRAMES, Burst, _median, learn

HEIGHT, WIDTH = 60, 80
RNG = np.random.default_rng(5)
ROOM = cv2.GaussianBlur(RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8), (0, 0), 3).astype(float) * 3 - 254


def seen(room: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    return np.clip(room + rng.normal(0, sigma, room.shape), 0, 255).astype(np.uint8)


def passing(cover: float, colour: float, sigma: float = 4, frames: int = MOST_FRAMES) -> list[np.ndarray]:
    """Somebody crosses from the left edge to the right; each column he reaches is covered for `cover` of the time."""
    rng = np.random.default_rng(1)
    images = []
    for step in range(frames):
        room = np.clip(ROOM, 0, 255).copy()
        right = int(step / frames * WIDTH * (1 + cover))
        room[10:55, max(0, right - int(cover * WIDTH)) : right] = colour
        images.append(seen(room, sigma, rng))
    return images


def error(plate: np.ndarray) -> float:
    return float(np.abs(plate - np.clip(ROOM, 0, 255)).mean())


def test_the_plate_has_less_noise_than_a_frame():
    rng = np.random.default_rng(2)
    frames = [seen(np.clip(ROOM, 0, 255), 8, rng) for _ in range(MOST_FRAMES)]
    learned = learn(frames)
    assert error(learned.image) < 0.3 * error(frames[0])
    assert (learned.frames, learned.restless) == (MOST_FRAMES, 0)


@pytest.mark.parametrize("colour", [0, 40, 128, 255])
@pytest.mark.parametrize("cover", [0.15, 0.3, 0.45])
def test_a_passer_by_leaves_no_trace(cover: float, colour: float):
    images = passing(cover, colour)
    assert error(learn(images).image) < 2
    assert np.abs(learn(images).image - np.clip(ROOM, 0, 255)).max() < 30


def test_nobody_alike_hides_the_room_even_for_most_of_the_time():
    rng = np.random.default_rng(3)
    images = [seen(np.clip(ROOM, 0, 255), 4, rng) for _ in range(MOST_FRAMES)]
    for image in images[:18]:
        image[10:40, 20:50] = rng.integers(0, 110, 3)
    assert error(learn(images).image) < 1.5
    assert error(np.median(images, axis=0)) > 1.5


def test_what_never_rests_is_told():
    images = [image.copy() for image in passing(0.15, 0)]
    rng = np.random.default_rng(4)
    for image in images:
        image[10:40, 20:50] = rng.integers(0, 256, (30, 30, 3))
    assert learn(images).restless == pytest.approx(30 * 30 / (HEIGHT * WIDTH), rel=0.1)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_few_frames_will_do(frames: int):
    learned = learn(passing(0, 0, frames=frames))
    assert learned.frames == frames
    assert error(learned.image) < 5


@settings(max_examples=20, deadline=None)
@given(height=st.integers(1, 70), width=st.integers(1, 9), frames=st.integers(1, 6), seed=st.integers(0, 99))
def test_every_size_gives_a_plate_of_that_size_within_the_samples(height: int, width: int, frames: int, seed: int):
    rng = np.random.default_rng(seed)
    images = [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(frames)]
    plate = learn(images).image
    assert (plate.shape, plate.dtype) == ((height, width, 3), np.uint8)
    assert (_median(np.stack(images)) == np.sort(images, axis=0)[frames // 2]).all()
    assert (plate >= np.min(images, axis=0)).all()
    assert (plate <= np.max(images, axis=0)).all()


def play(burst: Burst, fps: float, most_s: float = 60) -> float:
    """Feeds blank pictures until the burst is over; the seconds it took."""
    for step in range(int(most_s * fps)):
        burst.add(np.zeros((4, 4, 3), np.uint8), 100 + step / fps)
        if burst.over(100 + step / fps):
            return step / fps
    raise AssertionError("never over")


@pytest.mark.parametrize(("seconds", "fps"), [(1.5, 30), (1.5, 60), (4, 30), (60, 30)])
def test_a_burst_holds_few_frames_over_all_its_seconds(seconds: float, fps: float):
    burst = Burst(seconds)
    assert play(burst, fps, 70) == pytest.approx(seconds, abs=1 / fps)
    assert ENOUGH_FRAMES <= len(burst.images) <= MOST_FRAMES


def test_a_slow_camera_is_waited_for():
    burst = Burst(1)
    assert play(burst, 10) == pytest.approx((ENOUGH_FRAMES - 1) / 10)
    assert play(Burst(1), 2) == pytest.approx(6, abs=0.5)


def test_no_frame_is_no_end():
    assert not Burst(1).over(1e9)


def test_another_size_starts_anew():
    burst = Burst(1)
    burst.add(np.zeros((4, 4, 3), np.uint8), 0)
    burst.add(np.zeros((4, 6, 3), np.uint8), 0.5)
    assert [image.shape for image in burst.images] == [(4, 6, 3)]
    assert not burst.over(1.2)
