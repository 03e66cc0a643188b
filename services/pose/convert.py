"""The process that converts the pose weights for OpenVINO: `python -m services.pose.convert 075 16 CACHE`.

A process of its own, so that pose goes on beating meanwhile and never carries torch.
"""

from pathlib import Path

import click

from common.errors import UserError
from services.pose.engine import convert, is_converted
from services.pose.models import MODELS


@click.command()
@click.argument("name", type=click.Choice(sorted(MODELS)))
@click.argument("stride", type=int)
@click.argument("cache", type=click.Path(path_type=Path))
def main(name: str, stride: int, cache: Path) -> None:
    """Convert the fetched weights NAME for maps of STRIDE pixels into CACHE."""
    convert(name, stride, cache)
    if not is_converted(MODELS[name], stride, cache):
        raise UserError(f"The pose network cannot be kept in {cache}. Is the disk full?")


if __name__ == "__main__":
    main()
