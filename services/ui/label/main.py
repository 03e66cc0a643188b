"""`bgsub-label`: the label app alone, on sets on disk. Needs no camera, no bus and no other service."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import click
import cv2

from common.errors import UserError
from common.metrics import Metrics
from common.places import places
from common.sets import HIGHEST, ImageSets
from common.settings import Settings, load_settings
from services.ui.apps.label import Label
from services.ui.desk import Desk
from services.ui.errands import Errands
from services.ui.fronts.front import Front
from services.ui.fronts.opening import open_fronts
from services.ui.label.held import check_free
from services.ui.label.labeller import Labeller
from services.ui.label.proposals import Proposals
from services.ui.label.work import Work, check, check_readable
from services.ui.painter import Painter
from services.ui.pairing import Pairing, Sync
from services.ui.state import State
from services.ui.status import status
from services.ui.touch import Feel, Touch

TITLE = "bgsub label"
_PAGE_PORT = 1
"""Beside the studio's page, which may be open as well."""
_TURN_S = 0.01
_TELL_S = 0.1


def run(desk: Desk, fronts: Sequence[Front], stopping: Callable[[], bool]) -> None:
    """Until the desk is done or the process is asked to stop."""
    told = 0.0
    while not (stopping() or desk.done):
        time.sleep(_TURN_S)
        now = time.monotonic()
        for front in fronts:
            for event in front.events():
                desk.on(event, now)
        desk.turn(now)
        picture = desk.picture(now)
        news = status(desk, now) if now - told >= _TELL_S else None
        for front in fronts:
            if picture is not None:
                front.show(picture)
            if news is not None:
                told = now
                front.tell(news)


def _no_service(name: str) -> NoReturn:
    raise UserError(f"bgsub-label asks nothing of {name}.")


def make_desk(label: Label, settings: Settings) -> Desk:
    """A desk with one app and no camera."""
    return Desk(
        [label],
        label.name,
        state=State(Pairing(Sync.NEWEST, 0.0), time.monotonic()),
        painter=Painter(480, 640),
        touch=Touch(Feel()),
        errands=Errands(_no_service),
        metrics=Metrics("ui"),
        fps=settings.ui.fps,
        snapshots=Path(settings.ui.snapshots),
    )


@click.command()
@click.option(
    "--set", "numbers", type=click.IntRange(0, HIGHEST), multiple=True, help="A set to label; may be given again."
)
@click.option("--sets", "folder", type=click.Path(file_okay=False), help="Folder of the sets.  [default: images]")
@click.option("--all", "everything", is_flag=True, help="Show the frames that have a mask as well.")
@click.option("--by-hand", is_flag=True, help="Begin with nothing rather than with the network's mask.")
@click.option("--front", type=click.Choice(["auto", "window", "web"]), default="auto", help="Where to show it.")
@click.option("--port", type=click.IntRange(1, 65535), help="The page's port on 127.0.0.1.")
def main(  # noqa: PLR0917 (click gives them by name)
    numbers: tuple[int, ...], folder: str | None, everything: bool, by_hand: bool, front: str, port: int | None
) -> None:
    """Draw who is the person in each frame of a set: k_mask.png beside k.png.

    The network proposes, you mend. Every step is kept; a mask is written when its label is finished.
    Without --set all sets are gone through. Press h for the keys.
    """
    settings = load_settings({"recorder.sets": folder})
    sets, chosen = ImageSets(Path(settings.recorder.sets)), list(dict.fromkeys(numbers)) or None
    check(sets, chosen)
    work = Work(sets, chosen, everything)
    work.refresh()
    if not work.items:
        click.echo(f"All {work.total} frames have their masks. --all shows them again.")
        return
    check_readable(work.items)
    check_free(work.items)
    stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: stop.append(got))
    cv2.setNumThreads(1)
    label = Label(lambda: Labeller(work, Proposals(by_hand=by_hand)))
    where = places()
    showing = open_fronts(front, TITLE, port or where.page_port + _PAGE_PORT, where.runtime / "label.url")
    with closing(make_desk(label, settings)) as desk, showing as fronts:
        run(desk, fronts, lambda: bool(stop))
        label.labeller.settle()
        report(label.labeller)


def report(labeller: Labeller) -> None:
    """How far it went, in a line; exit status 1 where something was left that cannot be read or written."""
    frames, work = labeller.frames, labeller.frames.work
    drafts = sum(item.draft.exists() for item in work.items)
    begun = f", {drafts} begun" if drafts else ""
    click.echo(f"{work.labelled()} of {work.total} frames are labelled{begun}.")
    for words in [*frames.unreadable, *([frames.unsaved] if frames.unsaved else [])]:
        click.echo(f"Error: {words}", err=True)
    if frames.unreadable or frames.unsaved:
        sys.exit(1)
