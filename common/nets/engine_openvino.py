"""PlateNet in OpenVINO on a CPU. No torch: the graph is built from the weights, compiled for the plate's size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import openvino as ov

from common.nets import graph
from common.nets.engine import Floats
from common.weights import Weights


class OpenVinoEngine:
    """Raises WeightsError for weights of another network."""

    name = "openvino"

    def __init__(self, weights: Weights, threads: int) -> None:
        weights.require(*known())
        self._core = ov.Core()
        self._weights = weights
        self._threads = threads
        self._shape: tuple[int, ...] = ()
        self._requests: list[Any] = []
        self._frame: Floats | None = None
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
        if frame is not self._frame:
            # read where it lies: a film hands in the same array each time
            self._frame = np.ascontiguousarray(frame)
            request.set_input_tensor(0, ov.Tensor(self._frame, shared_memory=True))
        request.infer()
        return np.asarray(request.get_output_tensor(0).data, np.float32)

    def _compile(self, shape: tuple[int, ...]) -> None:
        """Both parts for one size of picture: fixed shapes run faster than open ones."""
        plate = graph.plate_part(self._weights, shape)
        frame = graph.frame_part(self._weights, shape, [output.get_shape() for output in plate.outputs])
        config = cpu_config(self._threads)
        self._requests = [self._core.compile_model(m, "CPU", config).create_infer_request() for m in (plate, frame)]
        self._frame = None
        self._shape = shape


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
