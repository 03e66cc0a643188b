"""The whole step from a frame to its alpha, exactly as the live service runs it.

Shrink both pictures to the network's size, bring the frame into the plate's light, run the network, hold its logits
where a film is still, enlarge them (not the alpha: edges stay sharp), squash. OpenVINO does it without torch.
"""

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import cv2
import numpy as np
from numpy.typing import NDArray

from common.nets import light
from common.nets.calm import Calm
from common.nets.engine import Engine
from common.nets.film_light import FilmLight
from common.nets.shrink import shrunk
from common.nets.still import Stillness
from common.weights import Weights

Image = NDArray[np.uint8]
Timed = Callable[[str], AbstractContextManager[None]]

NET_AREA = 384 * 288  # pixels the network sees; larger pictures are shrunk to it
STRIDE = 16
LOGIT_RANGE = 8.0  # beyond it alpha is 0 or 255
CERTAIN = 0.02  # alphas this near to 0 or 1 become 0 or 1


def net_size(width: int, height: int) -> tuple[int, int]:
    """Of the picture the network gets: same shape, about NET_AREA at most, both sides multiples of STRIDE."""
    scale = min(1.0, math.sqrt(NET_AREA / (width * height)))
    return tuple(max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in (width, height))  # type: ignore[return-value]


def alpha_table() -> Image:
    """256 logits, -LOGIT_RANGE to LOGIT_RANGE, -> alpha 0..255."""
    alpha = 1 / (1 + np.exp(-np.linspace(-LOGIT_RANGE, LOGIT_RANGE, 256)))
    return np.rint(255 * np.clip((alpha - CERTAIN) / (1 - 2 * CERTAIN), 0, 1)).astype(np.uint8)


class Segmenter:
    """Cuts out of a frame what its plate does not show.

    `engine` is auto, torch or openvino, `device` cpu or cuda. Raises WeightsError for weights that don't fit, UserError
    where the device or engine can't be had: it never falls back to another device.
    """

    def __init__(self, weights: Weights, engine: str = "auto", device: str = "cpu", threads: int = 1) -> None:
        self.weights = weights
        self.timed: Timed = lambda _: nullcontext()
        """Entered around each stage of `alpha`, with the stage's name: shrink, light, network, calm, enlarge."""
        self.calm: Calm | None = None
        """Set it where frames are one film, in order; without it each frame is judged alone."""
        self.still: Stillness | None = None
        """Set it where the mask of a frame may stand for the next as long as nothing moves; it needs a film, too."""
        self.on_stood: Callable[[], None] = lambda: None
        """Called where the mask before stood, and the network was not run."""
        self._engine = make_engine(weights, engine, device, threads)
        self._table = alpha_table()
        self._plate: Image | None = None
        self._shape: tuple[int, ...] = ()
        self._film_light: FilmLight | None = None
        self._last: Image | None = None

    @property
    def engine(self) -> str:
        return self._engine.name

    @property
    def device(self) -> str:
        return self._engine.device

    def set_plate(self, plate: Image) -> None:
        """H,W,3 BGR. Frames must have its size from now on. Takes longer than a frame."""
        self._shape = plate.shape
        self._plate = self._shrunk(plate)
        self._engine.set_plate(self._plate.astype(np.float32))
        self._film_light, self._last = FilmLight(self._plate), None
        for memory in (self.calm, self.still):
            if memory is not None:
                memory.forget()

    def alpha(self, frame: Image) -> Image:
        """H,W alpha 0..255 of an H,W,3 BGR frame; leave the array as it is, it may come again.

        Raises ValueError before `set_plate` or for another size than its.
        """
        if self._plate is None or frame.shape != self._shape:
            raise ValueError(f"no plate of the frame's size: plate {self._shape}, frame {frame.shape}")
        with self.timed("shrink"):
            small = self._shrunk(frame)
            stands = self.still is not None and self.still.skips(small, time.monotonic())
        if stands and self._last is not None:
            self.on_stood()
            return self._last
        with self.timed("light"):
            relit = self._relit(small, self._plate)
        with self.timed("network"):
            logits = np.clip(self._engine.logits(relit), -LOGIT_RANGE, LOGIT_RANGE)
        if self.calm is not None:
            with self.timed("calm"):
                logits = self.calm.hold(small, logits)
        with self.timed("enlarge"):
            self._last = self._enlarged(logits)
        return self._last

    def _relit(self, small: Image, plate: Image) -> NDArray[np.float32]:
        """Frames that are judged alone get a fit of their own."""
        if self.calm is not None and self._film_light is not None:
            return self._film_light.relit(small)
        return light.relight(small, light.estimate(small, plate))

    def _shrunk(self, picture: Image) -> Image:
        return shrunk(picture, net_size(picture.shape[1], picture.shape[0]))

    def _enlarged(self, logits: NDArray[np.float32]) -> Image:
        """Logits at the network's size, within LOGIT_RANGE -> alpha at the picture's."""
        levels = cv2.convertScaleAbs(logits, alpha=127.5 / LOGIT_RANGE, beta=127.5)
        full = cv2.resize(levels, self._shape[1::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.LUT(full, self._table), np.uint8)


def make_engine(weights: Weights, engine: str, device: str, threads: int) -> Engine:
    """OpenVINO for CPUs unless torch is asked for; torch for CUDA. Raises as Segmenter does."""
    if device == "cuda" or engine == "torch":
        from common.nets.engine_torch import TorchEngine  # noqa: PLC0415

        return TorchEngine(weights, device, threads)
    from common.nets.engine_openvino import OpenVinoEngine  # noqa: PLC0415

    return OpenVinoEngine(weights, threads)
