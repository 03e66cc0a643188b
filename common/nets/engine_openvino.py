"""PlateNet in OpenVINO on a CPU.

Weights are converted through torch once and kept in the cache folder, so that a restart reads them back without torch.
Bigger than a service's patience are neither: converting takes seconds, reading and compiling a fraction of one.
"""

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov

from common.nets.engine import Floats
from common.weights import Weights

PARTS = ("plate", "frame")


class OpenVinoEngine:
    """Raises WeightsError for weights of another network."""

    name = "openvino"

    def __init__(self, weights: Weights, threads: int, cache: Path) -> None:
        self._core = ov.Core()
        self._threads = threads
        self._models = read_or_convert(self._core, weights, cache)
        self._shape: tuple[int, ...] = ()
        self._requests: list[Any] = []
        self.device = str(self._core.get_property("CPU", "FULL_DEVICE_NAME"))

    def set_plate(self, plate: Floats) -> None:
        if plate.shape != self._shape:
            self._compile(plate.shape)
        of_plate, of_frame = self._requests
        of_plate.set_input_tensor(0, ov.Tensor(np.ascontiguousarray(plate)))
        of_plate.infer()
        for index, output in enumerate(of_plate.model_outputs):
            kept = ov.Tensor(np.array(of_plate.get_tensor(output).data))
            of_frame.set_input_tensor(index + 1, kept)

    def logits(self, frame: Floats) -> Floats:
        request = self._requests[1]
        request.set_input_tensor(0, ov.Tensor(np.ascontiguousarray(frame)))
        request.infer()
        return np.asarray(request.get_output_tensor(0).data, np.float32)

    def _compile(self, shape: tuple[int, ...]) -> None:
        """Both parts for one size of picture: fixed shapes run faster than open ones."""
        plate, frame = (model.clone() for model in self._models)
        plate.reshape({0: list(shape)})
        kept: Sequence[Any] = [output.get_partial_shape() for output in plate.outputs]
        frame.reshape({0: list(shape)} | {index + 1: size for index, size in enumerate(kept)})
        config = cpu_config(self._threads)
        self._requests = [self._core.compile_model(m, "CPU", config).create_infer_request() for m in (plate, frame)]
        self._shape = shape


def cpu_config(threads: int) -> dict[str, Any]:
    """One picture at a time, as soon as can be; unpinned, since other services want the same cores."""
    return {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,
    }


def read_or_convert(core: ov.Core, weights: Weights, cache: Path) -> list[ov.Model]:
    """The two parts of the network, plate and frame, from the cache or freshly converted into it."""
    folder = folder_of(weights, cache)
    if converted(weights, cache):
        try:
            return [core.read_model(folder / f"{part}.xml") for part in PARTS]
        except RuntimeError:  # cut short or of another version: made anew below
            shutil.rmtree(folder, ignore_errors=True)
    models = convert(weights)
    keep(models, folder)
    return models


def folder_of(weights: Weights, cache: Path) -> Path:
    """Where the models of these weights are kept, for this version of OpenVINO."""
    return cache / "openvino" / f"{weights.story.architecture}-{weights.id}-{ov.get_version().split('-')[0]}"


def converted(weights: Weights, cache: Path) -> bool:
    """Whether they are there, so that nothing needs torch."""
    return all((folder_of(weights, cache) / f"{part}.bin").exists() for part in PARTS)


def convert(weights: Weights) -> list[ov.Model]:
    """Through torch, which is imported here and nowhere else in this file."""
    from common.nets.export import frame_part, plate_part  # noqa: PLC0415

    return [plate_part(weights), frame_part(weights)]


def keep(models: list[ov.Model], folder: Path, parts: Sequence[str] = PARTS) -> None:
    """All files are written before the folder gets its name; a folder that came first, or a full disk, is no harm."""
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        aside.mkdir(parents=True)
        for part, model in zip(parts, models, strict=True):
            ov.save_model(model, aside / f"{part}.xml", compress_to_fp16=False)
        aside.rename(folder)
    except (OSError, RuntimeError):
        shutil.rmtree(aside, ignore_errors=True)
