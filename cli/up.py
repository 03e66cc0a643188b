"""`bgsub up`: starts the six services and stays until they end."""

from collections.abc import Mapping
from pathlib import Path

import click

from common.errors import UserError
from common.places import places
from common.settings import load_settings
from deploy.processes import TABLE
from deploy.run import run
from deploy.supervisor import logs


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
    settings = load_settings(wanted)
    check_source(settings.camera.source)
    check_exists(settings.segment.plate, "plate")
    where = places()
    click.echo("Starting. Ctrl-C, Ext in the picture or `bgsub down` ends it; `bgsub status` shows how it does.")
    click.echo(f"Logs: {logs(where)}")
    run(TABLE, where, as_environment(wanted), click.echo)


def as_environment(wanted: Mapping[str, str | float | None]) -> dict[str, str]:
    """Settings as the services read them from their environment; what is None is left out."""
    return {f"BGSUB_{key.replace('.', '_').upper()}": str(value) for key, value in wanted.items() if value is not None}


def check_source(source: str) -> None:
    """Raises UserError where a source that names a file names one that is not there."""
    for one in source.split(","):
        if one not in ("auto", "demo") and not one.isdigit() and "://" not in one:
            check_exists(one, "source")


def check_exists(path: str, what: str) -> None:
    """Raises UserError where `path` is named and is not there."""
    if path and not Path(path).expanduser().exists():
        raise UserError(f"The {what} {path} does not exist.")
