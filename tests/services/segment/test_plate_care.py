import errno
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.messages import (
    Accepted,
    ClearPlate,
    Done,
    FrameKey,
    Keypoint,
    LearnPlate,
    LoadPlate,
    Mask,
    Palms,
    Person,
    Plate,
    PlateState,
    Refused,
)
from common.sets import encode_png
from services.segment.kept_plate import plate_id
from tests.services.segment.scene import Studio, noisy, room, with_person

LEARN = LearnPlate(1.0)
Open = Callable[..., Studio]


@pytest.fixture
def open_studio(tmp_path: Path) -> Iterator[Open]:
    """Opens studios that share a state folder."""
    opened: list[Studio] = []

    def start(**options: object) -> Studio:
        opened.append(Studio(tmp_path / "state", **options))
        return opened[-1]

    yield start
    for studio in opened:
        studio.close()


@pytest.fixture
def studio(open_studio: Open) -> Studio:
    return open_studio()


def learned(studio: Studio) -> Studio:
    studio.run(0.1)
    assert isinstance(studio.ask(LEARN).replies[0], Accepted)
    studio.run(1.2)
    assert studio.plate.frames > 0
    return studio


def standing(left: float) -> Person:
    points = [Keypoint(x, y, 0.9) for x in (left, left + 30) for y in (25, 60, 110)]
    return Person(0.9, tuple(points), None, None)


def palms(*people: Person) -> Palms:
    return Palms(FrameKey("cam0", "s", 0, 0, ""), people)


def test_without_a_plate_there_are_no_masks_and_words_that_help(studio: Studio) -> None:
    studio.run(1)
    assert studio.of(Mask) == []
    assert (studio.plate.plate_id, studio.plate.image.size) == ("", 0)
    assert "press Bkg" in studio.segment.vitals().error


def test_a_burst_becomes_the_plate_and_masks_follow(studio: Studio) -> None:
    learned(studio)
    assert (studio.plate.job, studio.plate.camera, studio.plate.health.state) == ("job-1", "cam0", PlateState.GOOD)
    assert 25 <= studio.plate.frames <= 31
    assert np.abs(studio.plate.image.astype(int) - room()).mean() < 1.5
    studio.picture = with_person(room())
    studio.run(0.2)
    mask = studio.mask
    assert (mask.plate_id, mask.engine, mask.key.seq) == (studio.plate.plate_id, "fake", studio.seq)
    assert mask.plate_id == plate_id(studio.plate.image)
    truth = np.zeros(mask.alpha.shape, bool)
    truth[20:, 60:100] = True
    assert ((mask.alpha > 127) == truth).mean() > 0.97
    assert studio.segment.vitals().error == ""


def test_masks_go_on_while_another_plate_is_learned_and_tell_how_far(studio: Studio) -> None:
    learned(studio)
    first = studio.plate.plate_id
    studio.ask(LEARN, "job-2")
    studio.said.clear()
    studio.run(0.5)
    assert [mask.plate_id for mask in studio.of(Mask)] == [first] * 15
    assert "Learning the plate, 15 of 31 frames" in studio.mask.health.words
    assert isinstance(studio.ask(LEARN).replies[0], Refused)
    studio.run(0.7)
    studio.run(0.1)
    assert (studio.plate.job, studio.mask.plate_id) == ("job-2", studio.plate.plate_id)


def test_a_passer_by_does_not_get_into_the_plate(studio: Studio) -> None:
    studio.run(0.1)
    studio.ask(LEARN)
    steps = iter(range(100))

    def walk() -> None:
        left = next(steps) * 5
        studio.picture = with_person(room(), left, 40)
        studio.segment.notice(palms(standing(left)))

    studio.run(1.2, walk)
    assert studio.plate.health.state is PlateState.GOOD
    assert np.abs(studio.plate.image.astype(int) - room()).max() < 25


def test_somebody_who_stands_there_is_refused_unless_insisted_on(studio: Studio) -> None:
    learned(studio)
    first = studio.plate
    studio.picture = with_person(room())

    def look() -> None:
        studio.segment.notice(palms(standing(65)))

    studio.ask(LEARN, "job-2")
    studio.said.clear()
    studio.run(1.2, look)
    refused, still = studio.of(Plate)[:2]
    assert (refused.job, refused.frames, refused.health.state) == ("job-2", 0, PlateState.OCCUPIED)
    assert "step out" in refused.health.words
    assert (still.plate_id, still.job) == (first.plate_id, first.job)
    studio.ask(LearnPlate(1.0, insist=True), "job-3")
    studio.run(1.2, look)
    assert (studio.plate.job, studio.plate.frames > 0) == ("job-3", True)
    assert studio.plate.health.state is PlateState.OCCUPIED


def test_what_moves_all_the_time_is_refused(studio: Studio) -> None:
    studio.run(0.1)
    studio.ask(LEARN)
    rng = np.random.default_rng(0)

    def fidget() -> None:
        studio.picture = room()
        studio.picture[40:100, 40:90] = rng.integers(0, 256, (60, 50, 3))

    studio.run(1.2, fidget)
    assert (studio.plate.plate_id, studio.plate.health.state) == ("", PlateState.NONE)
    assert studio.of(Plate)[-2].health.state is PlateState.OCCUPIED


