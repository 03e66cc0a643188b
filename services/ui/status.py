"""What the page says beside the picture, as JSON types."""

from dataclasses import asdict
from typing import Any

from common.messages import Training, TrainingState
from services.ui import guide
from services.ui.apps.own import OwnPictures
from services.ui.desk import Desk
from services.ui.draw.training import left_in_words, scores
from services.ui.state import State


def status(desk: Desk, now: float) -> dict[str, Any]:
    """Everything the page's strip and buttons need; changes slowly enough to be sent on change."""
    state = desk.state
    said = desk.sentence(now)
    own = desk.app if isinstance(desk.app, OwnPictures) else None
    facts = own.facts() if own is not None else guide.facts(state, now)
    return {
        "app": desk.app.name,
        "apps": [{"name": app.name, "title": app.title} for app in desk.apps],
        "help": desk.help,
        "film": rolling.words if (rolling := desk.record.rolling(now)) is not None else None,
        "sentence": {"words": said.words, "level": said.level.value} if said is not None else None,
        "toasts": [
            {"words": toast.sentence.words, "level": toast.sentence.level.value, "offer": toast.offer}
            for toast in desk.toasts(now)
        ],
        "training": _training(state.training),
        "facts": [{"words": fact.words, "level": fact.level.value} for fact in facts],
        "buttons": _buttons(desk, now),
        "tools": [asdict(tool) for tool in desk.app.tools()],
        # none where the camera's picture is not shown
        "figures": _figures(state, now) if own is None else None,
        "services": [_service(state, name, word) for name, word in state.services(now) if own is None],
    }


def _buttons(desk: Desk, now: float) -> list[dict[str, Any]]:
    counting = desk.app.counting(desk.state, now)
    return [
        {
            "id": button.id,
            "word": button.word,
            "hint": button.hint,
            "key": button.key,
            "role": button.role.value,
            "counting": button.id in counting,
        }
        for button in desk.app.buttons()
    ]


def _training(training: Training | None) -> dict[str, Any] | None:
    """A training under way, in any app."""
    if training is None or training.state is not TrainingState.RUNNING:
        return None
    return {
        "part": training.iteration / max(1, training.iterations),
        "left": left_in_words(training),
        "step": f"{training.iteration} / {training.iterations}",
        "scores": " · ".join(scores(training)),
    }


def _figures(state: State, now: float) -> dict[str, Any]:
    latency = state.latency_ms()
    segment = state.health("segment")
    plate = state.plate_health()
    return {
        "fps": round(state.fps(now)),
        "latency_ms": None if latency is None else round(latency),
        # segment's device is told with its engine behind it
        "device": segment.device.split(",")[0] if segment is not None and state.alive("segment", now) else "",
        "engine": state.mask.engine if state.mask is not None else "",
        "weights": state.mask.weights_id if state.mask is not None else "",
        "plate": plate.state.value,
        "plate_words": plate.words,
    }


def _service(state: State, name: str, word: str) -> dict[str, Any]:
    health = state.health(name)
    rate = health.rate_hz if health is not None else None
    return {
        "name": name,
        "state": word,
        "rate_hz": None if rate is None else round(rate),
        "error": health.error if health is not None else "",
    }
