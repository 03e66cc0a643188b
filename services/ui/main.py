"""Shows the picture and takes presses, in a window and in a browser page.

Reads: frame, mask, palms, plate, recording, training, health.  Writes: health.  Control: none of its own; it asks the
recorder, segment and trainer to act.
"""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path

import click
import cv2

from common.control import ControlClient
from common.errors import UserError
from common.messages import Frame, Health, Mask, Palms, Plate, Recording, Refused, Train, Training
from common.places import Places
from common.service import ServiceLike, running
from common.settings import Settings, load_settings
from services.ui.apps.catalogue import apps
from services.ui.desk import Desk
from services.ui.errands import Errands
from services.ui.fronts.front import Front
from services.ui.fronts.opening import open_fronts
from services.ui.fronts.window import TITLE
from services.ui.painter import Painter
from services.ui.pairing import Pairing, Sync
from services.ui.state import State
from services.ui.status import status
from services.ui.touch import Feel, Touch

READS = (Frame, Mask, Palms, Plate, Recording, Training, Health)
_TURN_S = 0.015
_TELL_S = 0.25


def run(service: ServiceLike, desk: Desk, fronts: Sequence[Front]) -> None:
    """Until the desk is done or the service is asked to stop."""
    told = 0.0
    while not (service.stopping() or desk.done):
        service.wait(_TURN_S)
        now = time.monotonic()
        for kind in READS:
            for message in service.every(kind):
                desk.take(message, now)
        desk.turn(now)
        if picture := desk.picture(now):
            for front in fronts:
                front.show(picture)
        # after the picture: asking a window takes milliseconds, in which it paints
        for front in fronts:
            for event in front.events():
                desk.on(event, now)
        if now - told >= _TELL_S:
            told = now
            tell(service, desk, fronts, now)
        for call in service.requests():
            call.reply(Refused("ui takes no requests: it asks others to act."))
        service.beat(desk.vitals(now))


def tell(service: ServiceLike, desk: Desk, fronts: Sequence[Front], now: float) -> None:
    """Gives the page its news."""
    service.metrics.viewers.set(sum(front.viewers() for front in fronts))
    news = status(desk, now)
    for front in fronts:
        front.tell(news)


def make_desk(settings: Settings, where: Places, service: ServiceLike) -> Desk:
    """A desk on the real control sockets. Raises UserError for an app there is none of."""
    ui = settings.ui
    train = Train(settings.trainer.iterations, settings.trainer.batch)
    every = apps(ui.backdrop, train, settings.recorder.sets)
    if ui.app not in [app.name for app in every]:
        raise UserError(f"There is no app {ui.app!r}. There are: {', '.join(app.name for app in every)}.")
    return Desk(
        every,
        ui.app,
        state=State(Pairing(Sync(ui.sync), ui.sync_ms / 1000), time.monotonic()),
        painter=Painter(settings.camera.height, settings.camera.width),
        touch=Touch(feel(settings)),
        errands=Errands(lambda name: ControlClient(name, settings, where)),
        metrics=service.metrics,
        fps=ui.fps,
        snapshots=Path(ui.snapshots),
    )


def feel(settings: Settings) -> Feel:
    """The numbers of the touch. Raises UserError where no palm could ever press."""
    ui = settings.ui
    if ui.needed > ui.recent:
        raise UserError(
            f"ui.needed is {ui.needed} of the last {ui.recent} sightings (ui.recent), so no palm could ever press. "
            "Set ui.recent at least as high."
        )
    return Feel(
        harmless_s=ui.dwell_s,
        writes_s=ui.dwell_writes_s,
        leave=ui.leave,
        still=ui.still,
        needed=ui.needed,
        recent=ui.recent,
        newcomer_s=ui.newcomer_s,
        away_s=ui.away_s,
        confirm_s=ui.confirm_s,
    )


def fronts_of(settings: Settings, where: Places) -> AbstractContextManager[list[Front]]:
    """As the settings say; see open_fronts."""
    port = settings.ui.port or where.page_port
    return open_fronts(settings.ui.front, TITLE, port, where.runtime / "ui.url")


@click.command()
@click.option(
    "--front", type=click.Choice(["auto", "window", "web", "both"]), help="Where to show it.  [default: auto]"
)
@click.option("--app", help="The app shown first.  [default: studio]")
@click.option("--port", type=click.IntRange(1, 65535), help="The page's port on 127.0.0.1.")
@click.option(
    "--sync",
    type=click.Choice([one.value for one in Sync]),
    help="exact lays a mask on its own frame, newest never waits.  [default: exact]",
)
def main(front: str | None, app: str | None, port: int | None, sync: str | None) -> None:
    """Show the picture with its buttons, in a window or as a page on this machine."""
    settings = load_settings({"ui.front": front, "ui.app": app, "ui.port": port, "ui.sync": sync})
    # drawing takes one core at most: the others are for the network
    cv2.setNumThreads(1)
    with (
        running("ui", settings, reads=READS) as service,
        closing(make_desk(settings, service.places, service)) as desk,
        fronts_of(settings, service.places) as fronts,
    ):
        run(service, desk, fronts)