def test_a_camera_that_stops_ends_the_learning(studio: Studio) -> None:
    studio.run(0.1)
    studio.ask(LEARN)
    studio.run(0.2)
    studio.now += 5.1
    studio.turn(None)
    assert (studio.of(Plate)[-2].job, studio.of(Plate)[-2].frames) == ("job-1", 0)
    assert "No picture came" in studio.of(Plate)[-2].health.words
    assert isinstance(studio.ask(LEARN).replies[0], Refused)


@pytest.mark.parametrize("seconds", [0, -1, 61, float("nan")])
def test_impossible_times_are_refused(studio: Studio, seconds: float) -> None:
    studio.run(0.1)
    assert isinstance(studio.ask(LearnPlate(seconds)).replies[0], Refused)


def test_a_plate_can_be_loaded_and_forgotten(studio: Studio) -> None:
    studio.run(0.1)
    reply = studio.ask(LoadPlate(room(), "room.png")).replies[0]
    assert isinstance(reply, Done)
    studio.run(0.1)
    assert (studio.plate.frames, studio.mask.plate_id) == (1, reply.detail["plate_id"])
    assert isinstance(studio.ask(ClearPlate()).replies[0], Done)
    studio.said.clear()
    studio.run(0.2)
    assert (studio.plate.plate_id, studio.of(Mask)) == ("", [])


@pytest.mark.parametrize("shape", [(120, 160), (120, 160, 4), (60, 80, 3), (0, 0, 3)])
def test_an_image_that_cannot_be_the_plate_is_refused(studio: Studio, shape: tuple[int, ...]) -> None:
    studio.run(0.1)
    assert isinstance(studio.ask(LoadPlate(np.zeros(shape, np.uint8), "odd.png")).replies[0], Refused)
    assert studio.plate.plate_id == ""


def test_frames_of_another_size_get_no_mask_but_words(studio: Studio) -> None:
    learned(studio)
    studio.picture = np.zeros((60, 80, 3), np.uint8)
    studio.said.clear()
    studio.run(0.2)
    assert studio.of(Mask) == []
    assert "80x60" in studio.segment.vitals().error
    assert studio.plate.health.state is PlateState.WRONG_SIZE
    studio.picture = room()
    studio.run(0.2)
    assert studio.mask.health.state is PlateState.GOOD


def test_the_plate_survives_a_restart_in_the_same_session_whatever_its_health(open_studio: Open) -> None:
    studio = learned(open_studio())
    studio.picture = np.roll(room(), 12, axis=1)
    studio.run(3)
    assert studio.mask.health.state is PlateState.MOVED
    again = open_studio()
    again.run(0.1)
    assert len(again.of(Plate)) == 1
    assert (again.plate.plate_id, again.plate.frames) == (studio.plate.plate_id, studio.plate.frames)
    assert (again.plate.image == studio.plate.image).all()
    assert len(again.of(Mask)) == 3


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


def test_another_day_the_plate_comes_back_if_it_was_good(open_studio: Open) -> None:
    studio = learned(open_studio())
    again = open_studio(session="camera-2")
    again.run(0.1)
    assert again.plate.plate_id == studio.plate.plate_id
    again.picture = np.roll(room(), 12, axis=1)
    again.run(3)
    assert again.mask.health.state is PlateState.MOVED
    third = open_studio(session="camera-3")
    third.run(0.1)
    assert third.plate.plate_id == ""


@pytest.mark.parametrize("change", [{"mirrored": True}, {"live": True}, {"picture": np.zeros((60, 80, 3), np.uint8)}])
def test_another_view_does_not_get_the_last_plate(open_studio: Open, change: dict[str, object]) -> None:
    learned(open_studio())
    again = open_studio(session="camera-2")
    for name, value in change.items():
        setattr(again, name, value)
    again.run(0.1)
    assert again.plate.plate_id == ""


def test_a_forgotten_plate_stays_forgotten(open_studio: Open) -> None:
    studio = learned(open_studio())
    studio.ask(ClearPlate())
    studio.settle()
    again = open_studio()
    again.run(0.1)
    assert again.plate.plate_id == ""


@pytest.mark.parametrize("seconds", [0.3, 1.05])
def test_clearing_ends_what_is_being_learned(studio: Studio, seconds: float) -> None:
    studio.run(0.1)
    studio.ask(LEARN)
    for _ in range(round(seconds * 30)):
        studio.now += 1 / 30
        studio.turn(studio.frame())
        if studio.plates._computing:
            break
    studio.ask(ClearPlate(), "clear")
    studio.run(0.2)
    assert (studio.plate.plate_id, studio.of(Mask)) == ("", [])
    assert any(plate.job == "job-1" and "cleared" in plate.health.words for plate in studio.of(Plate))


