"""A plate is learned, loaded, refused and forgotten."""

from pathlib import Path
from threading import Event

import numpy as np
import pytest

from common.messages import (
    Accepted,
    ClearPlate,
    Done,
    LearnPlate,
    LoadPlate,
    Mask,
    Plate,
    PlateState,
    Refused,
    Request,
)
from common.sets import encode_png
from services.segment.kept_plate import plate_id
from services.segment.plate_care import NO_PLATE
from tests.services.segment.learned import LEARN, Open, learned, palms, standing
from tests.services.segment.scene import Studio, room, with_person


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


def test_of_a_picture_too_small_no_plate_is_learned(studio: Studio) -> None:
    studio.picture = np.zeros((7, 9, 3), np.uint8)
    studio.run(0.1)
    reply = studio.ask(LEARN).replies[0]
    assert isinstance(reply, Refused)
    assert "at least 16x16 pixels" in reply.words
    studio.picture = room()
    studio.run(0.1)
    studio.ask(LEARN)
    studio.picture = np.zeros((7, 9, 3), np.uint8)
    studio.run(7)
    assert (studio.plate.plate_id, studio.of(Plate)[-2].job) == ("", "job-1")


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


def held_up(studio: Studio) -> Event:
    """Whatever is begun aside waits until the event is set."""
    may_go = Event()
    studio.aside.begin(lambda: may_go.wait(30), lambda _: None, pytest.fail)
    return may_go


def turns(studio: Studio, seconds: float) -> None:
    """Without waiting for what is done aside."""
    for _ in range(round(seconds * 30)):
        studio.now += 1 / 30
        studio.turn(studio.frame())


def test_a_plate_cleared_while_it_was_computed_leaves_the_next_alone(studio: Studio) -> None:
    studio.run(0.1)
    may_go = held_up(studio)
    studio.ask(LEARN, "job-1")
    turns(studio, 1.2)
    studio.ask(ClearPlate(), "clear")
    studio.picture = room(2)
    assert isinstance(studio.ask(LEARN, "job-2").replies[0], Accepted)
    turns(studio, 1.2)
    may_go.set()
    studio.settle()
    assert [(plate.job, plate.health.words) for plate in studio.of(Plate) if plate.frames == 0 and plate.job] == [
        ("job-1", "The plate was cleared while it was being learned.")
    ]
    assert (studio.plate.job, studio.plate.health.state) == ("job-2", PlateState.GOOD)
    assert np.abs(studio.plate.image.astype(int) - room(2)).mean() < 1.5


@pytest.mark.parametrize("content", [encode_png(room(3)), b"no image"])
@pytest.mark.parametrize(("asked", "left"), [(LoadPlate(room(), "mine.png"), plate_id(room())), (ClearPlate(), "")])
def test_what_was_asked_for_while_the_settings_plate_was_loaded_stays(
    open_studio: Open, tmp_path: Path, content: bytes, asked: Request, left: str
) -> None:
    (tmp_path / "given.png").write_bytes(content)
    studio = open_studio(given=tmp_path / "given.png")
    may_go = held_up(studio)
    turns(studio, 0.1)
    studio.ask(asked)
    may_go.set()
    studio.settle()
    assert studio.plate.plate_id == left
    assert studio.plates.health == NO_PLATE or left
