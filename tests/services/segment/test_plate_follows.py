"""The plate of a room that does not stay as it was: bumps, another light, a thing that was left there."""

from pathlib import Path

import cv2
import numpy as np

from common.messages import LearnPlate, Mask, Plate, PlateState
from tests.services.segment.learned import Open, learned, palms, slowly, standing, sun
from tests.services.segment.scene import Studio, room, with_person


def test_the_plate_follows_a_small_bump_and_back(open_studio: Open) -> None:
    studio = learned(open_studio())
    first = studio.plate
    studio.picture = np.roll(room(), (2, 4), axis=(0, 1))
    studio.run(2.2)
    assert "moved by 4 px" in studio.mask.health.words
    assert (studio.mask.health.state, studio.plate.job) == (PlateState.GOOD, first.job)
    assert studio.mask.plate_id == studio.plate.plate_id != first.plate_id
    assert (studio.mask.alpha[8:-8, 8:-8] > 127).mean() < 0.05
    again = open_studio()
    again.run(0.1)
    assert again.mask.plate_id == studio.plate.plate_id
    studio.picture = room()
    studio.run(4.2)
    assert np.abs(studio.plate.image.astype(int) - first.image).mean() < 3


def test_a_bump_too_far_is_told_and_not_followed(studio: Studio) -> None:
    learned(studio)
    first = studio.plate.plate_id
    studio.picture = np.roll(room(), 12, axis=1)
    studio.run(3)
    assert (studio.mask.plate_id, studio.mask.health.state) == (first, PlateState.MOVED)


def test_a_camera_that_shakes_is_not_followed(studio: Studio) -> None:
    learned(studio)
    first = studio.plate.plate_id
    shakes = iter(range(1000))

    def shake() -> None:
        studio.picture = np.roll(room(), next(shakes) // 5 % 7 - 3, axis=1)

    studio.run(4, shake)
    assert studio.mask.plate_id == first


def test_the_plate_turns_with_a_camera_that_was_turned(studio: Studio) -> None:
    learned(studio)
    first = studio.plate
    turn = cv2.getRotationMatrix2D((80, 60), -3, 1)
    studio.picture = cv2.warpAffine(room(), turn, (160, 120), borderMode=cv2.BORDER_REPLICATE)
    studio.run(13)
    assert "turned by 3.0°" in studio.mask.health.words
    assert (studio.mask.health.state, studio.plate.job) == (PlateState.GOOD, first.job)
    assert np.abs(studio.plate.image.astype(int) - studio.picture)[15:-15, 15:-15].mean() < 4
    assert len({mask.plate_id for mask in studio.of(Mask)}) == 2


def test_a_camera_that_shows_another_room_is_not_followed(studio: Studio) -> None:
    learned(studio)
    studio.picture = room(9)
    studio.run(4)
    assert (studio.mask.plate_id, studio.mask.health.state) == (studio.plate.plate_id, PlateState.MOVED)
    assert "Press Bkg" in studio.mask.health.words
    assert len({mask.plate_id for mask in studio.of(Mask)}) == 1


def test_the_plate_goes_along_with_a_room_that_changes_slowly(open_studio: Open, tmp_path: Path) -> None:
    studio = learned(open_studio())
    first = studio.plate
    strengths = iter(np.linspace(0, 20, 401))
    studio.said.clear()

    def shine() -> None:
        studio.picture = sun(room(), next(strengths))

    slowly(studio, 800, shine, apart_s=2)
    plates = studio.of(Plate)
    assert 1 <= len(plates) <= 13
    assert len({plate.plate_id for plate in plates}) == len(plates)
    assert {(plate.job, plate.health.state) for plate in plates} == {(first.job, PlateState.GOOD)}
    now = sun(room(), 20).astype(int)
    assert np.abs(studio.plate.image - now)[:, :40].mean() < 0.5 * np.abs(first.image - now)[:, :40].mean()
    assert studio.mask.plate_id == studio.plate.plate_id
    again = open_studio()
    again.run(0.1)
    assert again.plate.plate_id in {plate.plate_id for plate in [first, *plates]}


def test_a_plate_that_cannot_be_trusted_is_not_refreshed(studio: Studio) -> None:
    studio.run(0.1)
    studio.picture = with_person(room())
    studio.ask(LearnPlate(1.0, insist=True))
    studio.run(1.2, lambda: studio.segment.notice(palms(standing(65))))
    first = studio.plate
    assert (first.frames > 0, first.health.state) == (True, PlateState.OCCUPIED)
    studio.picture = sun(with_person(room()), 15)
    slowly(studio, 300)
    assert studio.plate.plate_id == first.plate_id


def test_the_refresh_can_be_switched_off(open_studio: Open) -> None:
    studio = learned(open_studio(refresh=False))
    first = studio.plate.plate_id
    studio.picture = sun(room(), 15)
    slowly(studio, 300)
    assert studio.plate.plate_id == first


def test_a_thing_left_in_the_room_is_told_until_it_is_gone(studio: Studio) -> None:
    learned(studio)
    first = studio.plate.plate_id

    def look() -> None:
        studio.segment.notice(palms())

    studio.picture = with_person(room())
    slowly(studio, 290, look)
    assert studio.mask.health.state is PlateState.GOOD
    slowly(studio, 60, look)
    assert studio.mask.health.state is PlateState.STALE
    assert "press Bkg" in studio.segment.vitals().error
    assert studio.plate.plate_id == first
    studio.picture = room()
    slowly(studio, 30, look)
    assert studio.mask.health.state is PlateState.GOOD


def test_somebody_who_stays_is_no_thing(studio: Studio) -> None:
    learned(studio)
    studio.picture = with_person(room())
    slowly(studio, 400, lambda: studio.segment.notice(palms(standing(65))))
    assert studio.mask.health.state is PlateState.GOOD
    slowly(studio, 400)
    assert studio.mask.health.state is PlateState.GOOD


def test_a_camera_that_starts_again_lets_the_plate_go_no_farther_from_what_was_learned(studio: Studio) -> None:
    learned(studio)
    first = studio.plate
    studio.picture = sun(room(), 8)
    slowly(studio, 200)
    assert studio.plate.plate_id != first.plate_id
    studio.session = "camera-2"
    studio.run(0.1)
    refresher = studio.plates._refresher
    assert refresher is not None
    assert (refresher._learned == first.image).all()
    assert (refresher._plate == studio.plate.image).all()
