"""Asks the process beside for masks, without ever waiting for it."""

import json
import logging
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from common.messages import Alpha

COMMAND = (sys.executable, "-m", "services.ui.label.proposer")
STARTS = 3
"""Times the process is started before labelling goes on without it."""
_END_S = 3.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proposal:
    """The network's mask of a frame, 0 or 255; None where there is none, and why in words."""

    frame: Path
    mask: Alpha | None
    words: str = ""


class Proposals:
    """For the main loop alone; a thread reads what comes. The process starts with the first question."""

    def __init__(self, command: Sequence[str] = COMMAND, by_hand: bool = False) -> None:
        """With `by_hand` nothing is ever asked."""
        self._command = command
        self._by_hand = by_hand
        self._child: subprocess.Popen[bytes] | None = None
        self._starts = 0
        self._asked: list[tuple[Path, Path]] = []
        self._came: deque[Proposal] = deque()

    def ask(self, frame: Path, plate: Path) -> None:
        """Asks for the frame's mask, unless that was asked already and is not answered."""
        if not self._by_hand and (frame, plate) not in self._asked:
            self._asked.append((frame, plate))
            self._send(frame, plate)

    def waits(self, frame: Path) -> bool:
        """Whether the answer for the frame is still to come."""
        return any(asked == frame for asked, _ in self._asked)

    def news(self) -> list[Proposal]:
        """What was answered since the last call; after a process that died, why nothing comes any more."""
        came = [self._came.popleft() for _ in range(len(self._came))]
        for proposal in came:
            self._asked = [pair for pair in self._asked if pair[0] != proposal.frame]
        if self._child is not None and self._child.poll() is not None and not self._came:
            came += self._start_again()
        return came

    def _start_again(self) -> list[Proposal]:
        """Asks a new process for what the dead one left, or gives up."""
        self._drop_child()
        asked, self._asked = self._asked, []
        if self._starts < STARTS:
            for frame, plate in asked:
                self.ask(frame, plate)
            return []
        words = "The network does not run here (the terminal says why), so nothing is proposed."
        return [Proposal(frame, None, words) for frame, _ in asked]

    def _send(self, frame: Path, plate: Path) -> None:
        child = self._child or self._start()
        if child is None or child.stdin is None:
            words = "The network does not run here, so nothing is proposed."
            self._came.append(Proposal(frame, None, words))
            return
        line = json.dumps({"frame": str(frame), "plate": str(plate)})
        try:
            child.stdin.write(line.encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            _log.warning("the process that proposes masks has died")

    def _start(self) -> subprocess.Popen[bytes] | None:
        if self._starts >= STARTS:
            return None
        self._starts += 1
        try:
            self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            _log.warning("the process that proposes masks cannot be started: %s", error.strerror)
            return None
        threading.Thread(target=_read, args=(self._child.stdout, self._came), daemon=True).start()
        return self._child

    def _drop_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            # a question that a dead process never read still lies in the buffer
            with suppress(BrokenPipeError):
                child.stdin.close()
        try:
            child.wait(_END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(_END_S)

    def close(self) -> None:
        """Ends the process."""
        self._asked = []
        if self._child is not None:
            self._child.terminate()
        self._drop_child()


def _read(replies: IO[bytes] | None, came: deque[Proposal]) -> None:
    """Until the process ends. What is cut short by its death is no answer."""
    while replies is not None and (line := replies.readline()):
        try:
            head = json.loads(line)
        except ValueError:
            _log.warning("the process that proposes masks said %r", line[:80])
            return
        png = replies.read(head["bytes"])
        if len(png) < head["bytes"]:
            return
        mask = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if png else None
        whole = None if mask is None else np.asarray(mask, np.uint8)
        came.append(Proposal(Path(head["frame"]), whole, head["words"]))
