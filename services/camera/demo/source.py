"""The demo as a source of pictures."""

from pathlib import Path

from services.camera.demo.scene import FPS, PERIOD, scene_of
from services.camera.source import EndedError, Picture


class Demo:
    """One visit of the demo's person; a picture's index is its place in it, as services.camera.demo.truth takes it."""

    live = False
    webcam: Path | None = None
    mirrors = False
    rate_hz = FPS
    device = "demo"

    def __init__(self, width: int, height: int) -> None:
        self._scene = scene_of(width, height)
        self._index = -1

    def read(self, timeout_s: float) -> Picture | None:
        """The next picture, at once."""
        self._index += 1
        if self._index == PERIOD:
            raise EndedError
        return Picture(self._scene.frame(self._index), "demo", self._index)

    def close(self) -> None:
        """There is nothing to let go of."""
