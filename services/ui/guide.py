"""Words for what is wrong, from the state alone: the sentence at the bottom, the card, the strip."""

from common.messages import PlateState, RecordingState, TrainingState
from services.ui.draw.cards import Card
from services.ui.draw.panels import Fact, Sentence
from services.ui.draw.theme import Level
from services.ui.state import State

FAILED_FOR_S = 8.0
"""How long a failed capture or training is told of."""
IN_STUDIO = "Bkg is in the studio (key 1)."
_SLOW_MS = 120.0
_WITHOUT = {
    "segment": "there is no mask",
    "recorder": "Bkg and Sav cannot save",
}


def trouble(state: State, now: float) -> Sentence | None:
    """What keeps the system from working as it should, the gravest first; None while all is well."""
    recording = state.recording
    if recording and recording.message.state is RecordingState.FAILED and now - recording.at < FAILED_FOR_S:
        return Sentence(recording.message.words, Level.BAD)
    training = state.training
    if training and training.state is TrainingState.FAILED and now - state.training_came < FAILED_FOR_S:
        return Sentence(training.words, Level.BAD)
    for service, lost in _WITHOUT.items():
        if state.missing(service, now):
            return Sentence(f"{service} is not running, so {lost}. Run bgsub status to see why.", Level.BAD)
    # the recorder tells of its failures in its own messages; that there is no plate yet is what the app guides to mend
    for service in ("camera", "segment") if state.has_plate() else ("camera",):
        health = state.health(service)
        if state.alive(service, now) and health is not None and health.error:
            return Sentence(health.error, Level.WARN)
    return None


def asides(state: State, now: float) -> list[Sentence]:
    """What is worth a word once: that palms are not seen, which then stands in the strip, and what of a webcam is held
    for the plate."""
    return [aside for aside in (_no_palms(state, now), _held(state)) if aside is not None]


def _no_palms(state: State, now: float) -> Sentence | None:
    """Without palms there are still the mouse and the keys."""
    health = state.health("pose")
    if state.missing("pose", now):
        return Sentence("pose is not running, so palms are not seen. The mouse and the keys work.", Level.WARN)
    return Sentence(health.error, Level.WARN) if health is not None and health.error else None


def _held(state: State) -> Sentence | None:
    """The camera tells it behind its device."""
    health = state.health("camera")
    words = health.device.partition("; ")[2] if health is not None else ""
    return Sentence(f"{words}.") if words else None


def no_picture(state: State, now: float) -> Card | None:
    """The card to show while no frames come."""
    if not state.camera_gone(now):
        return None
    health = state.health("camera")
    if state.missing("camera", now):
        words = "The camera service is not running. Run bgsub status to see why."
    elif health is not None and health.error:
        words = health.error
    elif now - state.started < 4:
        words = "It is being opened."
    else:
        words = (
            "No frames arrive. Check the cable and whether another program holds the webcam, or play the demo: "
            "make up SOURCE=demo"
        )
    return Card("Waiting for the camera", words, "camera")


def plate_unfit(state: State) -> bool:
    """Whether masks made with this plate may show the room: there is none, or not of what the camera sees now."""
    return state.plate_health().state in (PlateState.NONE, PlateState.MOVED, PlateState.WRONG_SIZE)


def plate_trouble(state: State, bkg: str) -> Sentence | None:
    """What is wrong with the plate, None while nothing is; `bkg` is what an app without a Bkg has in its place."""
    health = state.plate_health()
    if health.state in (PlateState.GOOD, PlateState.NONE):
        return None
    return Sentence(_with_bkg(health.words, bkg), Level.WARN)


def _with_bkg(words: str, bkg: str) -> str:
    """Segment's words send to Bkg, wherever they are read."""
    return f"{words} {bkg}" if "Bkg" in words else words


def no_mask(state: State, now: float) -> Card:
    """The card of an app that hides the room while it has no fresh mask."""
    if state.missing("segment", now) or (state.mask is not None and not state.alive("segment", now)):
        words = "segment is not running, so nobody can be cut out. Run bgsub status to see why."
    elif not state.has_plate():
        words = "The empty room is not known yet. Go to the studio (key 1) and press Bkg."
    elif plate_unfit(state):
        words = _with_bkg(state.plate_health().words or "The plate fits the picture no more. Press Bkg.", IN_STUDIO)
    else:
        words = "The masks come too late. The picture returns with them."
    return Card("The room stays hidden", words, "mask")


def facts(state: State, now: float) -> list[Fact]:
    """The strip: rate, latency, plate, set, and a training while it runs."""
    fps = state.fps(now)
    latency = state.latency_ms()
    made = [Fact(f"{fps:.0f} fps", Level.GOOD if fps >= 20 else Level.WARN if fps >= 8 else Level.BAD)]
    if latency is not None:
        made.append(Fact(f"{latency:.0f} ms", Level.GOOD if latency <= _SLOW_MS else Level.WARN))
    if state.pairing.late(now):
        made.append(Fact("mask late", Level.WARN))
    made.append(_plate_fact(state))
    if state.recording is not None and state.recording.message.set_number:
        recording = state.recording.message
        made.append(Fact(f"set {recording.set_number} · {_count(recording.frames, 'frame')}"))
    if state.training is not None and state.training.state is TrainingState.RUNNING:
        training = state.training
        made.append(Fact(f"training {100 * training.iteration // max(1, training.iterations)} %"))
    if _no_palms(state, now) is not None:
        made.append(Fact("no palms", Level.WARN))
    return made


def _plate_fact(state: State) -> Fact:
    words = {
        PlateState.NONE: "no plate",
        PlateState.GOOD: "plate good",
        PlateState.LIGHT_CHANGED: "light changed",
        PlateState.MOVED: "camera moved",
        PlateState.WRONG_SIZE: "plate of another size",
        PlateState.OCCUPIED: "someone in the plate",
        PlateState.STALE: "room changed",
    }
    found = state.plate_health().state
    bad = found in (PlateState.MOVED, PlateState.WRONG_SIZE)
    return Fact(words[found], Level.GOOD if found is PlateState.GOOD else Level.BAD if bad else Level.WARN)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
