"""The desk without sockets and screens: what is pressed, asked, said and shown."""

import random

import pytest
from prometheus_client import generate_latest

from common.clock import now_ns
from common.control import ControlTimeoutError
from common.messages import (
    CancelCapture,
    Capture,
    Done,
    PlateHealth,
    PlateState,
    RecordingState,
    RecordingTarget,
    Refused,
    ServiceState,
)
from services.ui.actions import Ask
from services.ui.apps.clone import Show
from services.ui.apps.studio import BKG, EXT, SAV
from services.ui.fronts.front import Closed, Gesture, Key, Pointer, Press, Shown
from services.ui.status import status
from tests.services.ui.fakes import alive, desk, frame, health, key, mask_of, palms, plate, recording


def press_at(button):
    return Pointer(Gesture.PRESS, button.x, button.y)


@pytest.mark.parametrize("button, target", [(BKG, RecordingTarget.PLATE), (SAV, RecordingTarget.FRAME)])
def test_the_mouse_acts_at_once(button, target):
    sent = []
    made = desk(sent=sent)
    made.take(frame(1), 1.0)
    made.on(press_at(button), 1.0)
    assert sent == [Ask("recorder", Capture(target))]


def test_beside_a_button_nothing_happens():
    sent = []
    made = desk(sent=sent)
    made.take(frame(1), 1.0)
    made.on(Pointer(Gesture.PRESS, BKG.x, BKG.y + 0.1), 1.0)
    assert sent == [] and not made.done


@pytest.mark.parametrize("event", [press_at(EXT), Press("ext"), Key("q"), Key("esc"), Closed()])
def test_these_end_it(event):
    made = desk()
    made.on(event, 1.0)
    assert made.done


def test_escape_closes_the_help_first():
    made = desk()
    made.on(Key("?"), 1.0)
    assert made.help
    made.on(Key("esc"), 1.1)
    assert not made.help and not made.done


@pytest.mark.parametrize("name", ["b", "s"])
def test_keys_press_buttons(name):
    sent = []
    desk_ = desk(sent=sent)
    desk_.on(Key(name), 1.0)
    assert len(sent) == 1


@pytest.mark.parametrize("name", ["", "nothing", "BKG"])
def test_a_button_that_is_not_there_is_passed_over(name):
    sent = []
    made = desk(sent=sent)
    made.on(Press(name), 1.0)
    assert sent == [] and not made.done


def test_a_key_that_counts_as_a_digit_and_is_none_is_passed_over():
    """French keyboards have it where others have the backtick."""
    made = desk()
    made.on(Key("²"), 1.0)
    assert made.app.name == "studio"


def test_no_app_of_that_name_is_no_press():
    made = desk()
    made.on(Press("app:nowhere"), 1.0)
    made.on(Press("app:mask"), 1.0)
    presses = b"\n".join(line for line in generate_latest(made._metrics.registry).splitlines() if b"presses" in line)
    assert made.app.name == "mask" and b"app:mask" in presses and b"nowhere" not in presses


def test_pressing_again_by_hand_stops_the_count_but_a_double_click_does_not():
    sent = []
    made = desk(sent=sent)
    made.take(recording(RecordingState.COUNTDOWN, left=4.5, total=5), 1.0)
    made.on(press_at(BKG), 1.1)
    assert sent == []
    made.on(press_at(BKG), 3.0)
    assert sent == [Ask("recorder", CancelCapture())]


def test_a_count_whose_recorder_died_does_not_stand_for_ever():
    made = desk()
    made.take(recording(RecordingState.COUNTDOWN, left=4.5, total=5), 1.0)
    assert made.app.counting(made.state, 2.0) == {"bkg": pytest.approx(0.3)}
    assert made.app.counting(made.state, 9.0) == {}


def touch(made, button, start, seconds, rate=12.0):
    made.take(frame(1), start)
    for number in range(int(seconds * rate)):
        made.take(palms(number, (button.x * 640, button.y * 480)), start + number / rate)


def test_a_palm_presses_by_dwelling():
    sent = []
    made = desk(sent=sent)
    touch(made, SAV, start=1.0, seconds=1.0)
    assert sent == []
    touch(made, SAV, start=2.0, seconds=1.0)
    assert sent == [Ask("recorder", Capture(RecordingTarget.FRAME))]


