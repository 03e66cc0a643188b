"""From a weights file to a network that is ready for the next frame: checked, compiled, warm."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from common.errors import UserError
from common.messages import Alpha, Image
from common.nets.calm import Calm
from common.nets.choice import UNMEASURED, Choice, Choices
from common.nets.measure import measure
from common.nets.segmenter import Segmenter, Timed
from common.nets.still import Stillness
from common.settings import SegmentSettings
from common.weights import Weights

MEASURE_AFTER_S = 20.0
_GPU_DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))
_log = logging.getLogger(__name__)


class Network(Protocol):
    """What segment needs of common.nets.segmenter.Segmenter."""

    weights: Weights

    @property
    def engine(self) -> str: ...
    @property
    def device(self) -> str: ...
    def with_plate(self, plate: Image) -> "Network": ...
    def look_closer(self) -> None: ...
    def alpha(self, frame: Image) -> Alpha: ...
    def between_frames(self) -> None: ...
    def close(self) -> None: ...


class Loads(Protocol):
    """Weights and the plate in use -> a warm network."""

    device: str

    def __call__(self, weights: Weights, plate: Image | None) -> Network: ...


class Loader:
    """Builds networks for one device. Meant for a thread of its own."""

    def __init__(
        self, settings: SegmentSettings, choice: Callable[[], Choice | None], timed: Timed, stood: Callable[[], None]
    ) -> None:
        """`choice` tells what was measured, and counts where the settings leave engine or threads open.

        `timed` is entered around each stage of a step; see Segmenter.timed. `stood` hears of each mask that stood.
        Raises UserError as `choose` does.
        """
        self._engine, self.device = choose(settings)
        self._threads = settings.threads
        self._may_stand, self._closer = settings.still == "yes", settings.closer == "yes"
        self._choice, self._timed, self._stood = choice, timed, stood

    @property
    def open(self) -> bool:
        """Whether the engine is to be measured."""
        return self.device == "cpu" and self._engine == "auto"

    def __call__(self, weights: Weights, plate: Image | None) -> Network:
        """Raises WeightsError for weights of another network, UserError where device or engine cannot be had."""
        choice = (self._choice() if self.open else None) or UNMEASURED
        engine = choice.engine if self._engine == "auto" else self._engine
        network = Segmenter(weights, engine, self.device, self._threads or choice.threads)
        if plate is not None:
            network.set_plate(plate)
            network.warm_up(plate)
        network.timed, network.closer = self._timed, self._closer
        network.calm = Calm()
        if self._may_stand:
            network.still, network.on_stood = Stillness(), self._stood
        return network


def measure_later(choices: Choices) -> None:
    """Measures engines and threads in a process of its own, once on a machine, and not while all else starts."""

    def work() -> None:
        time.sleep(MEASURE_AFTER_S)
        try:
            kept = choices.keep(measure())
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            _log.warning("the engines could not be measured (%s): OpenVINO with one thread it is", error)
        else:
            _log.info("measured: %s with %d thread(s) is the fastest here", kept.engine, kept.threads)

    if choices.kept() is None:
        threading.Thread(target=work, name="measure", daemon=True).start()


def choose(settings: SegmentSettings) -> tuple[str, str]:
    """Engine and device for the settings. Raises UserError for a pair that does not exist; nothing falls back.

    `auto` takes CUDA only where its driver is there and torch can use it, so that a laptop never waits for torch.
    """
    if settings.device == "cuda" and settings.engine == "openvino":
        raise UserError("OpenVINO does not run on CUDA here. Take --engine torch, or --device cpu.")
    if settings.device == "cuda" or (settings.device == "auto" and settings.engine != "openvino" and _cuda_works()):
        return "torch", "cuda"
    return settings.engine, "cpu"


def _cuda_works() -> bool:
    if not any(driver.exists() for driver in _GPU_DRIVERS):
        return False
    import torch  # noqa: PLC0415 (seconds to import, and of no use without a driver)

    works = bool(torch.cuda.is_available())
    if not works:
        _log.info("there is an NVIDIA driver, but this torch is built without CUDA: using the CPU")
    return works
