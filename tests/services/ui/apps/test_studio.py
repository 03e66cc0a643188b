"""The studio beyond Bkg and Sav: what was saved and taken back, and training with what came of it."""

from itertools import combinations

import numpy as np
import pytest
from msgspec.structs import replace

from common.messages import (
    Recording,
    RecordingState,
    Refused,
    RollBackWeights,
    Shot,
    StopTraining,
    Train,
    Training,
    TrainingPoint,
    TrainingState,
    UndoSave,
)
from services.ui.actions import Ask
from services.ui.apps.studio import TRN
from services.ui.draw.canvas import text_width
from services.ui.draw.shots import draw_shots
from services.ui.draw.training import draw_training, gain, left_in_words
from services.ui.fronts.front import Gesture, Key, Pointer
from services.ui.status import status
from tests.services.ui.fakes import alive, desk, frame, palms, recording
from tests.services.ui.test_draw import SIZES, sheet

WORSE = "Not swapped: it got worse; `bgsub weights swap runs/1/best.safetensors` swaps all the same."


def shot(name, level=200):
    return Shot(name, np.full((96, 128, 3), level, np.uint8))


def saved(name) -> Recording:
    made = recording(RecordingState.SAVED, words=f"Saved {name} of set3.", saved=name)
    return replace(made, job=name, shots=(shot(name), shot("bkg.png")))


def training(state=TrainingState.RUNNING, iteration=100, **changes) -> Training:
    made = Training(state, "job", iteration, 300, 0.1, 60.0, 0.94, None, "", "Training on set3.", None)
    return replace(made, **changes)


def visited(**settings):
    sent = []
    made = desk(sent=sent, **settings)
    alive(made, 9.9)
    made.take(frame(1), 9.9)
    made.take(recording(RecordingState.IDLE), 9.9)
    return made, sent


def words(made, now):
    return [toast.sentence.words for toast in made.toasts(now)]


def test_undo_asks_the_recorder_to_take_back_the_last_save():
    made, sent = visited()
    made.on(Key("u"), 10.0)
    assert sent == [Ask("recorder", UndoSave())]


def test_a_save_offers_undo_on_its_toast_once():
    made, sent = visited()
    made.take(saved("0.png"), 10.0)
    made.turn(10.0)
    assert made.picture(10.2) is not None
    box = made._painter.offer
    press = Pointer(Gesture.PRESS, (box.x + box.width / 2) / 640, (box.y + box.height / 2) / 480)
    made.on(press, 10.3)
    assert sent == [Ask("recorder", UndoSave())]
    assert words(made, 10.3) == []
    made.picture(10.5)
    made.on(press, 10.6)
    assert len(sent) == 1


def test_u_takes_the_newest_offer_first():
    made, sent = visited()
    made.take(training(), 10.0)
    made.take(training(TrainingState.DONE, iou_after=0.98, swapped=True), 10.5)
    made.take(saved("1.png"), 11.0)
    for _ in range(2):
        made.on(Key("u"), 11.5)
    assert sent == [Ask("recorder", UndoSave()), Ask("segment", RollBackWeights(), patience_s=60)]


def test_what_the_recorder_says_of_an_undo_is_told():
    made, _ = visited(answer=Refused("set3 is empty: there is nothing to take back."))
    made.on(Key("u"), 10.0)
    made.turn(10.1)
    assert words(made, 10.2) == ["set3 is empty: there is nothing to take back."]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_saved_stands_below_sav_within_the_picture(size):
    canvas = sheet(60, size)
    top = 0.56 * size[0]
    draw_shots(canvas, [shot(name) for name in ("3.png", "2.png", "1.png", "bkg.png")], 0.85 * size[1], top, 9.0)
    changed = np.argwhere((canvas.finish() != 60).any(axis=2))
    assert len(changed) > 1000
    assert changed[:, 0].min() >= top - 2 and changed[:, 0].max() < size[0] - 8


def test_only_so_many_as_there_is_room_for():
    canvas = sheet(60)
    draw_shots(canvas, [shot("0.png")], 500, 475, 9.0)
    assert (canvas.finish() == 60).all()


def test_trn_asks_the_trainer_and_pressed_again_stops_it():
    made, sent = visited()
    made.on(Key("t"), 10.0)
    made.take(training(), 10.1)
    made.turn(10.1)
    assert [button.word for button in made.app.buttons()] == ["Bkg", "Sav", "Stop", "Ext"]
    assert made.app.counting(made.state, 10.1) == {"trn": pytest.approx(1 / 3)}
    made.on(Key("t"), 10.2)
    assert sent == [Ask("trainer", Train(300, 2)), Ask("trainer", StopTraining())]


def test_trn_by_palm_asks_once_more():
    made, sent = visited()
    for number in range(24):
        made.take(palms(number, (TRN.x * 640, TRN.y * 480)), 10 + number / 12)
    assert sent == []
    alive(made, 12.0)
    made.take(frame(2), 12.0)
    assert made.sentence(12.0).words == "Touch Trn once more to train on your sets"


