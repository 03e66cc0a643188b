"""What a message tells that is worth a toast: a save, the end of a training, and how to take either back."""

from dataclasses import dataclass

from common.messages import Recording, RecordingState, RollBackWeights, Training, TrainingState, UndoSave
from services.ui.actions import Ask
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.draw.training import gain
from services.ui.toasts import Offer

_SWAP_S = 60.0
"""Other weights are in use after a second, and after many on a busy machine."""
_TRAINED_S = 30.0
"""Whoever waited minutes for a training does not stand at the keyboard when it ends."""


@dataclass(frozen=True, slots=True)
class News:
    """What to say, and what to offer beside it."""

    sentence: Sentence
    offer: Offer | None = None


def of_recording(before: Recording | None, after: Recording) -> News | None:
    """A save that was not known before; `before` is None at the start, when nothing is new."""
    if before is None or after.state is not RecordingState.SAVED:
        return None
    if (before.state, before.saved, before.job) == (after.state, after.saved, after.job):
        return None
    return News(Sentence(after.words, Level.GOOD), Offer("Undo", Ask("recorder", UndoSave())))


def of_training(before: Training | None, after: Training) -> News | None:
    """A training that ended since; what failed is told for longer elsewhere, see guide.trouble."""
    if before is None or (before.job, before.state) == (after.job, after.state):
        return None
    if after.state is TrainingState.DONE and after.swapped:
        undo = Offer("Undo", Ask("segment", RollBackWeights(), patience_s=_SWAP_S), stays_s=_TRAINED_S)
        return News(Sentence(f"{_scores(after)}swapped", Level.GOOD), undo)
    if after.state is TrainingState.DONE:
        return News(_unchanged(after))
    if after.state is TrainingState.STOPPED:
        kept = f" What it learned so far lies in {after.run}." if after.run else ""
        return News(Sentence(f"The training was stopped.{kept}"))
    return None


def _unchanged(training: Training) -> Sentence:
    """Why the weights in use stay, from the trainer's words, which also hold what a command line is told."""
    _, found, why = training.words.partition("Not swapped: ")
    return Sentence(f"{_scores(training)}not swapped: {why.partition(';')[0]}" if found else training.words, Level.WARN)


def _scores(training: Training) -> str:
    before, after = training.iou_before, training.iou_after
    return "" if before is None or after is None else f"IoU {gain(before, after)}, "