def spoil_json(state: Path) -> None:
    (state / "plate.json").write_text('{"id": ')


def spoil_fields(state: Path) -> None:
    about = json.loads((state / "plate.json").read_text())
    (state / "plate.json").write_text(json.dumps(about | {"health": "fine"}))


def spoil_view(state: Path) -> None:
    about = json.loads((state / "plate.json").read_text())
    (state / "plate.json").write_text(json.dumps(about | {"view": {"camera": "cam0"}}))


def not_an_object(state: Path) -> None:
    (state / "plate.json").write_text("[1, 2]")


def binary(state: Path) -> None:
    (state / "plate.json").write_bytes(b"\xff\xfe\x00")


def other_image(state: Path) -> None:
    (state / "plate.png").write_bytes(encode_png(room(9)))


def cut_image(state: Path) -> None:
    (state / "plate.png").write_bytes((state / "plate.png").read_bytes()[:500])


def no_image(state: Path) -> None:
    (state / "plate.png").unlink()


@pytest.mark.parametrize(
    "spoil",
    [spoil_json, spoil_fields, spoil_view, not_an_object, binary, other_image, cut_image, no_image],
)
def test_a_spoiled_state_is_passed_over_with_a_warning(
    open_studio: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    learned(open_studio())
    spoil(tmp_path / "state")
    again = open_studio()
    again.run(0.1)
    assert again.plate.plate_id == ""
    assert "passing over" in caplog.text


def test_a_full_disk_is_told_and_the_plate_is_used(open_studio: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    studio = open_studio()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        learned(studio)
        assert "will not survive a restart" in studio.segment.vitals().error
        assert "No space left" in studio.segment.vitals().error
    studio.ask(LEARN)
    studio.run(1.2)
    assert studio.segment.vitals().error == ""


def test_the_settings_plate_is_used_in_a_new_session_and_learned_ones_in_the_same(
    open_studio: Open, tmp_path: Path
) -> None:
    given = tmp_path / "given.png"
    given.write_bytes(encode_png(noisy(room(), 3)))
    studio = open_studio(given=given)
    studio.run(0.2)
    assert (studio.plate.image == noisy(room(), 3)).all()
    learned(studio)
    again = open_studio(given=given)
    again.run(0.2)
    assert again.plate.plate_id == studio.plate.plate_id
    other = open_studio(given=given, session="camera-2")
    other.run(0.2)
    assert other.plate.plate_id == plate_id(noisy(room(), 3))


def test_a_settings_plate_that_cannot_be_read_is_told(open_studio: Open, tmp_path: Path) -> None:
    (tmp_path / "given.png").write_bytes(b"no image")
    studio = open_studio(given=tmp_path / "given.png")
    studio.run(0.2)
    assert "given.png is not a whole image" in studio.segment.vitals().error
    learned(studio)
    assert studio.segment.vitals().error == ""


def test_a_request_before_the_first_frame_is_not_undone_by_it(open_studio: Open, tmp_path: Path) -> None:
    (tmp_path / "given.png").write_bytes(encode_png(room(5)))
    studio = open_studio(given=tmp_path / "given.png")
    studio.ask(LoadPlate(room(), "room.png"))
    studio.run(0.3)
    assert (studio.plate.image == room()).all()
    again = open_studio(given=tmp_path / "given.png")
    again.run(0.1)
    assert (again.plate.image == room()).all()


def sun(picture: np.ndarray, strength: float) -> np.ndarray:
    down, across = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    patch = strength * np.exp(-((across - 20) ** 2 + (down - 60) ** 2) / 300)[..., None]
    return np.clip(picture + patch, 0, 255).astype(np.uint8)


def slowly(studio: Studio, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Frames two seconds apart."""
    for _ in range(round(seconds / 2)):
        studio.now += 2
        meanwhile()
        studio.turn(studio.frame())
        studio.settle()


def test_the_plate_goes_along_with_a_room_that_changes_slowly(open_studio: Open, tmp_path: Path) -> None:
    studio = learned(open_studio())
    first = studio.plate
    strengths = iter(np.linspace(0, 20, 401))
    studio.said.clear()

    def shine() -> None:
        studio.picture = sun(room(), next(strengths))

    slowly(studio, 800, shine)
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


def test_the_refresh_can_be_switched_off(open_studio: Open) -> None:
    studio = learned(open_studio(refresh=False))
    first = studio.plate.plate_id
    studio.picture = sun(room(), 15)
    slowly(studio, 300)
    assert studio.plate.plate_id == first


def test_what_health_says_after_a_refresh_is_written_beside_the_right_image(open_studio: Open) -> None:
    studio = learned(open_studio())
    studio.picture = sun(room(), 15)
    slowly(studio, 200)
    studio.picture = np.roll(sun(room(), 15), 12, axis=1)
    studio.run(3)
    assert studio.mask.health.state is PlateState.MOVED
    again = open_studio()
    again.run(0.1)
    assert again.plate.plate_id == studio.plate.plate_id


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
