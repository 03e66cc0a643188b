"""The training that the service runs: a process of its own, so that nothing it does can hold up the service's loop."""

import os
import subprocess
import sys
from dataclasses import dataclass, field, replace

from common.messages import Train, Training, TrainingState
from services.trainer.report import Progress
from services.trainer.telling import Teller

END_WITHIN_S = 2.5
"""Less than the supervisor gives the service, and so its children, before it kills them all."""


def command(request: Train, sets: str, runs: str, weights: str, threads: int) -> list[str]:
    """What a person would type for the same training, and whose child it is."""
    arguments = ["--iters", str(request.iterations), "--batch", str(request.batch), "--sets", sets, "--runs", runs]
    arguments += [word for number in request.sets for word in ("--set", str(number))]
    arguments += ["--weights", weights] if weights else []
    child = ["--child", str(os.getpid())]
    return [sys.executable, "-m", "services.trainer.main", *arguments, "--threads", str(threads), *child]


@dataclass
class Job:
    """A child process and what it said last."""

    id: str
    process: subprocess.Popen[bytes]
    last: Progress
    _teller: Teller = field(repr=False)
    _begun: bool = field(default=False, repr=False)
    _stopped: bool = field(default=False, repr=False)
    _rest: bytes = field(default=b"", repr=False)

    @classmethod
    def begin(cls, job: str, words: list[str], iterations: int) -> "Job":
        """Raises OSError where no process can be started."""
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert process.stdout
        os.set_blocking(process.stdout.fileno(), False)
        return cls(job, process, Progress(TrainingState.RUNNING, 0, iterations, "Reading the sets."), Teller(job))

    def news(self) -> list[Training]:
        """What it said since the last call, at first that it begins; a child that died without a word has failed."""
        assert self.process.stdout
        ended = self.process.poll() is not None
        lines = (self._rest + (self.process.stdout.read() or b"")).split(b"\n")
        self._rest = lines.pop()
        heard = [Progress.from_line(line.decode(errors="replace")) for line in lines]
        told = [] if self._begun else [self._take(self.last)]
        self._begun = True
        told += [self._take(progress) for progress in heard if progress]
        if ended and self.last.state is TrainingState.RUNNING:
            told.append(self._take(self._last_words()))
        return told

    def _last_words(self) -> Progress:
        """Of a child that ended without its own: stopped while it was still starting, or broken."""
        if self._stopped:
            return replace(self.last, state=TrainingState.STOPPED, words="Stopped before anything was trained.")
        words = f"The training ended with exit code {self.process.returncode}; the log says more."
        return replace(self.last, state=TrainingState.FAILED, words=words)

    @property
    def running(self) -> bool:
        return self.last.state is TrainingState.RUNNING or self.process.poll() is None

    def stop(self) -> None:
        """Asks it to save and end. Not by SIGINT, which stays ignored below a shell's `&` until the child listens."""
        self._stopped = True
        self.process.terminate()

    def close(self) -> None:
        """Lets it save, but not for long."""
        if self.process.poll() is None:
            self.stop()
            try:
                self.process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(END_WITHIN_S)
        if self.process.stdout:
            self.process.stdout.close()

    def _take(self, progress: Progress) -> Training:
        self.last = progress
        return self._teller.message(progress)


def idle() -> Training:
    """What is published while nothing was ever trained."""
    words = "Nothing is being trained."
    return Training(TrainingState.IDLE, "", 0, 0, None, None, None, None, "", words, None)
