"""What an app may want done: the desk does it, so that an app stays free of sockets and clocks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from common.messages import Reply, Request
from services.ui.draw.panels import Sentence


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a service. What it refuses, or leaves unanswered, is shown in its own words."""

    service: str
    request: Request
    heard: Callable[[Reply | None], None] | None = field(default=None, compare=False)
    """Is given the reply; None where there was none in time."""
    patience_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Say:
    """Show a toast; it takes the place of the one before of the same kind, if it has one."""

    sentence: Sentence
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Quit:
    """End the UI, and with it whatever was started around it."""


Action = Ask | Say | Quit
