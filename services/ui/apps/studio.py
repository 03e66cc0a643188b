"""The studio: learn the empty room (Bkg), save frames with it (Sav), end (Ext)."""

from collections.abc import Mapping, Sequence

from common.messages import (
    CancelCapture,
    Capture,
    Image,
    PlateState,
    Recording,
    RecordingState,
    RecordingTarget,
)
from services.ui.actions import Action, Ask, Quit
from services.ui.apps.app import By, Tool
from services.ui.draw.buttons import Button, Role
from services.ui.draw.canvas import Canvas
from services.ui.draw.cards import Count, draw_busy, draw_count
from services.ui.draw.overlay import Overlay, lay
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.pairing import View
from services.ui.state import State

EXT = Button("ext", "Ext", 0.85, 0.15, Role.ENDS, "Q", "End the studio")
SAV = Button("sav", "Sav", 0.85, 0.45, Role.WRITES, "S", "Save a frame")
BKG = Button("bkg", "Bkg", 0.15, 0.45, Role.WRITES, "B", "Learn room")

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

    def __init__(self, overlay: Overlay = Overlay.CONTOUR) -> None:
        self.overlay = overlay

    def buttons(self) -> Sequence[Button]:
        """Where they have always been."""
        return BKG, SAV, EXT

    def counting(self, state: State, now: float) -> Mapping[str, float]:
        """The button whose capture is under way."""
        recording = _under_way(state, now)
        if recording is None:
            return {}
        total = recording.seconds_total
        over = 1 - state.seconds_left(now) / total if recording.state is RecordingState.COUNTDOWN and total else 1.0
        return {button: over for button, target in _TARGETS.items() if target is recording.target}

    def press(self, button: str, by: By, state: State, now: float) -> Action | None:
        """Bkg and Sav ask the recorder; pressed again by hand while counting, they stop the count."""
        if button == EXT.id:
            return Quit()
        recording = _under_way(state, now)
        if recording is None or recording.target is not _TARGETS[button]:
            return Ask("recorder", Capture(_TARGETS[button]))
        elapsed = recording.seconds_total - state.seconds_left(now)
        stoppable = recording.state is RecordingState.COUNTDOWN and elapsed > _CANCEL_AFTER_S
        return Ask("recorder", CancelCapture()) if stoppable and by is not By.PALM else None

    def tools(self) -> Sequence[Tool]:
        """How the mask is shown."""
        return (Tool("M", "Mask", "Next view"),)

    def use(self, key: str) -> str:
        """Contour and veil, veil, cut-out, none."""
        self.overlay = self.overlay.next
        return f"Mask: {self.overlay.value}"

    def turn(self, state: State, now: float) -> Action | None:
        """The recorder counts, not the studio."""
        return None

    def compose(self, view: View, state: State) -> Image:
        """The frame with its mask on it."""
        return view.frame.image if view.mask is None else lay(view.frame.image, view.mask.alpha, self.overlay)

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """The countdown, large, and the learning."""
        recording = _under_way(state, now)
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
            touch = "Touch Bkg with your palm" if state.alive("pose", now) else "Press Bkg"
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
