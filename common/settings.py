"""THE settings: typed, with units and ranges. An unknown key stops the start.

Each service reads its own section. Values come, later ones winning, from the defaults below, from the TOML file named
by $BGSUB_SETTINGS (else `bgsub.toml` in the working folder), from the environment (`BGSUB_RECORDER_SAV_SECONDS=3`), and
from the command's own options.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from common.errors import UserError

_NOT_SETTINGS = {"BGSUB_INSTANCE", "BGSUB_SETTINGS", "BGSUB_DATA", "BGSUB_SUPERVISED", "BGSUB_BASE_PORT"}


def _number(default: float, unit: str, low: float, high: float, words: str) -> Any:
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "words": words})


def _choice(default: str, choices: tuple[str, ...], words: str) -> Any:
    return field(default=default, metadata={"choices": choices, "words": words})


def _text(default: str, words: str) -> Any:
    return field(default=default, metadata={"words": words})


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """The source of frames."""

    name: str = _text("cam0", "the camera's name in topics and sets")
    source: str = _text("auto", "a webcam's number or path, a file, a folder, a URL, demo or auto; several with commas")
    width: int = _number(640, "px", 64, 7680, "width asked of a webcam, drawn by demo")
    height: int = _number(480, "px", 64, 4320, "height asked of a webcam, drawn by demo")
    fps: float = _number(30, "Hz", 1, 240, "rate asked of a webcam, drawn by demo, and of still pictures")
    mirror: str = _choice("auto", ("auto", "yes", "no"), "auto mirrors live webcams only")
    lock: str = _choice("yes", ("yes", "no"), "whether a webcam's exposure, white balance and focus are held")


@dataclass(frozen=True, slots=True)
class PoseSettings:
    """Where the palms are."""

    rate_hz: float = _number(12, "Hz", 1, 120, "pictures looked at in a second, at most")
    model: str = _choice("075", ("075", "100"), "the network's width, in hundredths of MobileNetV1's")
    width: int = _number(353, "px", 129, 1281, "width the picture is scaled to for the network")
    threads: int = _number(1, "", 1, 64, "threads for the network")
    min_score: float = _number(0.25, "", 0, 1, "palms below this score are not shown")
    min_person: float = _number(0.24, "", 0, 1, "people below this score are not shown")
    people: int = _number(4, "", 1, 10, "people looked for, at most")


@dataclass(frozen=True, slots=True)
class SegmentSettings:
    """Plate, weights and the network."""

    device: str = _choice("auto", ("auto", "cpu", "cuda"), "cuda fails rather than falls back")
    engine: str = _choice("auto", ("auto", "torch", "openvino"), "auto takes what was measured on this machine")
    threads: int = _number(0, "", 0, 64, "threads for the network; 0 takes what was measured, else 1")
    still: str = _choice("yes", ("yes", "no"), "whether a mask may stand, up to 0.5 s, where nothing moves or changes")
    closer: str = _choice("yes", ("yes", "no"), "whether the network is shown only a part where nothing is elsewhere")
    weights: str = _text("", "a safetensors file; empty takes the last in use, else the shipped ones")
    plate: str = _text("", "an image, a video of the empty scene or a set, learned at start")
    refresh: str = _choice("yes", ("yes", "no"), "keep the plate young where the room is quiet for long")
    learn_seconds: float = _number(1.5, "s", 0.1, 60, "frames the plate is learned from")


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """Image sets on disk."""

    sets: str = _text("images", "the folder of sets")
    set: int = _number(0, "", 0, 99999, "the set to record into; 0 starts the next free one on Bkg")
    bkg_seconds: float = _number(5, "s", 0, 600, "countdown before the plate")
    sav_seconds: float = _number(2, "s", 0, 600, "countdown before a frame is saved")


@dataclass(frozen=True, slots=True)
class TrainerSettings:
    """Fine-tuning on request."""

    iterations: int = _number(300, "", 1, 1_000_000, "steps of a training started from the studio")
    batch: int = _number(2, "", 1, 256, "pairs a step")
    runs: str = _text("runs", "the folder of runs")


@dataclass(frozen=True, slots=True)
class UiSettings:
    """Window and page."""

    front: str = _choice("auto", ("auto", "window", "web", "both"), "auto is a window where there is a display")
    app: str = _text("studio", "the app shown first")
    port: int = _number(0, "", 0, 65535, "the page's port on loopback; 0 takes the instance's own")
    sync: str = _choice("exact", ("exact", "newest"), "exact lays a mask on its own frame, newest never waits")
    sync_ms: float = _number(400, "ms", 0, 2000, "how long a frame is held for its mask while masks come")
    fps: float = _number(30, "Hz", 1, 120, "pictures drawn in a second, at most")
    backdrop: str = _text("", "images, films and #rrggbb colours, apart by commas, that the backdrop app begins with")
    snapshots: str = _text("snapshots", "the folder for pictures kept with P and films with R")
    dwell_s: float = _number(0.4, "s", 0.1, 5, "how long a palm stays on a harmless button to press it")
    dwell_writes_s: float = _number(0.8, "s", 0.1, 5, "the same for a button that writes or ends")
    leave: float = _number(1.3, "radii", 1, 3, "how far from a button's centre a palm lets go")
    still: float = _number(0.4, "radii", 0.1, 3, "how far a palm may go while it dwells")
    needed: int = _number(3, "", 1, 30, "sightings on the button, of the last `recent`, before it takes hold")
    recent: int = _number(4, "", 1, 30, "sightings looked back on")
    newcomer_s: float = _number(0.3, "s", 0, 5, "palms press nothing so long after somebody appears")
    away_s: float = _number(0.6, "s", 0.1, 5, "how long a palm must be gone from a button to press it again")
    confirm_s: float = _number(5, "s", 1, 60, "how long an ending button waits for its second touch")


@dataclass(frozen=True, slots=True)
class BusSettings:
    """Where the topics and the control sockets are. Hosts are joined by naming tcp:// endpoints on both sides."""

    endpoints: dict[str, str] = field(
        default_factory=dict, metadata={"words": "endpoint by name, such as frame.cam0 or control.segment"}
    )
    jpeg: int = _number(0, "", 0, 100, "quality of frames as JPEG on tcp://; 0 sends them exact, 28 MB/s at 640x480")


