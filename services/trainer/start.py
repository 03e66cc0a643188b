"""The weights that a training starts from: those given, else those in use, else the shipped ones."""

import time
from pathlib import Path

from common.control import ControlTimeoutError, ask, reachable
from common.messages import AskWeights, Refused, WeightsInUse
from common.weights import Weights

ABSENT_S = 2.0
BUSY_S = 15.0
"""Who gives up too soon on a busy machine trains from other weights than those in use."""
AGAIN_S = 0.2


def starting_weights(file: str) -> tuple[Weights, str]:
    """The weights, and in words where they are from. Raises WeightsError where they can't be had."""
    if file:
        return Weights.from_file(Path(file)), file
    in_use = weights_in_use()
    return (in_use, "the weights in use") if in_use else (Weights.shipped(), "the shipped weights")


def patience_s() -> float:
    """How long segment is waited for: not for long where it has no socket here."""
    return BUSY_S if reachable("segment") else ABSENT_S


def weights_in_use() -> Weights | None:
    """As segment hands them out; None where it is not running. It is asked again while it loads its first."""
    give_up = time.monotonic() + BUSY_S
    try:
        reply = ask("segment", AskWeights(), patience_s())
        while isinstance(reply, Refused) and time.monotonic() < give_up:
            time.sleep(AGAIN_S)
            reply = ask("segment", AskWeights(), patience_s())
    except ControlTimeoutError:
        return None
    return Weights.from_bytes(reply.weights, "What segment has in use") if isinstance(reply, WeightsInUse) else None
