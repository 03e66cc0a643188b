"""`bgsub fetch-pose`: the weights that let pose see palms, fetched once and kept in the user's cache."""

import subprocess
import sys
from pathlib import Path

import click

from common.errors import UserError
from common.places import places
from common.settings import load_settings
from services.pose.models import MODELS, STRIDE, PoseModel

CONVERT_S = 120
MEANWHILE = "The pose weights cannot be had now: palms will not be seen, the mouse works. `bgsub fetch-pose` tells why."


@click.command()
@click.option("--model", type=click.Choice(sorted(MODELS)), help="Width of the network; the one in use if not given.")
@click.option("--optional", is_flag=True, help="Where they cannot be had, say so in one line and end with 0.")
def fetch_pose_command(model: str | None, optional: bool) -> None:
    """Fetch the weights that see palms, once (25 or 38 MB), check them and keep them in your cache."""
    pose = load_settings({"pose.model": model}).pose
    wanted, cache = MODELS[pose.model], places().cache
    if wanted.path(cache).exists():
        if not optional:
            click.echo(f"The pose weights are there: {wanted.path(cache)}", err=True)
        return
    try:
        _fetch(wanted, cache)
    except UserError:
        if not optional:
            raise
        click.echo(MEANWHILE, err=True)


def _fetch(wanted: PoseModel, cache: Path) -> None:
    from services.pose.download import fetch  # noqa: PLC0415 - a second call must be swift

    click.echo(f"Fetching the pose weights, once ({wanted.megabytes} MB) …", err=True)
    path = fetch(wanted, cache)
    click.echo(f"Kept as {path}. Preparing the network …", err=True)
    command = [sys.executable, "-m", "services.pose.convert", wanted.name, str(STRIDE), str(cache)]
    try:
        subprocess.run(command, check=True, timeout=CONVERT_S, capture_output=True)
    except subprocess.SubprocessError:
        click.echo("It could not be prepared now; pose tries again when it starts.", err=True)
