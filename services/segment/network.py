"""From a weights file to a network that is ready for the next frame: checked, compiled, warm."""

import logging
from pathlib import Path
from typing import Protocol

import numpy as np

from common.errors import UserError
from common.messages import Alpha, Image
from common.nets.calm import Calm
from common.nets.segmenter import Segmenter, Timed
from common.settings import SegmentSettings
from common.weights import Weights

WARM_UP_RUNS = 3
_GPU_DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))
_log = logging.getLogger(__name__)


class Network(Protocol):
    """What segment needs of common.nets.segmenter.Segmenter."""

    weights: Weights

    @property
    def engine(self) -> str: ...
    @property
    def device(self) -> str: ...
    def set_plate(self, plate: Image) -> None: ...
    def alpha(self, frame: Image) -> Alpha: ...


class Loads(Protocol):
    """Weights and the plate in use -> a warm network."""

    device: str

    def __call__(self, weights: Weights, plate: Image | None) -> Network: ...


class Loader:
    """Builds networks for one engine and device. Meant for a thread of its own."""

    def __init__(self, engine: str, device: str, threads: int, timed: Timed) -> None:
        """`timed` is entered around each stage of a step; see Segmenter.timed."""
        self.engine = engine
        self.device = device
        self._threads = threads
        self._timed = timed

    def __call__(self, weights: Weights, plate: Image | None) -> Network:
        """Raises WeightsError for weights of another network, UserError where device or engine cannot be had."""
        network = Segmenter(weights, self.engine, self.device, self._threads)
        warm_up(network, plate)
        network.timed = self._timed
        network.calm = Calm()
        return network


def choose(settings: SegmentSettings) -> tuple[str, str]:
    """Engine and device for the settings. Raises UserError for a pair that does not exist; nothing falls back.

    `auto` takes CUDA only where its driver is there and torch can use it, so that a laptop never waits for torch.
    """
    if settings.device == "cuda" and settings.engine == "openvino":
        raise UserError("OpenVINO does not run on CUDA here. Take --engine torch, or --device cpu.")
    if settings.device == "cuda" or (settings.device == "auto" and settings.engine != "openvino" and _cuda_works()):
        return "torch", "cuda"
    return ("torch" if settings.engine == "torch" else "openvino"), "cpu"


def _cuda_works() -> bool:
    if not any(driver.exists() for driver in _GPU_DRIVERS):
        return False
    import torch  # noqa: PLC0415 (seconds to import, and of no use without a driver)

    works = bool(torch.cuda.is_available())
    if not works:
        _log.info("there is an NVIDIA driver, but this torch is built without CUDA: using the CPU")
    return works


def warm_up(network: Network, plate: Image | None) -> None:
    """Runs it on the plate, so that no live frame pays for the first run. Without a plate it has no size yet."""
    if plate is None:
        return
    network.set_plate(plate)
    for _ in range(WARM_UP_RUNS):
        network.alpha(np.array(plate))
