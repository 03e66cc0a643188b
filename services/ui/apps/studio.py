"""The studio: learn the empty room (Bkg), save frames with it (Sav), train on them (Trn), end (Ext)."""

from collections.abc import Mapping, Sequence

from common.messages import (
    CancelCapture,
    Capture,
    Image,
    PlateState,
    Recording,
    RecordingState,
    RecordingTarget,
    Shot,
    StopTraining,
    Train,
    TrainingState,
    UndoSave,
)
from services.ui.actions import Action, Ask, Quit
from services.ui.apps.app import By, Tool
from services.ui.draw.buttons import RADIUS, Button, Role
from services.ui.draw.canvas import Canvas
from services.ui.draw.cards import Count, draw_busy, draw_count
from services.ui.draw.overlay import Overlay, lay
from services.ui.draw.panels import UNDO_KEY, Sentence
from services.ui.draw.shots import draw_shots
from services.ui.draw.theme import Level
from services.ui.pairing import View
from services.ui.state import State

EXT = Button("ext", "Ext", 0.85, 0.15, Role.ENDS, "Q", "End the studio")
SAV = Button("sav", "Sav", 0.85, 0.45, Role.WRITES, "S", "Save a frame")
BKG = Button("bkg", "Bkg", 0.15, 0.45, Role.WRITES, "B", "Learn room")
TRN = Button("trn", "Trn", 0.15, 0.75, Role.LONG, "T", "Train on your sets")
STOP = Button("trn", "Stop", 0.15, 0.75, Role.LONG, "T", "Stop the training")

TRAIN = Train(iterations=300, batch=2)
_TARGETS = {BKG.id: RecordingTarget.PLATE, SAV.id: RecordingTarget.FRAME}
_CANCEL_AFTER_S = 1.0
"""A second press sooner than this is a double click, and stops nothing."""
_SILENT_S = 3.0
"""A recorder at work speaks ten times a second."""


class Studio:
    """See the module."""

    name = "studio"
    title = "Studio"
    hides_room = False

    def __init__(self, overlay: Overlay = Overlay.CONTOUR, train: Train = TRAIN) -> None:
        """`train` is what Trn asks for."""
        self.overlay = overlay
        self._train = train
        self._trains = False
        self._shots: tuple[Shot, ...] = ()
        self._shots_came = float("-inf")

    def buttons(self) -> Sequence[Button]:
        """Where they have always been; Trn ends a training under way."""
        return BKG, SAV, STOP if self._trains else TRN, EXT

    def counting(self, state: State, now: float) -> Mapping[str, float]:
        """The buttons whose capture or training is under way."""
        training, recording = state.training, _under_way(state, now)
        trains = {TRN.id: training.iteration / max(1, training.iterations)} if training and self._trains else {}
        return trains | (self._captures(recording, state, now) if recording is not None else {})

    def _captures(self, recording: Recording, state: State, now: float) -> dict[str, float]:
        total = recording.seconds_total
        over = 1 - state.seconds_left(now) / total if recording.state is RecordingState.COUNTDOWN and total else 1.0
        return {button: over for button, target in _TARGETS.items() if target is recording.target}

    def press(self, button: str, by: By, state: State, now: float) -> Action | None:
        """Bkg and Sav ask the recorder, Trn the trainer; pressed again they stop it, Bkg and Sav by hand alone."""
        if button == EXT.id:
            return Quit()
        if button == TRN.id:
            return Ask("trainer", StopTraining() if self._trains else self._train)
        recording = _under_way(state, now)
        if recording is None or recording.target is not _TARGETS[button]:
            return Ask("recorder", Capture(_TARGETS[button]))
        elapsed = recording.seconds_total - state.seconds_left(now)
        stoppable = recording.state is RecordingState.COUNTDOWN and elapsed > _CANCEL_AFTER_S
        return Ask("recorder", CancelCapture()) if stoppable and by is not By.PALM else None

    def tools(self) -> Sequence[Tool]:
        """How the mask is shown, and what was saved taken back."""
        return Tool("M", "Mask", "Next view"), Tool(UNDO_KEY, "Undo", "Last save")

    def use(self, key: str) -> str | Action:
        """Contour and veil, veil, cut-out, none; or the last save goes into the set's trash."""
        if key == UNDO_KEY:
            return Ask("recorder", UndoSave())
        self.overlay = self.overlay.next
        return f"Mask: {self.overlay.value}"

    def turn(self, state: State, now: float) -> Action | None:
        """The recorder counts, not the studio; it only notes what began and what came."""
        self._trains = state.training is not None and state.training.state is TrainingState.RUNNING
        shots = state.recording.message.shots if state.recording is not None else ()
        if shots and shots[0].name not in [shot.name for shot in self._shots]:
            self._shots_came = now
        self._shots = shots
        return None

    def compose(self, view: View, state: State) -> Image:
        """The frame with its mask on it."""
        return view.frame.image if view.mask is None else lay(view.frame.image, view.mask.alpha, self.overlay)

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """What was saved; the countdown, large, and the learning."""
        recording = _under_way(state, now)
        if recording is None or recording.target is RecordingTarget.FRAME:
            top = SAV.y * canvas.height + RADIUS * canvas.width + 16 * canvas.unit
            draw_shots(canvas, self._shots, SAV.x * canvas.width, top, now - self._shots_came)
        if recording is None:
            return
        empties = recording.target is RecordingTarget.PLATE
        if recording.state is RecordingState.COUNTDOWN:
            title = "Step out of the picture" if empties else "Hold still"
            words = "then the empty room is learned" if empties else "then the frame is saved"
            draw_count(canvas, Count(state.seconds_left(now), recording.seconds_total, title, words, empties))
        elif empties:
            draw_busy(canvas, "Learning the empty room", "stay out of the picture a moment longer", now)

    def guide(self, state: State, now: float) -> Sentence | None:
        """The first minute, step by step; then nothing."""
        health = state.plate_health()
        if _under_way(state, now) is not None:
            return None
        if health.state is PlateState.NONE:
            touch = "Touch Bkg with your palm" if state.sees_palms(now) else "Press Bkg"
            return Sentence(f"{touch}, then step out of the picture")
        if health.state is not PlateState.GOOD:
            return Sentence(
                health.words or f"The plate is {health.state.value}. Press Bkg to learn it anew.", Level.WARN
            )
        recording = state.recording.message if state.recording is not None else None
        if recording is not None and recording.has_plate and not recording.frames:
            return Sentence("That is you, cut out. Sav saves a frame")
        return None


def _under_way(state: State, now: float) -> Recording | None:
    """The capture at work; one that its recorder has fallen silent about is none."""
    recording = state.recording
    if recording is None or now - recording.at > _SILENT_S:
        return None
    busy = (RecordingState.COUNTDOWN, RecordingState.LEARNING)
    return recording.message if recording.message.state in busy else None
