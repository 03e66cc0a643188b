"""A process of its own that proposes masks, so that the UI loads no network.

Reads lines of JSON, {"frame": path, "plate": path}; answers each with a line, {"frame": path, "words": what went wrong
or "", "bytes": n}, and n bytes of PNG behind it, the mask in black and white. Ends with its input.
"""

import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np

from common.errors import UserError
from common.messages import Alpha
from common.nets.segmenter import Segmenter
from common.places import places
from common.sets import encode_png, read_image
from common.settings import load_settings
from common.weights import Weights, WeightsError

_HALF = 128


def in_use(state: Path, named: str) -> Weights:
    """The weights that segment used last, else those the settings name, else the shipped ones. Raises WeightsError."""
    base = Weights.from_file(Path(named)) if named else Weights.shipped()
    try:
        choice = json.loads((state / "segment" / "weights.json").read_bytes())
        if choice["base"] != base.id or choice["in_use"] == base.id:
            return base
        return Weights.from_file(state / "segment" / f"weights-{Path(choice['in_use']).name}.safetensors")
    except (OSError, ValueError, KeyError, TypeError, WeightsError):
        # a running segment says so in its own log; a proposal may as well come from the weights it began with
        return base


def propose(segmenter: Segmenter, frame: Path, plate: Path) -> Alpha:
    """The mask of a frame beside its plate, 0 or 255. Raises UserError for pictures that cannot be had or compared."""
    image, empty = read_image(frame), read_image(plate)
    if image.shape != empty.shape:
        raise UserError(f"{plate.name} is of another size than {frame.name}, so nothing is proposed.")
    segmenter.set_plate(empty)
    return np.where(segmenter.alpha(image) >= _HALF, 255, 0).astype(np.uint8)


def answer(segmenter: Segmenter, asked: str) -> tuple[dict[str, str | int], bytes]:
    """The line to answer with, and the PNG behind it, empty where there is none."""
    request = json.loads(asked)
    try:
        png, words = encode_png(propose(segmenter, Path(request["frame"]), Path(request["plate"]))), ""
    except UserError as error:
        png, words = b"", error.message
    return {"frame": request["frame"], "words": words, "bytes": len(png)}, png


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Until the requests end."""
    segmenter = Segmenter(in_use(places().state, load_settings().segment.weights), "openvino")
    for line in requests:
        head, png = answer(segmenter, line.decode())
        replies.write(json.dumps(head).encode() + b"\n" + png)
        replies.flush()


def main() -> int:
    """Returns the exit status."""
    # what a library prints must not stand between the answers
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(sys.stdin.buffer, replies)
    except UserError as error:
        sys.stderr.write(f"No masks are proposed: {error.message}\n")
        return 2
    except (BrokenPipeError, KeyboardInterrupt):
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
