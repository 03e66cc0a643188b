"""Keeps a picture as a PNG with alpha: the people alone, cut out of the room, or all of it in another room."""

import logging
import threading
import time
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np

from common.files import write_new
from common.messages import Image
from services.ui.apps.app import App
from services.ui.apps.clone import Clone
from services.ui.draw.layers import cut_out, lift
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.pairing import View
from services.ui.state import State

_WAITING = 4
"""Pictures that may wait for the disk, at most."""
_END_S = 5.0
"""How long the end waits for them."""
_log = logging.getLogger(__name__)


def picture_of(app: App, view: View, state: State) -> Image:
    """What to keep, BGRA: whoever the app cuts out, or its whole picture where it puts them somewhere else."""
    if app.hides_room or view.mask is None or not view.own:
        return np.asarray(cv2.cvtColor(app.compose(view, state), cv2.COLOR_BGR2BGRA), np.uint8)
    height, width = view.frame.image.shape[:2]
    if isinstance(app, Clone) and app.cast:
        return cut_out(app.cast, height, width)
    return cut_out([(lift(view.frame.image, view.mask.alpha, state.plate_under(view.mask)), 0)], height, width)


class Snapshots:
    """Writes pictures aside, one after the other, so that none that is shown waits for a disk.

    For the main loop alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._writing: list[_Writing] = []

    def keep(self, image: Image) -> Sentence | None:
        """Begins to write a picture (BGRA, never written to again); `news` tells what became of it.

        Returns why it cannot be kept where too many wait already.
        """
        if len(self._writing) >= _WAITING:
            return Sentence(f"{_WAITING} pictures still wait for the disk. Press again in a moment.", Level.WARN)
        name = f"{datetime.now():%Y-%m-%d %H-%M-%S}.png"
        self._writing.append(_Writing(image, self._folder / name, self._turn))
        return None

    def news(self) -> list[Sentence]:
        """What became of the pictures that are done since the last call."""
        done = [one for one in self._writing if not one.is_alive()]
        self._writing = [one for one in self._writing if one not in done]
        return [one.said for one in done if one.said is not None]

    def close(self) -> None:
        """Waits for what is being written, a few seconds at most."""
        until = time.monotonic() + _END_S
        for one in self._writing:
            one.join(max(0.0, until - time.monotonic()))
        for sentence in self.news():
            _log.info(sentence.words)


class _Writing(threading.Thread):
    """One picture on its way; a daemon, since a disk that hangs must not keep the process from its end."""

    def __init__(self, image: Image, path: Path, turn: threading.Lock) -> None:
        super().__init__(name="snapshot", daemon=True)
        self.said: Sentence | None = None
        """What became of it, once the thread has ended."""
        self._image, self._path, self._turn = image, path, turn
        self.start()

    def run(self) -> None:
        with self._turn:
            self.said = write(self._image, self._path)


def write(image: Image, path: Path) -> Sentence:
    """Writes the picture, under a name that is free; returns what to say of it."""
    if path.exists():
        return Sentence("One picture a second is kept. Press again.", Level.WARN)
    _, png = cv2.imencode(".png", image)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_new(path, png.tobytes())
    except OSError as error:
        return Sentence(f"The picture could not be kept in {path.parent}: {error.strerror}.", Level.BAD)
    return Sentence(f"Kept {path}", Level.GOOD)
