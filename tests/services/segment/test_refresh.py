"""A plate that goes along with the room, and never takes in who sits there."""

import cv2
import numpy as np

from services.segment.refresh import PAUSE_S, Refresher, refreshed
from services.segment.upkeep import EVERY_S, Looked
from tests.services.segment.scene import HEIGHT, WIDTH, noisy, room, with_person

QUIET = np.ones((HEIGHT, WIDTH), bool)
BOX = np.s_[20:, 60:100]


def patch(strength: float) -> np.ndarray:
    """A patch of sun at the left."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return strength * np.exp(-((across - 20) ** 2 + (down - 60) ** 2) / 300)[..., None]


def sunny(picture: np.ndarray, strength: float = 20) -> np.ndarray:
    return np.clip(picture + patch(strength), 0, 255).astype(np.uint8)


def test_what_changed_in_one_place_gets_into_the_plate() -> None:
    new = refreshed(room(), room(), Looked(sunny(room()), QUIET))
    assert new is not None
    assert np.abs(new.astype(int) - sunny(room())).mean() < 1.5


def test_light_that_changed_as_a_whole_does_not() -> None:
    dimmer = np.rint(room() * np.float32([0.7, 0.75, 0.8])).astype(np.uint8)
    assert refreshed(room(), room(), Looked(dimmer, QUIET)) is None


def test_the_plate_stays_in_its_own_light() -> None:
    now = np.rint(sunny(room()) * 0.75).astype(np.uint8)
    new = refreshed(room(), room(), Looked(now, QUIET))
    assert new is not None
    assert np.abs(new.astype(int) - sunny(room())).mean() < 3


def test_nothing_is_taken_from_where_it_was_not_quiet() -> None:
    quiet = QUIET.copy()
    quiet[:, :60] = False
    assert refreshed(room(), room(), Looked(sunny(room()), quiet)) is None
    quiet[:, 60:140] = False
    assert refreshed(room(), room(), Looked(room(3), quiet)) is None


def test_noise_is_not_worth_a_plate() -> None:
    assert refreshed(room(), room(), Looked(noisy(room(), 1, 1.5), QUIET)) is None


def test_no_place_goes_far_from_what_was_learned() -> None:
    plate = room()
    for _ in range(5):
        new = refreshed(room(), plate, Looked(sunny(room(), 120), QUIET))
        plate = plate if new is None else new
    assert np.abs(plate.astype(int) - room()).max() <= 48


def test_a_plate_made_anew_before_goes_no_farther_either() -> None:
    plate = sunny(room(), 40)
    refresher = Refresher(room(), plate)
    nobody = np.zeros((HEIGHT, WIDTH), np.uint8)
    for number in range(round(2 * PAUSE_S / EVERY_S)):
        outcome = refresher.look(sunny(room(), 65), nobody, None, 50 + number * EVERY_S)
        plate = plate if outcome.plate is None else outcome.plate
    assert np.abs(plate - room().astype(int)).max() == 48


def test_ten_minutes_of_somebody_who_sits_while_the_light_wanders() -> None:
    """The alpha is the truth with a rim missing, as a careful network's would be; half of him is like the wall."""
    sitter = with_person(room())
    sitter[70:, 60:100] = room()[70:, 60:100] + 6
    seen = np.zeros((HEIGHT, WIDTH), np.uint8)
    seen[22:70, 62:98] = 255
    refresher, plate, taken = Refresher(room()), room(), 0
    for number in range(round(600 / EVERY_S)):
        frame = noisy(sunny(sitter, number / 15), number)
        outcome = refresher.look(frame, seen, None, 50 + number * EVERY_S)
        taken += outcome.plate is not None
        plate = plate if outcome.plate is None else outcome.plate
    assert 1 <= taken <= 600 / PAUSE_S
    assert (plate[20:70, 60:100] == room()[20:70, 60:100]).all()
    middle = np.s_[55:65, 15:25]
    assert np.abs(plate[middle] - sunny(room())[middle].astype(int)).mean() < 0.5 * patch(20)[middle].mean()
    change = np.abs(plate.astype(int) - room())
    assert cv2.blur(change.max(2).astype(np.float32), (5, 5))[BOX].max() < 6
