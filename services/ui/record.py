"""Films of the picture as it is shown. A thread encodes, so that no picture waits for a disk; it may leave some out."""

import errno
import queue
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from common.messages import Image
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.record_file import FilmFile

_WAITING = 8
"""Pictures that may wait for the encoder, at most; what comes meanwhile is left out, and told."""
_LOOK_S = 0.05
"""How soon the end of a film is noticed."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_END_S = 3.0
"""How long the end waits for the last pictures to be written; what is on disk by then can be played."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """How a film under way stands."""

    seconds: float
    left_out: int

    @property
    def words(self) -> str:
        """Its time, and what is missing in it."""
        return clock(self.seconds) + (f" · {self.left_out} left out" if self.left_out else "")


class Record:
    """The film under way, if there is one. For the main loop alone; `now` is monotonic seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._take: _Take | None = None
        self._ending: list[_Take] = []

    def rolling(self, now: float) -> Rolling | None:
        """The film under way, None while there is none."""
        return Rolling(now - self._take.began, self._take.left_out) if self._take is not None else None

    def toggle(self, now: float) -> None:
        """Begins a film, or ends the one under way; `news` tells what became of it."""
        if self._take is None:
            self._take = _Take(self._folder / f"{datetime.now():%Y-%m-%d %H-%M-%S}.mp4", now)
        else:
            self._finish(self._take)

    def _finish(self, take: "_Take") -> None:
        take.end()
        self._ending.append(take)
        self._take = None

    def offer(self, image: Image, now: float) -> None:
        """Adds a picture (BGR, never written to again) to the film under way."""
        if self._take is not None:
            self._take.offer(image, now)

    def news(self) -> list[Sentence]:
        """What became of the films that ended since the last call, some of themselves."""
        if self._take is not None and self._take.over:
            self._finish(self._take)
        done = [take for take in self._ending if take.over]
        self._ending = [take for take in self._ending if not take.over]
        return [take.told() for take in done]

    def close(self) -> None:
        """Ends the film under way and waits for it."""
        if self._take is not None:
            self._finish(self._take)
        for take in self._ending:
            take.join(_END_S)


class _Take:
    """One film, written by a thread of its own from its first picture on."""

    def __init__(self, path: Path, now: float) -> None:
        self.began = now
        self.left_out = 0
        self._path = path
        self._pictures: queue.Queue[tuple[Image, float]] = queue.Queue(_WAITING)
        self._ended = threading.Event()
        self._error: OSError | None = None
        self._kept = False
        self._until = 0.0
        self._thread = threading.Thread(target=self._write, name="film", daemon=True)
        self._thread.start()

    def offer(self, image: Image, now: float) -> None:
        try:
            self._pictures.put_nowait((image, now - self.began))
        except queue.Full:
            self.left_out += 1

    def end(self) -> None:
        self._ended.set()

    def join(self, limit_s: float) -> None:
        self._thread.join(limit_s)

    @property
    def over(self) -> bool:
        return not self._thread.is_alive()

    def told(self) -> Sentence:
        """What became of it; once it is over."""
        if self._error is not None:
            why = "the disk is full" if self._error.errno in _FULL else (self._error.strerror or str(self._error))
            if not self._kept:
                return Sentence(f"No film can be kept in {self._path.parent}: {why}.", Level.BAD)
            return Sentence(f"The film ended after {clock(self._until)}: {why}. Kept {self._path}", Level.BAD)
        if not self._kept:
            return Sentence("There was no picture to film.", Level.WARN)
        said = f"Kept {self._path} · {clock(self._until)}"
        if self.left_out:
            return Sentence(f"{said}, without {self.left_out} pictures it had no time for", Level.WARN)
        return Sentence(said, Level.GOOD)

    def _write(self) -> None:
        try:
            first = self._next()
            if first is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._fill(FilmFile(self._path, *first[0].shape[:2]), first)
        except OSError as error:
            self._error = error

    def _fill(self, film: FilmFile, first: tuple[Image, float]) -> None:
        picture: tuple[Image, float] | None = first
        while picture is not None:
            self._until = picture[1] - first[1]
            film.write(picture[0], self._until)
            picture = self._next() if film.error is None else None
        film.close()
        self._error, self._kept = film.error, not film.empty
        if film.empty:
            self._path.unlink()

    def _next(self) -> tuple[Image, float] | None:
        """The next picture; None once the film was ended and all are written."""
        while True:
            try:
                return self._pictures.get(timeout=_LOOK_S)
            except queue.Empty:
                if self._ended.is_set():
                    return None


def clock(seconds: float) -> str:
    """Minutes and seconds, as 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
