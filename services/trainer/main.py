"""Improves the network on a person's own image sets.

Reads: nothing.  Writes: training, health.  Control: Train, StopTraining, TellTraining, AskStatus.
Asks segment: SwapWeights.
With --iters it trains once, in this process, and tells the service of it where one is up; without it waits for requests
and trains in a child process.
"""

import os
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import click

from common.messages import Accepted, Done, Refused, Reply, Request, StopTraining, TellTraining, Train, Training
from common.priority import step_back
from common.service import ServiceLike, Vitals, running
from common.sets import HIGHEST
from common.settings import Settings, load_settings
from services.trainer.ending import end_with_parent
from services.trainer.job import Job, command, idle
from services.trainer.telling import Elsewhere, Relay

SERVICE_THREADS = 1
ONCE = frozenset({"--batch", "--set", "--from-scratch", "--no-swap", "--force", "--threads"})
"""Options of one training, which whoever asks the service says otherwise or not at all."""
RESUMED = frozenset({"--iters", "--batch", "--sets", "--set", "--weights", "--from-scratch"})
"""What a run that is resumed knows itself."""


class Trainer:
    """One training at a time."""

    def __init__(self, settings: Settings, weights: str) -> None:
        self._settings, self._weights = settings, weights
        self._job: Job | None = None
        self._elsewhere = Elsewhere()

    def handle(self, request: Request, request_id: str) -> Reply:
        """Answers at once; the work goes on in a child."""
        if isinstance(request, Train):
            return self._begin(request, request_id)
        if isinstance(request, StopTraining):
            return self._stop()
        if isinstance(request, TellTraining):
            return self._tell(request.training)
        return Refused(f"The trainer has no use for {type(request).__name__}.")

    def news(self) -> list[Training]:
        """What the training, here or elsewhere, told since the last call."""
        return [*(self._job.news() if self._job else []), *self._elsewhere.news()]

    def close(self) -> None:
        if self._job:
            self._job.close()

    def _begin(self, request: Train, job: str) -> Reply:
        if self._job and self._job.running:
            return Refused("A training is running already; stop it first, or wait until it is done.")
        if self._elsewhere.running:
            return Refused("A training is running in a terminal; stop it there by Ctrl-C, or wait until it is done.")
        if request.iterations < 1 or request.batch < 1:
            return Refused("A training needs at least one iteration and a batch of one.")
        mine = self._settings.trainer
        words = command(request, self._settings.recorder.sets, mine.runs, self._weights, SERVICE_THREADS)
        try:
            begun = Job.begin(job, words, request.iterations)
        except OSError as error:
            return Refused(f"The training can't be started: {error.strerror}.")
        self.close()
        self._job = begun
        return Accepted(job, f"Training for {request.iterations} iterations has begun.")

    def _stop(self) -> Reply:
        if self._elsewhere.running:
            return Refused("This training runs in a terminal: Ctrl-C stops it there.")
        if not self._job or not self._job.running:
            return Refused("No training is running.")
        self._job.stop()
        return Done("The training saves and stops.", {"job": self._job.id})

    def _tell(self, training: Training) -> Reply:
        if self._job and self._job.running:
            return Refused("The service trains itself, and tells of that.")
        self._elsewhere.tell(training)
        return Done("Told.", {})


def run(service: ServiceLike, trainer: Trainer) -> None:
    """Turns until the service is asked to stop; a training under way is saved."""
    service.publish(idle())
    while not service.stopping():
        service.wait(0.1)
        for call in service.requests():
            call.reply(trainer.handle(call.request, call.id))
        for training in trainer.news():
            service.publish(training)
        service.beat(Vitals(device="cpu"))
    trainer.close()


