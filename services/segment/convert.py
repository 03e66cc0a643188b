"""The process that converts weights for OpenVINO: `python -m services.segment.convert CACHE < weights.safetensors`."""

import ctypes
import signal
import sys
from pathlib import Path

import click

from common.nets.engine_openvino import OpenVinoEngine
from common.weights import Weights

PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with_parent() -> None:
    """What segment does not wait for any more, even after kill -9, need not go on (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@click.command()
@click.argument("cache", type=click.Path(path_type=Path))
def main(cache: Path) -> None:
    """Convert the weights that come in on stdin into CACHE, where segment finds them."""
    die_with_parent()
    OpenVinoEngine(Weights.from_bytes(sys.stdin.buffer.read()), threads=1, cache=cache)


if __name__ == "__main__":
    main()
