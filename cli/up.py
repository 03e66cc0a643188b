"""`bgsub up`: starts the six services and stays until they end."""

from collections.abc import Mapping

import click

from common.places import places
from common.settings import Settings, load_settings
from deploy.board import logs
from deploy.processes import TABLE
from deploy.run import run
from services.camera.choose import choose, is_webcam, split
from services.segment.sources import plate_path


@click.command("up")
@click.option("--source", help="A webcam's number or path, a file, a folder, a URL, or demo; several with commas.")
@click.option("--plate", help="The empty scene: an image, a video or a set.")
@click.option("--front", type=click.Choice(["auto", "window", "web", "both"]), help="Where the picture is shown.")
@click.option("--bkg-seconds", type=float, help="Countdown before the plate.")
@click.option("--sav-seconds", type=float, help="Countdown before a frame is saved.")
@click.option("--set", "number", type=int, help="The image set to record into.")
def up_command(
    *,
    source: str | None,
    plate: str | None,
    front: str | None,
    bkg_seconds: float | None,
    sav_seconds: float | None,
    number: int | None,
) -> None:
    """Start everything; Ctrl-C, Ext in the picture or `bgsub down` stops it."""
    wanted = {
        "camera.source": source,
        "segment.plate": plate,
        "ui.front": front,
        "recorder.bkg_seconds": bkg_seconds,
        "recorder.sav_seconds": sav_seconds,
        "recorder.set": number,
    }
    check(load_settings(wanted))
    where = places()
    click.echo("Starting. Ctrl-C, Ext in the picture or `bgsub down` ends it; `bgsub status` shows how it does.")
    click.echo(f"Logs: {logs(where)}")
    run(TABLE, where, as_environment(wanted), click.echo)


def as_environment(wanted: Mapping[str, str | float | None]) -> dict[str, str]:
    """Settings as the services read them from their environment; what is None is left out."""
    return {f"BGSUB_{key.replace('.', '_').upper()}": str(value) for key, value in wanted.items() if value is not None}


def check(settings: Settings) -> None:
    """Raises UserError where a file named as the source or the plate cannot be opened; starts and keeps nothing."""
    openers = choose(settings.camera)
    for name, opener in zip(split(settings.camera.source), openers, strict=True):
        if name not in ("auto", "demo") and not is_webcam(name) and "://" not in name:
            opener().close()
    if settings.segment.plate:
        plate_path(settings.segment.plate)