def test_ext_by_palm_asks_once_more():
    made = desk()
    alive(made, 2.0)
    touch(made, EXT, start=1.0, seconds=2.0)
    assert not made.done
    made.take(frame(2), 3.0)
    assert "once more" in made.sentence(3.0).words
    touch(made, EXT, start=4.0, seconds=2.0)
    assert made.done


@pytest.mark.parametrize(
    "answer, words",
    [
        (Refused("Set 3 has a plate."), "Set 3 has a plate."),
        (ControlTimeoutError("recorder did not answer."), "recorder did not answer."),
        (Done("The count is stopped.", {}), "The count is stopped."),
    ],
)
def test_what_services_say_is_shown_as_a_toast(answer, words):
    made = desk(answer=answer)
    made.on(press_at(BKG), 1.0)
    made.turn(1.1)
    assert [toast.sentence.words for toast in made.toasts(1.2)] == [words]
    assert made.toasts(20.0) == []


def test_a_tool_pressed_again_says_its_newest_word_alone():
    made = desk(app="clone")
    for now, name in enumerate("dtd", 1):
        made.on(Key(name), now)
    assert [toast.sentence.words for toast in made.toasts(3)] == ["The double is a moment behind", "3 doubles"]


def test_a_save_is_told_once_and_not_for_what_was_saved_before_the_start():
    made = desk()
    old = recording(RecordingState.SAVED, words="Saved 0.png", saved="0.png")
    made.take(old, 1.0)
    assert made.toasts(1.1) == []
    made.take(recording(RecordingState.COUNTDOWN, left=1), 2.0)
    for now in (3.0, 3.5):
        made.take(recording(RecordingState.SAVED, words="Saved 1.png", saved="1.png"), now)
    assert [toast.sentence.words for toast in made.toasts(3.6)] == ["Saved 1.png"]


def test_without_a_camera_a_card_says_what_to_do():
    made = desk()
    made.take(health("camera", error="The webcam /dev/video0 is busy. Close the other program."), 9.0)
    picture = made.picture(10.0)
    assert picture is not None and picture.key is None
    assert picture.image.shape == (480, 640, 3)
    assert "Close the other program" in made.sentence(10.0).words


def test_the_first_minute_guides():
    made = desk()
    made.take(frame(1), 9.9)
    alive(made, 9.9)
    assert made.sentence(10).words == "Touch Bkg with your palm, then step out of the picture"
    made.take(health("pose", error="Palms are not seen: there are no pose weights."), 9.9)
    assert made.sentence(10).words == "Press Bkg, then step out of the picture", (
        "a palm that is not seen touches nothing"
    )
    made.take(plate(), 10)
    assert made.sentence(10) is None
    made.take(recording(RecordingState.IDLE), 10)
    assert "Sav" in made.sentence(10).words
    made.take(recording(RecordingState.IDLE, frames=1), 10)
    assert made.sentence(10) is None


def test_the_guidance_goes_before_segments_complaint_that_there_is_no_plate():
    made = desk()
    made.take(frame(1), 9.9)
    alive(made, 9.9)
    made.take(health("segment", ServiceState.DEGRADED, "No plate yet."), 9.9)
    assert "step out of the picture" in made.sentence(10).words
    made.take(plate(), 10)
    made.take(health("segment", ServiceState.DEGRADED, "The weights could not be loaded."), 10)
    assert made.sentence(10).words == "The weights could not be loaded."


@pytest.mark.parametrize("service", ["segment", "recorder"])
def test_a_dead_service_is_told_of_in_words(service):
    made = desk()
    made.take(frame(1), 19.9)
    alive(made, 19.9, *({"camera", "segment", "recorder", "pose"} - {service}))
    assert made.sentence(20).words.startswith(f"{service} is not running")


def test_missing_palms_are_told_of_once_and_then_stand_in_the_strip():
    made = desk()
    for now in (8.0, 20.0):
        made.take(frame(int(now)), now)
        alive(made, now, "camera", "segment", "recorder")
        made.turn(now)
        said = [toast.sentence.words for toast in made.toasts(now)]
        assert any("palms are not seen" in words for words in said) == (now == 8.0)
        assert "no palms" in [fact["words"] for fact in status(made, now)["facts"]]


