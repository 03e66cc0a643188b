"""PlateNet in PyTorch, on a CPU or a CUDA device."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from common.errors import UserError
from common.nets.engine import LOGIT_RANGE, Floats
from common.nets.load import build
from common.nets.platenet import PlateFeatures
from common.nets.view import Size
from common.weights import Weights


class TorchEngine:
    """Raises UserError for `cuda` where there is none, WeightsError for weights of another network.

    On CUDA all that is kept (weights, plate, the room for the frame) stays on the device, in half precision: fp16,
    which moved an alpha by up to 8 of 255 on six frames, not bf16, which moved it by up to 40. The frame goes there,
    and the logits come back, through pinned memory. On CPUs without native half precision it is slower than float32, so
    never there.
    """

    name = "torch"

    def __init__(self, weights: Weights, device: str, threads: int) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise UserError("CUDA was asked for, but torch finds no CUDA device: install TORCH=cuda or use the CPU.")
        torch.set_num_threads(threads)
        self._device = torch.device(device)
        self._dtype = torch.float16 if device == "cuda" else torch.float32
        net = build(weights).eval().to(self._device, self._dtype)
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._rooms: dict[tuple[int, ...], Room] = {}
        self.device = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or "CPU"

    def prepare(self, sizes: Sequence[Size]) -> None:
        """See Engine."""
        self._rooms = {(height, width, 3): Room((height, width, 3), self._device) for width, height in sizes}

    def close(self) -> None:
        """See Engine."""
        self._rooms.clear()

    @torch.inference_mode()
    def keep(self, plate: Floats) -> "KeptPlate":
        # not by way of the room: a frame may be in there, of another thread
        there = torch.from_numpy(plate).to(self._device)
        return KeptPlate(self._rooms[plate.shape], self._net.plate_features(self._entered(there)))

    @torch.inference_mode()
    def logits(self, frame: Floats, plate: "KeptPlate") -> Floats:
        there = torch.from_numpy(frame)
        if self._device.type == "cuda":
            there = plate.room.there.copy_(plate.room.frame.copy_(there), non_blocking=True)
        logits, _ = self._net.decode(self._entered(there), plate.features)
        logits = logits.clamp(-LOGIT_RANGE, LOGIT_RANGE)
        if self._device.type == "cpu":
            return np.asarray(logits[0, 0].numpy())
        here = plate.room.logits
        here.copy_(logits[0, 0], non_blocking=True)
        torch.cuda.synchronize()
        return np.asarray(here.numpy())

    def _entered(self, picture: Tensor) -> Tensor:
        """H,W,3 0..255 on the device -> 1,3,H,W -1..1."""
        return picture.permute(2, 0, 1)[None].div(127.5).sub(1).to(self._dtype)


@dataclass(frozen=True, slots=True)
class KeptPlate:
    """A plate's features, and the room for frames before it."""

    room: "Room"
    features: PlateFeatures


class Room:
    """For the frame and the logits on this side, and for the frame on the device."""

    def __init__(self, shape: tuple[int, ...], device: torch.device) -> None:
        pinned = device.type == "cuda"
        self.frame = torch.empty(shape, pin_memory=pinned)
        self.logits = torch.empty(shape[:2], pin_memory=pinned)
        self.there = torch.empty(shape, device=device)
