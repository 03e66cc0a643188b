"""Saves image sets: the plate on Bkg, a frame on Sav, each after a countdown.

Reads: frame, plate.  Writes: recording, health.  Control: Capture, CancelCapture, UndoSave, AskStatus.
Asks segment: LearnPlate.
"""

import time
from pathlib import Path

import click

from common.control import ControlClient
from common.messages import Frame, Plate, Recording
from common.service import ServiceLike, running
from common.settings import load_settings
from services.recorder.shelf import Shelf
from services.recorder.worker import Recorder

COUNT_EVERY_S = 0.1


def run(service: ServiceLike, recorder: Recorder) -> None:
    """Turns until the service is asked to stop; a file that is being written is finished first."""
    told: Recording | None = None
    told_at = 0.0
    while not service.stopping():
        service.wait(0.05)
        if frame := service.newest(Frame):
            recorder.see(frame)
        for plate in service.every(Plate):
            recorder.hear(plate)
        for call in service.requests():
            call.reply(recorder.handle(call.request))
        now = recorder.turn()
        counting = recorder.busy and time.monotonic() - told_at >= COUNT_EVERY_S
        if told is None or now.state is not told.state or now.job != told.job or counting:
            service.publish(now)
            told, told_at = now, time.monotonic()
        service.beat(recorder.vitals())
    recorder.close()


@click.command()
@click.option(
    "--set",
    "number",
    type=click.IntRange(1, 99999),
    help="Record into this set; without it Bkg starts the next free one.",
)
@click.option("-b", "--bkg-seconds", type=click.FloatRange(0, 600), help="Countdown before the plate, 5 s unless set.")
@click.option("-s", "--sav-seconds", type=click.FloatRange(0, 600), help="Countdown before a frame, 2 s unless set.")
@click.option("--sets", type=click.Path(file_okay=False), help="Folder of the sets, `images` unless set.")
def main(number: int | None, bkg_seconds: float | None, sav_seconds: float | None, sets: str | None) -> None:
    """Save image sets: bkg.png on Bkg, 0.png, 1.png, ... on Sav. Nothing is ever overwritten."""
    settings = load_settings(
        {
            "recorder.set": number,
            "recorder.bkg_seconds": bkg_seconds,
            "recorder.sav_seconds": sav_seconds,
            "recorder.sets": sets,
        }
    )
    mine = settings.recorder
    shelf = Shelf(Path(mine.sets), mine.set)
    with (
        running("recorder", settings, reads=(Frame, Plate)) as service,
        ControlClient("segment", settings, service.places) as segment,
    ):
        run(service, Recorder(mine, shelf, settings.segment.learn_seconds, segment.send))
