"""The whole step from a frame to its alpha, exactly as the live service runs it.

Glance at the frame for what changed and for its light. Show the network the whole or, where what it finds fits, a part,
closer (see lookout.py), shrunk to its size and in the plate's light. Hold its logits where a film is still, enlarge
them (not the alpha: edges stay sharp), squash. OpenVINO does it without torch.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from common.nets.calm import Calm
from common.nets.engine import LOGIT_RANGE, Engine
from common.nets.light import Light, estimate
from common.nets.lookout import ROOM, found
from common.nets.shrink import glance
from common.nets.sight import Looks
from common.nets.still import Stillness
from common.nets.view import EVERYTHING, Size, View, close_sizes, closest, net_size
from common.weights import Weights

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]
Timed = Callable[[str], AbstractContextManager[None]]

WARM_UP_RUNS = 3
CERTAIN = 0.02  # alphas this near to 0 or 1 become 0 or 1


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
        """Entered around each stage of a film's `alpha`, with its name: glance, light, network, calm, enlarge."""
        self.calm: Calm | None = None
        """Set it where frames are one film, in order; without it each frame is judged alone."""
        self.still: Stillness | None = None
        """Set it where the mask of a frame may stand for the next as long as nothing moves; it needs a film, too."""
        self.on_stood: Callable[[], None] = lambda: None
        """Called where the mask before stood, and the network was not run."""
        self.closer = True
        """Whether the network may be shown parts, closer; in a film from `look_closer` on."""
        self._engine = make_engine(weights, engine, device, threads)
        self._table = alpha_table()
        self._shape: tuple[int, ...] = ()
        self._looks: Looks | None = None

    @property
    def engine(self) -> str:
        return self._engine.name

    @property
    def device(self) -> str:
        return self._engine.device

    def set_plate(self, plate: Image, beside: Sequence[Size] = ()) -> None:
        """H,W,3 BGR. Frames must have its size from now on. Takes longer than a frame.

        `beside` are sizes that another with the same network goes on with.
        """
        frame = plate.shape[1], plate.shape[0]
        sizes = self._looks.lookout.sizes if self._looks and self._shape == plate.shape else []
        self._engine.prepare([net_size(*frame), *sizes, *beside])
        self._looks, self._shape = Looks(self._engine, plate), plate.shape
        self._looks.lookout.sizes = sizes
        for memory in (self.calm, self.still):
            if memory is not None:
                memory.forget()

    def with_plate(self, plate: Image) -> Self:
        """Another of the same network, for another plate; this one may go on meanwhile in another thread.

        The network is compiled anew only for sizes that it was not made ready for; those of this one's plate go with
        the other's `look_closer`.
        """
        other = copy(self)
        other.calm = other.still = None
        looks = self._looks
        other.set_plate(plate, [looks.whole.view.size, *looks.lookout.sizes] if looks is not None else [])
        if self._looks is None:
            other.warm_up(plate)
        other.calm, other.still = self.calm and Calm(), self.still and Stillness()
        return other

    def warm_up(self, plate: Image) -> None:
        """Runs on the plate, so that no live frame pays for the first run. Before it is given a film."""
        for _ in range(WARM_UP_RUNS):
            self.alpha(plate)

    def look_closer(self) -> None:
        """From now on shows the network a part of the frame where nothing is anywhere else, if `closer` lets it.

        After `set_plate`. Making ready takes most of a second, and may go on in another thread beside `alpha`.
        """
        if self._looks is None or not self.closer:
            return
        frame = self._looks.whole.view.frame
        sizes = close_sizes(frame)
        self._engine.prepare([net_size(*frame), *sizes])
        self._looks.lookout.sizes = sizes

    def alpha(self, frame: Image) -> Image:
        """H,W alpha 0..255 of an H,W,3 BGR frame; leave the array as it is, it may come again.

        Raises ValueError before `set_plate` or for another size than its.
        """
        looks = self._looks
        if looks is None or frame.shape != self._shape:
            raise ValueError(f"no plate of the frame's size: plate {self._shape}, frame {frame.shape}")
        with self.timed("glance"):
            glanced, now = glance(frame), time.monotonic()
            apart = looks.lookout.apart(glanced)
            stands = self.still is not None and apart is not None and self.still.skips(float(apart.max()), now)
        if stands and looks.last is not None:
            self.on_stood()
            return looks.last
        if self.calm is None:
            logits, view = self._alone(looks, frame, estimate(glanced, looks.glance))
        else:
            logits, view = self._in_film(looks, self.calm, frame, glanced, apart)
        with self.timed("enlarge"):
            looks.last = self._enlarged(logits, view)
        return looks.last

    def between_frames(self) -> None:
        """Of a film, when the mask was handed on: looks at the whole where it is time to, and at the plate where the
        next frame will be looked at. Takes longer than a frame now and then, and mostly nothing."""
        if self._looks is not None and self.calm is not None:
            self._looks.between_frames(time.monotonic())

    def close(self) -> None:
        """Lets go of the network's memory without holding up other threads. It is of no use after, nor are those that
        share the network (`with_plate`)."""
        self._looks = None
        self._engine.close()

    def _alone(self, looks: Looks, frame: Image, light: Light) -> tuple[Floats, View]:
        """Logits, and what they show: of the whole at first, and then of what was found there."""
        logits = looks.whole.logits(frame, light)
        box = found(EVERYTHING, logits)
        if not self.closer or box is None:
            return logits, looks.whole.view
        if not looks.lookout.sizes:
            self.look_closer()
        sight = looks.sight(closest(looks.whole.view.frame, box.grown(ROOM), looks.lookout.sizes))
        return (logits if sight is looks.whole else sight.logits(frame, light)), sight.view

    def _in_film(
        self, looks: Looks, calm: Calm, frame: Image, glanced: Image, apart: Floats | None
    ) -> tuple[Floats, View]:
        with self.timed("light"):
            sight = looks.sight(looks.lookout.next(apart))
            light = looks.film_light.of(glanced)
            lit = sight.lit(frame, light)
        with self.timed("network"):
            logits = sight.said(lit)
        with self.timed("calm"):
            looks.lookout.looked(sight.view, glanced, logits, time.monotonic())
            looks.now = frame, glanced, light
            return calm.hold(glanced, logits, sight.view.box), sight.view

    def _enlarged(self, logits: Floats, view: View) -> Image:
        """Logits within LOGIT_RANGE of a view -> alpha of the frame."""
        levels = cv2.convertScaleAbs(logits, alpha=127.5 / LOGIT_RANGE, beta=127.5)
        full = cv2.resize(levels, (view.width, view.height), interpolation=cv2.INTER_LINEAR)
        if view.whole:
            return np.asarray(cv2.LUT(full, self._table), np.uint8)
        alpha = np.zeros(self._shape[:2], np.uint8)
        cv2.LUT(full, self._table, dst=alpha[view.part])
        return alpha


def make_engine(weights: Weights, engine: str, device: str, threads: int) -> Engine:
    """OpenVINO for CPUs unless torch is asked for; torch for CUDA. Raises as Segmenter does."""
    if device == "cuda" or engine == "torch":
        from common.nets.engine_torch import TorchEngine  # noqa: PLC0415

        return TorchEngine(weights, device, threads)
    from common.nets.engine_openvino import OpenVinoEngine  # noqa: PLC0415

    return OpenVinoEngine(weights, threads)