def test_what_of_a_webcam_is_held_is_told_once():
    made, told = desk(), []
    for now in (10.0, 11.0, 20.0):
        alive(made, now)
        made.take(frame(int(now)), now)
        made.take(health("camera", device="USB Camera 640x480; Exposure and focus are held"), now)
        made.turn(now)
        told.append([toast.sentence.words for toast in made.toasts(now)])
    assert told == [["Exposure and focus are held."], ["Exposure and focus are held."], []]
    assert "no palms" not in [fact["words"] for fact in status(made, 20.0)["facts"]]


def test_a_failed_save_stands_for_a_while():
    made = desk()
    alive(made, 9.9)
    made.take(frame(1), 9.9)
    made.take(recording(RecordingState.FAILED, words="The disk is full."), 10)
    made.take(frame(2), 12)
    assert made.sentence(12).words == "The disk is full."


def test_a_bad_plate_is_told_in_segments_words():
    made = desk()
    alive(made, 9.9)
    shown = frame(1)
    made.take(shown, 9.9)
    made.take(plate(), 9.9)
    made.take(mask_of(shown, health=PlateHealth(PlateState.MOVED, "The camera moved. Press Bkg.")), 9.95)
    assert made.sentence(10).words == "The camera moved. Press Bkg."


@pytest.mark.parametrize("app, where", [("backdrop", "studio (key 1)"), ("clone", "L, then Clone")])
@pytest.mark.parametrize("found", [PlateState.MOVED, PlateState.STALE])
def test_an_app_without_bkg_says_what_to_press_for_it(app, where, found):
    """Segment's words know one way alone, and there is no such button here."""
    made = desk(app=app)
    alive(made, 1.0)
    if app == "clone":
        made.app.show = Show.SHOWN
    bad = PlateHealth(found, "Something is wrong. Press Bkg.")
    made.take(plate(health=bad), 1.0)
    made.take(frame(1), 1.0)
    made.take(mask_of(frame(1), health=bad), 1.0)
    made.picture(1.0)
    assert bad.words in made.sentence(1.0).words and where in made.sentence(1.0).words


def test_a_picture_is_drawn_for_each_frame_and_not_twice():
    made = desk()
    made.take(frame(1), 1.0)
    assert made.picture(1.0).key.seq == 1
    assert made.picture(1.01) is None
    made.take(frame(2), 1.05)
    assert made.picture(1.05).key.seq == 2


def test_no_more_pictures_than_asked_for():
    made = desk()
    count = 0
    for number in range(200):
        made.take(frame(number), 1 + number / 200)
        count += made.picture(1 + number / 200) is not None
    assert count <= 35


def test_frames_that_come_unevenly_are_drawn_when_they_come():
    """30 a second on average, each up to 12 ms early or late: none waits because the one before was late."""
    made, rng = desk(), random.Random(3)
    for number in range(1, 60):
        came = number / 30 + rng.uniform(-0.012, 0.012)
        made.take(frame(number), came)
        assert made.picture(came) is not None


def test_latency_is_from_capture_to_the_screen():
    made = desk()
    shown = key(1, capture_ns=now_ns() - 50_000_000)
    made.on(Shown(shown, shown.capture_ns + 50_000_000), 1.0)
    assert made.state.latency_ms() == pytest.approx(50)
    sample = made._metrics.registry.get_sample_value
    assert sample("bgsub_latency_seconds_sum", {"what": "picture"}) == pytest.approx(0.05)
    assert made.vitals(1.0).latency_ms == pytest.approx(50)


def test_the_status_is_complete_and_plain():
    import json

    made = desk()
    alive(made, 9.9)
    made.take(health("pose", ServiceState.DEGRADED, "No weights."), 9.9)
    made.take(frame(1), 9.9)
    made.take(plate(), 9.9)
    said = json.loads(json.dumps(status(made, 10.0)))
    assert [button["word"] for button in said["buttons"]] == ["Bkg", "Sav", "Trn", "Ext"]
    assert {service["name"]: service["state"] for service in said["services"]}["pose"] == "degraded"
    assert said["figures"]["plate"] == "good" and said["figures"]["device"] == "cpu"


def test_frames_stay_as_they_came():
    made = desk()
    shown = frame(1)
    before = shown.image.copy()
    made.take(shown, 1.0)
    made.take(mask_of(shown), 1.0)
    assert made.picture(1.0) is not None
    assert (shown.image == before).all()
