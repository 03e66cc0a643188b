"""The plate on disk: when it comes back, and what a spoiled or full disk does."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from common.messages import ClearPlate, LearnPlate, LoadPlate, Mask, Plate, PlateState
from common.sets import encode_png
from services.segment.kept_plate import PlateStore, plate_id
from tests.services.segment.learned import LEARN, Open, learned, palms, slowly, standing, sun
from tests.services.segment.scene import noisy, room, with_person


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


def test_somebody_in_the_plate_is_still_told_after_a_restart(open_studio: Open) -> None:
    studio = learned(open_studio())
    studio.picture = with_person(room())
    studio.ask(LearnPlate(1.0, insist=True), "job-2")
    studio.run(1.2, lambda: studio.segment.notice(palms(standing(65))))
    assert studio.plate.health.state is PlateState.OCCUPIED
    again = open_studio()
    again.picture = studio.picture
    again.run(1.0)
    assert again.plate.plate_id == studio.plate.plate_id
    assert again.mask.health == studio.plate.health


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


def test_after_a_plate_that_could_not_be_saved_the_older_copy_stays_whole(
    open_studio: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    studio = learned(open_studio())
    first = studio.plate.plate_id
    monkeypatch.setattr(PlateStore, "save", full)
    studio.ask(LEARN, "job-2")
    studio.run(1.2)
    assert studio.plate.plate_id != first
    studio.picture = np.roll(room(), 12, axis=1)
    studio.run(2)
    assert studio.plates.health.state is PlateState.MOVED
    assert "will not survive a restart" in studio.plates.not_kept
    again = open_studio()
    again.run(0.1)
    assert again.plate.plate_id == first


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


def test_what_health_says_after_a_refresh_is_written_beside_the_right_image(open_studio: Open) -> None:
    studio = learned(open_studio())
    first = studio.plate.plate_id
    studio.picture = sun(room(), 15)
    slowly(studio, 200)
    assert studio.plate.plate_id != first
    studio.picture = np.roll(sun(room(), 15), 12, axis=1)
    studio.run(3)
    assert studio.mask.health.state is PlateState.MOVED
    again = open_studio()
    again.run(0.1)
    assert again.plate.plate_id == studio.plate.plate_id