def train_here(order_options: dict[str, object], ways_options: dict[str, object], parent: int) -> int:
    """Imports torch, which takes its time and which the waiting service does not need. `parent` is the pid of the
    service that began this training, 0 where a person did."""
    if parent:
        step_back()
        end_with_parent(parent)
    from services.trainer.once import Ways, train_once  # noqa: PLC0415
    from services.trainer.order import Order  # noqa: PLC0415
    from services.trainer.report import Bar, Lines, both  # noqa: PLC0415

    report = Lines() if parent else both(Bar(), Relay(uuid.uuid4().hex))
    return train_once(Order(**order_options), Ways(**ways_options), report)  # type: ignore[arg-type]


def contradiction(given: Mapping[str, object]) -> str:
    """Which of the options given cannot stand together, in a sentence; empty where all can."""
    said = {name for name, value in given.items() if value}
    if "--resume" in said and said & RESUMED:
        return f"--resume goes on with what its run was asked for: leave {', '.join(sorted(said & RESUMED))} out."
    if {"--from-scratch", "--weights"} <= said:
        return "--from-scratch starts from random weights: leave --weights out."
    if {"--force", "--no-swap"} <= said:
        return "--force swaps even what is worse, --no-swap nothing: leave one of them out."
    if not said & {"--iters", "--resume"} and said & ONCE:
        return f"{', '.join(sorted(said & ONCE))}: for one training, so say with --iters for how many steps."
    return ""


@click.command()
@click.option("--iters", type=click.IntRange(1), help="Train for so many steps and end; without it wait for requests.")
@click.option("--batch", type=click.IntRange(1, 256), help="Frames a step, 2 unless set.")
@click.option("--sets", metavar="DIR", help="Folder of the sets, `images` unless set.")
@click.option(
    "--set", "numbers", type=click.IntRange(0, HIGHEST), multiple=True, help="Only this set; may be given again."
)
@click.option("--runs", metavar="DIR", help="Folder of the runs, `runs` unless set.")
@click.option("--weights", default="", metavar="FILE", help="Start from these weights instead of those in use.")
@click.option("--from-scratch", is_flag=True, help="Start from random weights.")
@click.option(
    "--resume",
    is_flag=False,
    flag_value="latest",
    default="",
    metavar="[RUN]",
    help="Go on with this run's folder, or the newest, as if it had never stopped.",
)
@click.option("--no-swap", is_flag=True, help="Do not hand the result to the running segment service.")
@click.option("--force", is_flag=True, help="Swap even where the result is worse.")
@click.option("--threads", type=click.IntRange(1, 64), help="Threads for torch; all cores unless set.")
@click.option("--child", "parent", type=int, default=0, hidden=True)
def main(*, iters: int | None, batch: int | None, sets: str | None, numbers: tuple[int, ...], runs: str | None,
         weights: str, from_scratch: bool, resume: str, no_swap: bool, force: bool, threads: int | None,
         parent: int) -> None:  # fmt: skip
    """Fine-tune the network on image sets with masks; better weights go straight into the running system."""
    given = {"--iters": iters, "--batch": batch, "--sets": sets, "--set": numbers, "--weights": weights,
             "--from-scratch": from_scratch, "--resume": resume, "--no-swap": no_swap, "--force": force,
             "--threads": threads}  # fmt: skip
    if words := contradiction(given):
        raise click.UsageError(words)
    settings = load_settings({"trainer.batch": batch, "recorder.sets": sets, "trainer.runs": runs})
    if iters is None and not resume:
        with running("trainer", settings) as service:
            run(service, Trainer(settings, weights))
        return
    mine = settings.trainer
    order = {"iterations": iters or 1, "batch": mine.batch, "sets": settings.recorder.sets, "numbers": numbers,
             "weights": weights, "from_scratch": from_scratch}  # fmt: skip
    ways = {"runs": Path(mine.runs), "resume": resume, "swap": not no_swap, "force": force,
            "threads": threads or os.cpu_count() or 1}  # fmt: skip
    sys.exit(train_here(order, ways, parent))


if __name__ == "__main__":
    main()
