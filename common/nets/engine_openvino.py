"""PlateNet in OpenVINO on a CPU. No torch: the graph is built from the weights, compiled for each size of picture."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import openvino as ov

from common.nets import graph
from common.nets.engine import Floats
from common.nets.view import Size
from common.weights import Weights

PAUSE_S = 0.02
"""Between one model that is let go of and the next."""


@dataclass(frozen=True, slots=True)
class KeptPlate:
    """A plate's features, and what runs frames before it."""

    models: "Models"
    tensors: tuple[ov.Tensor, ...]


class OpenVinoEngine:
    """Raises WeightsError for weights of another network."""

    name = "openvino"

    def __init__(self, weights: Weights, threads: int) -> None:
        weights.require(*known())
        self._weights = weights
        self._threads = threads
        self._models: dict[tuple[int, ...], Models] = {}
        self.device = str(core().get_property("CPU", "FULL_DEVICE_NAME"))

    def prepare(self, sizes: Sequence[Size]) -> None:
        """See Engine. A size takes a third of a second."""
        shapes = {(height, width, 3) for width, height in sizes}
        self._models = {
            shape: self._models.get(shape) or Models(self._weights, shape, self._threads) for shape in shapes
        }

    def close(self) -> None:
        """See Engine. Python stands still while OpenVINO frees a model, for some 8 ms."""
        while self._models:
            _, models = self._models.popitem()
            models.let_go_of_plate()
            time.sleep(PAUSE_S)
            del models
            time.sleep(PAUSE_S)

    def keep(self, plate: Floats) -> KeptPlate:
        models = self._models[plate.shape]
        return KeptPlate(models, models.features(plate))

    def logits(self, frame: Floats, plate: KeptPlate) -> Floats:
        return plate.models.logits(frame, plate.tensors)


class Models:
    """Both parts for one size of picture: fixed shapes run faster than open ones."""

    def __init__(self, weights: Weights, shape: tuple[int, ...], threads: int) -> None:
        plate = graph.plate_part(weights, shape)
        frame = graph.frame_part(weights, shape, [output.get_shape() for output in plate.outputs])
        config = cpu_config(threads)
        self._of_plate, self._of_frame = (
            core().compile_model(model, "CPU", config).create_infer_request() for model in (plate, frame)
        )
        self._frame: Floats | None = None
        self._plate: tuple[ov.Tensor, ...] = ()
        self._one_plate = threading.Lock()

    def let_go_of_plate(self) -> None:
        """Frees the half that is for plates."""
        del self._of_plate

    def features(self, plate: Floats) -> tuple[ov.Tensor, ...]:
        with self._one_plate:
            self._of_plate.set_input_tensor(0, ov.Tensor(np.ascontiguousarray(plate)))
            self._of_plate.infer()
            outputs = self._of_plate.model_outputs
            return tuple(ov.Tensor(np.array(self._of_plate.get_tensor(output).data)) for output in outputs)

    def logits(self, frame: Floats, plate: tuple[ov.Tensor, ...]) -> Floats:
        if plate is not self._plate:
            self._plate = plate
            for index, tensor in enumerate(plate, start=1):
                self._of_frame.set_input_tensor(index, tensor)
        if frame is not self._frame:
            # read where it lies: a film hands in the same array each time
            self._frame = np.ascontiguousarray(frame)
            self._of_frame.set_input_tensor(0, ov.Tensor(self._frame, shared_memory=True))
        self._of_frame.infer()
        return np.asarray(self._of_frame.get_output_tensor(0).data, np.float32)


@cache
def core() -> ov.Core:
    """One for the whole process, never let go of: a Core that is dropped by another thread than made it takes that
    thread's signal stack away, and the next signal ends the process."""
    return ov.Core()


def known() -> tuple[str, Mapping[str, tuple[int, ...]]]:
    """The architecture that this program runs and its tensors' shapes: those of the shipped weights."""
    shipped = Weights.shipped()
    return shipped.story.architecture, {name: tensor.shape for name, tensor in shipped.tensors.items()}


def cpu_config(threads: int) -> dict[str, Any]:
    """One picture at a time, as soon as can be; unpinned, since other services want the same cores."""
    return {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,
    }