@pytest.mark.parametrize(
    "end, said",
    [
        (training(TrainingState.DONE, iou_after=0.98, swapped=True), "IoU 0.94 → 0.98, swapped"),
        (training(TrainingState.DONE, iou_before=None, swapped=True), "swapped"),
        (
            training(TrainingState.DONE, iou_after=0.93, words=f"Saved. {WORSE}"),
            "IoU 0.94 → 0.93, not swapped: it got worse",
        ),
        (training(TrainingState.DONE, words="Saved in runs/1."), "Saved in runs/1."),
        (
            training(TrainingState.STOPPED, run="runs/1"),
            "The training was stopped. What it learned so far lies in runs/1.",
        ),
        (training(TrainingState.STOPPED, words="--resume goes on."), "The training was stopped."),
    ],
)
def test_the_end_of_a_training_is_told_once(end, said):
    made, _ = visited()
    made.take(training(), 10.0)
    for now in (10.5, 10.6):
        made.take(end, now)
    assert words(made, 10.7) == [said]


def test_a_swap_can_be_taken_back_by_whoever_comes_to_the_keyboard_half_a_minute_later():
    made, sent = visited()
    made.take(training(), 10.0)
    made.take(training(TrainingState.DONE, iou_after=0.98, swapped=True), 10.5)
    made.on(Key("u"), 40.0)
    assert sent == [Ask("segment", RollBackWeights(), patience_s=60)]


def test_a_training_that_failed_is_told_in_its_own_words():
    made, _ = visited()
    made.take(training(), 10.0)
    made.take(training(TrainingState.FAILED, words="images holds no frame with a mask."), 10.1)
    made.take(frame(2), 10.2)
    alive(made, 10.2)
    assert made.sentence(10.3).words == "images holds no frame with a mask."


def test_a_training_that_ended_before_the_start_is_no_news():
    made, _ = visited()
    made.take(training(TrainingState.DONE, swapped=True), 10.0)
    made.take(training(TrainingState.DONE, swapped=True), 12.0)
    assert words(made, 12.1) == []


def test_the_panel_stands_where_the_button_to_stop_it_is():
    pictures = {}
    for app in ("studio", "backdrop"):
        made, _ = visited(app=app)
        made.take(training(), 10.0)
        made.turn(10.0)
        pictures[app] = made._training()
    assert pictures["studio"] is not None and pictures["backdrop"] is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "curve", [(), (TrainingPoint(1, 0.5, 0.9),), tuple(TrainingPoint(k, 1 / k, None) for k in range(1, 90))]
)
def test_the_panel_is_drawn_at_any_size_from_the_first_step_on(size, curve):
    canvas = sheet(60, size)
    preview = np.full((96, 384, 3), 90, np.uint8) if curve else None
    top = draw_training(canvas, training(curve=curve, preview=preview), size[0] - 10)
    changed = np.argwhere((canvas.finish() != 60).any(axis=2))
    assert changed[:, 0].min() >= top - 2 and changed[:, 0].max() < size[0] - 8
    assert changed[:, 1].min() > 0.2 * size[1] and changed[:, 1].max() < 0.8 * size[1]


@pytest.mark.parametrize("size", SIZES)
def test_no_two_words_of_a_training_lie_on_each_other(size, monkeypatch):
    curve = (TrainingPoint(8, 1.0, 0.9), TrainingPoint(200, 0.005, 0.95))
    canvas, told = sheet(60, size), []

    def text(words, x, y, size, weight, *, align=0.0, **_):
        left = x - align * text_width(words, size, weight)
        mark = 12 * canvas.unit if "IoU" in words else 0
        told.append((round(y), left - mark, left + text_width(words, size, weight)))

    monkeypatch.setattr(canvas, "text", text)
    preview = np.full((96, 384, 3), 200, np.uint8)
    draw_training(canvas, training(curve=curve, preview=preview, iou_before=0.9), size[0] - 10)
    assert len(told) >= 4
    for one, other in combinations(told, 2):
        assert one[0] != other[0] or one[2] < other[1] or other[2] < one[1]


@pytest.mark.parametrize(
    "seconds, said", [(None, "starting"), (4, "a few seconds left"), (42, "40 s left"), (170, "3 min left")]
)
def test_the_time_left_is_told_as_exactly_as_it_is_known(seconds, said):
    assert left_in_words(training(eta_s=seconds)) == said


@pytest.mark.parametrize("scores, said", [((0.94, 0.98), "0.94 → 0.98"), ((0.971, 0.974), "0.971 → 0.974")])
def test_a_small_gain_gets_a_third_digit(scores, said):
    assert gain(*scores) == said


def test_the_page_knows_what_can_be_undone():
    made, _ = visited()
    made.take(saved("0.png"), 10.0)
    assert status(made, 10.1)["toasts"] == [{"words": "Saved 0.png of set3.", "level": "good", "offer": "Undo"}]
