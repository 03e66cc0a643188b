"""From a weights file to a network that is ready for the next frame: converted, compiled, warm."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import numpy as np

from common.errors import UserError
from common.messages import Alpha, Image
from common.nets.segmenter import Segmenter, Timed
from common.settings import SegmentSettings
from common.weights import Weights, WeightsError

WARM_UP_RUNS = 3
CONVERT_WITHIN_S = 300.0
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
    def stop(self) -> None: ...


class Loader:
    """Builds networks for one engine and device. Meant for a thread of its own; `stop` may come from another."""

    def __init__(self, engine: str, device: str, threads: int, cache: Path, timed: Timed) -> None:
        """`timed` is entered around each stage of a step; see Segmenter.timed."""
        self.engine = engine
        self.device = device
        self._threads = threads
        self._timed = timed
        self._cache = cache
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def __call__(self, weights: Weights, plate: Image | None) -> Network:
        """Raises WeightsError for weights of another network, UserError where device or engine cannot be had."""
        if self._stopped:
            raise UserError("Segment is stopping.")
        if self.engine == "openvino":
            self._convert(weights)
        network = Segmenter(weights, self.engine, self.device, self._threads, self._cache)
        warm_up(network, plate)
        network.timed = self._timed
        return network

    def stop(self) -> None:
        """Ends a conversion that is under way; nothing is loaded any more."""
        self._stopped = True
        if self._child is not None:
            self._child.kill()

    def _convert(self, weights: Weights) -> None:
        """In a process of its own, unless it was done before: importing torch and converting hold the interpreter for
        seconds, and in a thread of this process the masks would stop."""
        from common.nets.engine_openvino import converted  # noqa: PLC0415 (not needed on CUDA)

        if converted(weights, self._cache):
            return
        command = [sys.executable, "-m", "services.segment.convert", str(self._cache)]
        pipe = subprocess.PIPE
        one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
        self._child = subprocess.Popen(command, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe, env=one_thread)
        if self._stopped:
            self._child.kill()
        try:
            _, said = self._child.communicate(weights.to_bytes(), timeout=CONVERT_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            raise UserError(f"Converting the weights took over {CONVERT_WITHIN_S:g} s and was stopped.") from None
        if self._child.returncode:
            lines = said.decode(errors="replace").strip().splitlines()
            raise WeightsError((lines or ["Converting the weights was interrupted."])[-1].removeprefix("Error: "))


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
