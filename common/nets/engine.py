"""What runs the network: one small interface, an engine a runtime."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Engine(Protocol):
    """Runs PlateNet on pictures of one size, H,W,3 BGR float32 0..255, H and W multiples of 16."""

    @property
    def name(self) -> str:
        """`torch` or `openvino`."""

    @property
    def device(self) -> str:
        """The hardware's own name."""

    def set_plate(self, plate: Floats) -> None:
        """Computes and keeps the plate's features; from now on frames must have its size."""

    def logits(self, frame: Floats) -> Floats:
        """H,W logits of alpha; the array is the engine's own until the next call."""
