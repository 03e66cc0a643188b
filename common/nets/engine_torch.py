"""PlateNet in PyTorch, on a CPU or a CUDA device."""

import platform
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor

from common.errors import UserError
from common.nets.engine import Floats
from common.nets.load import build
from common.nets.platenet import PlateFeatures
from common.weights import Weights


class TorchEngine:
    """Raises UserError for `cuda` where there is none, WeightsError for weights of another network."""

    name = "torch"

    def __init__(self, weights: Weights, device: str, threads: int) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise UserError("CUDA was asked for, but torch finds no CUDA device: install TORCH=cuda or use the CPU.")
        torch.set_num_threads(threads)
        self._device = torch.device(device)
        self._net = build(weights).eval().to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._plate: PlateFeatures = ()
        self.device = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or "CPU"

    def _autocast(self) -> AbstractContextManager[object]:
        """Half precision on CUDA; on CPUs without native bf16 it is slower than float32, so never there."""
        if self._device.type != "cuda":
            return nullcontext()
        half = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.autocast("cuda", half)

    def _tensor(self, picture: Floats) -> Tensor:
        tensor = torch.from_numpy(picture)
        if self._device.type == "cuda":
            tensor = tensor.pin_memory().to(self._device, non_blocking=True)
        return tensor.permute(2, 0, 1)[None].div(127.5).sub(1)

    @torch.inference_mode()
    def set_plate(self, plate: Floats) -> None:
        with self._autocast():
            self._plate = self._net.plate_features(self._tensor(plate))

    @torch.inference_mode()
    def logits(self, frame: Floats) -> Floats:
        with self._autocast():
            logits, _ = self._net.decode(self._tensor(frame), self._plate)
        return np.asarray(logits[0, 0].float().cpu().numpy())
