"""Every command that reads image sets, run in this process where that is as good as a process of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import cv2
import numpy as np
import pytest

from cli.main import main as bgsub
from common.messages import Capture, Frame, FrameKey, Image, RecordingState, RecordingTarget, Refused
from common.sets import ImageSets
from common.settings import RecorderSettings
from common.weights import Weights
from services.recorder.shelf import Shelf
from services.recorder.worker import Recorder
from services.trainer.main import main as trainer
from services.ui.label.acts import Do
from services.ui.label.labeller import Labeller
from services.ui.label.main import report
from services.ui.label.proposals import Proposals
from services.ui.label.work import Work, check
from tests.fuzz.breakages import SIZE
from tests.invoked import Ended, invoked

NOBODY = 65534


Command = Callable[[Path], Ended]


def sets(*words: str) -> Command:
    return lambda root: invoked(bgsub, "sets", "--sets", str(root), *words)


def scored(root: Path) -> Ended:
    return invoked(bgsub, "eval", str(root), "--engine", "torch", "--json")


def scored_one(root: Path) -> Ended:
    return invoked(bgsub, "eval", str(root / "set1"), "--engine", "torch")


def trained(root: Path) -> Ended:
    options = ("--iters", "2", "--batch", "1", "--no-swap", "--threads", "1", "--runs", str(root.parent / "runs"))
    return invoked(trainer, "--sets", str(root), *options)


def opened(root: Path) -> Ended:
    """What is looked at before anything is started, and no more: see `in_this_process`."""
    return invoked(bgsub, "up", "--source", str(root / "set1"), "--plate", str(root / "set1"))


def labelled(root: Path) -> Ended:
    """bgsub-label without its window: every frame is looked at, and those without a mask are told to show nobody."""

    @click.command()
    def label() -> None:
        sets = ImageSets(root)
        check(sets, None)
        labeller = Labeller(Work(sets, everything=True), Proposals(by_hand=True))
        for _ in range(len(labeller.frames.work.items) + 1):
            new = labeller.sheet is not None and not labeller.frames.item.mask.exists()
            labeller.do(Do.NOBODY if new else Do.NEXT)
        labeller.close()
        report(labeller)

    return invoked(label)


def recorded(number: int) -> Command:
    """The recorder started on the folder, then Bkg without segment, then Sav: each saves or says why not."""

    @click.pass_obj
    def record(root: Path) -> None:
        recorder = Recorder(RecorderSettings(sets=str(root), set=number), Shelf(root, number), 0.1, _deaf)
        image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
        for target in (RecordingTarget.PLATE, RecordingTarget.FRAME):
            recorder.see(Frame(FrameKey("cam0", "s", 0, 0, "b"), image, mirrored=False, source="", index=0, live=True))
            reply = recorder.handle(Capture(target, 0.0))
            while not isinstance(reply, Refused) and recorder.turn().state in (
                RecordingState.COUNTDOWN,
                RecordingState.LEARNING,
            ):
                recorder.see(
                    Frame(FrameKey("cam0", "s", 0, 0, "b"), image, mirrored=False, source="", index=0, live=True)
                )
            words = reply.words if isinstance(reply, Refused) else recorder.turn().words
            click.echo(f"{target}: {words}")
            assert words
        recorder.close()

    command = click.Command("record", callback=record)
    return lambda root: invoked(command, obj=root)


class _Deaf:
    """Segment is not there."""

    def reply(self) -> Refused:
        return Refused("segment is not there")


def _deaf(_request: object) -> _Deaf:
    return _Deaf()


COMMANDS: dict[str, Command] = {
    "list": sets("list"),
    "list --json": sets("list", "--json"),
    "check": sets("check"),
    "check 1 --json": sets("check", "1", "--json"),
    "show": lambda root: sets("show", "1", "--sheet", str(root.parent / "sheet.png"))(root),
    "split --dry-run": sets("split", "1", "--frames", "0", "--dry-run"),
    "split --frames": sets("split", "1", "--frames", "0"),
    "split --aside": sets("split", "1", "--aside", "2"),
    "merge": sets("merge", "1", "2"),
    "eval": scored,
    "eval set1": scored_one,
    "trainer": trained,
    "up": opened,
    "label": labelled,
    "recorder": recorded(0),
    "recorder --set 1": recorded(1),
    "recorder --set 3": recorded(3),
}


class Difference:
    """In place of a Segmenter: reading is what is tried here, and the network is the same for every set."""

    engine = device = "none"

    def __init__(self, weights: Weights, *_options: object, **_more: object) -> None:
        self.weights = weights
        self._plate = np.zeros((1, 1, 3), np.uint8)

    def set_plate(self, plate: Image) -> None:
        """Plate and frame must fit each other, as with a Segmenter."""
        self._plate = plate

    def alpha(self, frame: Image) -> Image:
        """Where the frame differs."""
        plate = cv2.resize(self._plate, frame.shape[1::-1])
        return np.where(cv2.absdiff(frame, plate).max(axis=2) > 25, np.uint8(255), np.uint8(0))


def in_this_process(patch: pytest.MonkeyPatch) -> None:
    """`bgsub up` starts nothing. A training composes its batches and saves its weights without any convolution."""
    patch.setattr("cli.up.run", lambda *_parts: None)
    patch.setattr("cli.eval.Segmenter", Difference)
    patch.setattr("services.trainer.judge.Segmenter", Difference)
    patch.setattr("services.trainer.preview.Segmenter", Difference)
    patch.setattr("services.trainer.judge.drawn.scenes", list)
    patch.setattr("services.trainer.start.weights_in_use", lambda: None)
    patch.setattr("services.trainer.loop.Run._loss", lambda run, _batch: 0 * next(run.net.parameters()).sum())


@contextmanager
def without_rights(root: Path) -> Iterator[None]:
    """Root may do anything, so it steps down to `nobody` for a while."""
    if os.geteuid() != 0:
        yield
        return
    for path in (root.parent, *root.parent.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