@dataclass(frozen=True, slots=True)
class Settings:
    """All sections."""

    camera: CameraSettings = field(default_factory=CameraSettings)
    pose: PoseSettings = field(default_factory=PoseSettings)
    segment: SegmentSettings = field(default_factory=SegmentSettings)
    recorder: RecorderSettings = field(default_factory=RecorderSettings)
    trainer: TrainerSettings = field(default_factory=TrainerSettings)
    ui: UiSettings = field(default_factory=UiSettings)
    bus: BusSettings = field(default_factory=BusSettings)


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force. `overrides` are {"section.key": value}; None values are passed over.

    Raises UserError for an unknown key, a value of the wrong type or out of range, or a file that cannot be read.
    """
    settings = Settings()
    for origin, key, value in _given(overrides or {}):
        settings = _set(settings, key, value, origin)
    return settings


def _given(overrides: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    yield from _from_file()
    yield from _from_environment()
    yield from (("options", key, value) for key, value in overrides.items() if value is not None)


def _from_file() -> Iterator[tuple[str, str, Any]]:
    named = os.environ.get("BGSUB_SETTINGS")
    path = Path(named or "bgsub.toml")
    if not named and not path.exists():
        return
    try:
        sections = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"The settings in {path} cannot be read: {error}.") from None
    for section, values in sections.items():
        if not isinstance(values, dict):
            raise UserError(f"{path}: {section!r} stands outside a section. Put it under one, such as [camera].")
        yield from ((str(path), f"{section}.{key}", value) for key, value in values.items())


def _from_environment() -> Iterator[tuple[str, str, Any]]:
    for name, value in os.environ.items():
        if name.startswith("BGSUB_") and name not in _NOT_SETTINGS:
            section, _, key = name.removeprefix("BGSUB_").lower().partition("_")
            yield f"${name}", f"{section}.{key}", value


def _set(settings: Settings, dotted: str, value: Any, origin: str) -> Settings:
    known = [
        f"{section.name}.{key.name}" for section in fields(settings) for key in fields(getattr(settings, section.name))
    ]
    if dotted not in known:
        close = difflib.get_close_matches(dotted, known, 1)
        raise UserError(f"Unknown setting {dotted!r} ({origin})." + (f" Did you mean {close[0]!r}?" if close else ""))
    section_name, _, key_name = dotted.partition(".")
    section = getattr(settings, section_name)
    checked = _checked(section, key_name, value, f"{dotted} ({origin})")
    return replace(settings, **{section_name: replace(section, **{key_name: checked})})


def _checked(section: Any, key: str, value: Any, where: str) -> Any:
    meta = next(f.metadata for f in fields(section) if f.name == key)
    value = _typed(get_type_hints(type(section))[key], value, where)
    if "choices" in meta and value not in meta["choices"]:
        raise UserError(f"{where} is {value!r}; it must be one of {', '.join(meta['choices'])}.")
    if "low" in meta and not meta["low"] <= value <= meta["high"]:
        raise UserError(
            f"{where} is {value:g}; it must be {meta['low']:g} to {meta['high']:g} {meta['unit']}".strip() + "."
        )
    return value


def _typed(kind: Any, value: Any, where: str) -> Any:
    try:
        if kind is int:
            return int(str(value))
        if kind is float:
            return float(str(value))
    except ValueError:
        raise UserError(f"{where} is {value!r}; it must be a number.") from None
    if kind is str:
        return str(value)
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise UserError(f'{where} must be a table of text, such as {{frame = "tcp://host:port"}}.')
    return value
