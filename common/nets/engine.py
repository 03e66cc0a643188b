"""What runs the network: one small interface, an engine a runtime."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from common.nets.view import Size

LOGIT_RANGE = 8.0
"""Logits are bounded to it; beyond, alpha is 0 or 255."""
Floats = NDArray[np.float32]
Kept = Any
"""What an engine keeps of a plate; it alone knows what is in there."""


class Engine(Protocol):
    """Runs PlateNet on pictures H,W,3 BGR float32 0..255, H and W multiples of 16."""

    @property
    def name(self) -> str:
        """`torch` or `openvino`."""

    @property
    def device(self) -> str:
        """The hardware's own name."""

    def prepare(self, sizes: Sequence[Size]) -> None:
        """Makes ready for pictures of these sizes, and of no other; may run beside `logits`."""

    def close(self) -> None:
        """Lets go of what `prepare` made, bit by bit, so that other threads are not held up. It is of no use after."""

    def keep(self, plate: Floats) -> Kept:
        """Computes the plate's features, once a plate; about as long as `logits` takes, beside which it may run."""

    def logits(self, frame: Floats, plate: Kept) -> Floats:
        """H,W logits of alpha, within LOGIT_RANGE, for a frame of the plate's size.

        The array is the engine's own until the next call. One thread at a time.
        """
