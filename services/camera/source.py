"""What every source of pictures is to the rest of the camera: something to read from, until it ends or is lost."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from common.messages import Image


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture; nobody writes into `image` once it is handed out.

    `source` is the file, device or URL it came from, `index` its place there. `captured_ns` is when a live device gave
    it, None for what is played.
    """

    image: Image
    source: str
    index: int
    captured_ns: int | None = None


class LostError(Exception):
    """The source gives no pictures for now; its words tell a person what happened and what to do."""


class EndedError(Exception):
    """The source was played to its end."""


class Source(Protocol):
    """An opened source."""

    device: str
    """What it is, in words for the status table."""

    webcam: Path | None
    """The device whose exposure and the like can be held; None where there is none."""

    @property
    def live(self) -> bool:
        """Its pictures come when they come: a webcam or a stream. Others are played at a pace."""
        ...

    @property
    def mirrors(self) -> bool:
        """Shown mirrored unless the settings say otherwise: true of webcams, which people look into."""
        ...

    @property
    def rate_hz(self) -> float:
        """The pace it is played at; 0 where it is live."""
        ...

    def read(self, timeout_s: float) -> Picture | None:
        """The next picture of a file, or the newest of a live source, for which it waits at most `timeout_s`.

        Raises EndedError, LostError, or UserError where a file cannot be read.
        """
        ...

    def close(self) -> None:
        """Lets go of the device or file; never waits for it."""
        ...
