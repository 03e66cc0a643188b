"""Holds what a webcam sets by itself, and gives it back; what is to be given back stands on disk before it is taken."""

import errno
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from common.files import write_aside
from services.camera import controls as v4l2
from services.camera.controls import Controls, OpenControls, open_controls

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something a webcam sets by itself while the control `auto` has any value but `off`; `value` is what it sets."""

    word: str
    auto: int
    off: int
    value: int


THINGS = (
    Thing("exposure", v4l2.EXPOSURE_AUTO, v4l2.EXPOSURE_MANUAL, v4l2.EXPOSURE_ABSOLUTE),
    Thing("gain", v4l2.AUTO_GAIN, 0, v4l2.GAIN),
    Thing("white balance", v4l2.AUTO_WHITE_BALANCE, 0, v4l2.WHITE_BALANCE_TEMPERATURE),
    Thing("focus", v4l2.FOCUS_AUTO, 0, v4l2.FOCUS_ABSOLUTE),
)


class Outcome(Enum):
    """What came of holding one thing. Values are half sentences about what went wrong."""

    HELD = ""
    NONE = None
    """The webcam does not set it by itself."""
    REFUSED = "the driver refuses"
    LIED = "the driver takes the order and goes on by itself"
    JUMPED = "holding it changed the picture"


Outcomes = Mapping[str, Outcome]


class Locks:
    """The locks of one camera. For several threads; each call takes as long as the driver does."""

    def __init__(self, kept: Path, open_device: OpenControls = open_controls) -> None:
        """`kept` is the file that outlives a crash."""
        self._kept = kept
        self._open = open_device
        self._one_at_a_time = threading.Lock()
        self.outcomes: Outcomes = {}
        self._values: dict[str, int | None] = {}

    def hold(self, node: Path) -> Outcomes:
        """Holds each thing as it is now. Raises OSError where the device cannot be opened, or the file not written."""
        with self._one_at_a_time, self._open(node) as device:
            before = {thing.auto: _read(device, thing.auto) for thing in THINGS}
            automatic = {
                thing.auto: value for thing in THINGS if (value := before[thing.auto]) not in (None, thing.off)
            }
            self._keep(node, {**automatic, **self._taken()[1]})
            self.outcomes = {
                thing.word: Outcome.NONE if before[thing.auto] is None else _hold(device, thing) for thing in THINGS
            }
            self._values = {thing.word: _read(device, thing.value) for thing in THINGS}
            return self.outcomes

    def confirm(self, node: Path) -> Outcomes:
        """To be called a moment later: lets go of what did not stay as it was held. Raises OSError."""
        with self._one_at_a_time, self._open(node) as device:
            moved = [
                thing.word
                for thing in THINGS
                if self.outcomes.get(thing.word) is Outcome.HELD
                and (_read(device, thing.auto), _read(device, thing.value)) != (thing.off, self._values[thing.word])
            ]
        for word in moved:
            self.let_go(word, Outcome.LIED)
        return self.outcomes

    def let_go(self, word: str, why: Outcome) -> Outcomes:
        """Gives one thing back and notes why."""
        self._give_back({thing.auto for thing in THINGS if thing.word == word})
        self.outcomes = {**self.outcomes, word: why}
        return self.outcomes

    def restore(self) -> bool:
        """Gives back all that is held, also by a run that died; whether there was anything. What fails is logged.

        What cannot be given back now stays on the file for the next time.
        """
        self.outcomes = {}
        return self._give_back({thing.auto for thing in THINGS})

    def _give_back(self, which: set[int]) -> bool:
        with self._one_at_a_time:
            node, before = self._taken()
            mine = {control: value for control, value in before.items() if control in which}
            if node is None or not mine:
                return False
            try:
                with self._open(node) as device:
                    left = {control: value for control, value in mine.items() if not _restored(device, control, value)}
                self._keep(node, {c: v for c, v in before.items() if c not in which or c in left})
            except OSError as error:
                _log.warning("%s could not be unlocked (%s). It is tried again when it is opened.", node, _why(error))
            return True

    def _keep(self, node: Path, before: Mapping[int, int | None]) -> None:
        if before:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            told = {"device": str(node), "before": {str(control): value for control, value in before.items()}}
            write_aside(self._kept, json.dumps(told).encode())
        else:
            self._kept.unlink(missing_ok=True)

    def _taken(self) -> tuple[Path | None, dict[int, int]]:
        try:
            told = json.loads(self._kept.read_text())
            return Path(told["device"]), {int(control): int(value) for control, value in told["before"].items()}
        except FileNotFoundError:
            return None, {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("%s cannot be read (%s): the webcam may stay locked until it is unplugged.", self._kept, error)
            return None, {}


def in_words(outcomes: Outcomes) -> str:
    """One sentence about what is held and what is not; empty before anything was tried."""
    held = [word for word, outcome in outcomes.items() if outcome is Outcome.HELD]
    failed = [(word, outcome.value) for word, outcome in outcomes.items() if outcome.value]
    if outcomes and not held and not failed:
        return "The webcam's driver lets nothing be held: keep the light steady."
    if not outcomes:
        return ""
    free = [f"{word} is not: {why}" for word, why in failed]
    start = f"{_listed(held)} {'is' if len(held) == 1 else 'are'} held" if held else "Nothing could be held"
    return "; ".join([start[:1].upper() + start[1:], *free]) + "."


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _hold(device: Controls, thing: Thing) -> Outcome:
    """Turns the automatic off; where that moved the value, puts it back to what it was."""
    value = _read(device, thing.value)
    try:
        device.set(thing.auto, thing.off)
        if value is not None and _read(device, thing.value) != value:
            device.set(thing.value, value)
    except OSError:
        return Outcome.REFUSED
    return Outcome.HELD if _read(device, thing.auto) == thing.off else Outcome.LIED


def _restored(device: Controls, control: int, value: int) -> bool:
    try:
        device.set(control, value)
    except OSError as error:
        _log.warning("The driver does not take back control %#x (%s). Unplug the webcam.", control, _why(error))
        return False
    return _read(device, control) == value


def _read(device: Controls, control: int) -> int | None:
    """A control's value, None where the device has none that can be read."""
    try:
        return device.get(control)
    except OSError:
        return None


def _why(error: OSError) -> str:
    return error.strerror or errno.errorcode.get(error.errno or 0, "no reason given")
