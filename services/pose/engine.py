"""PoseNet in OpenVINO on a CPU: a picture in, the network's maps out.

Converting goes through torch, takes seconds and happens once (services/pose/convert.py); from then on the model is read
from the cache folder, and a start needs no torch.
"""

import secrets
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openvino as ov

from common.errors import UserError
from common.messages import Image
from common.nets.engine_openvino import cpu_config
from common.weights import Weights
from services.pose.decode import Maps, places_of
from services.pose.models import MODELS, PoseModel

PART = "posenet"


class PoseEngine:
    """Raises RuntimeError where the kept model is damaged."""

    def __init__(self, folder: Path, stride: int, width: int, threads: int) -> None:
        self._core = ov.Core()
        self._model = self._core.read_model(folder / f"{PART}.xml")
        self._stride, self._width, self._threads = stride, width, threads
        self._shape = (0, 0)
        self._request: Any = None

    def maps(self, image: Image) -> tuple[Maps, tuple[int, int]]:
        """The maps, and height and width of what the network saw. The first picture of a size costs a compilation."""
        shape = input_size(image.shape[0], image.shape[1], self._width)
        if shape != self._shape:
            self._compile(shape)
        heat, *vectors = self._infer(image)
        offsets, forward, backward = (np.reshape(x, (2, -1, *heat.shape[1:])) for x in vectors)
        return Maps(heat, places_of(offsets, self._stride), forward, backward, self._stride), shape

    def _infer(self, image: Image) -> list[Any]:
        height, width = self._shape
        # Averaging areas keeps what bilinear sampling would skip: a thin wrist at half the size.
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        picture = cv2.dnn.blobFromImage(small, 1 / 127.5, (width, height), (127.5, 127.5, 127.5), swapRB=True)
        self._request.infer({0: picture})
        return [self._request.get_output_tensor(index).data[0] for index in range(4)]

    def _compile(self, shape: tuple[int, int]) -> None:
        model = self._model.clone()
        model.reshape({0: [1, 3, *shape]})
        self._request = self._core.compile_model(model, "CPU", cpu_config(self._threads)).create_infer_request()
        self._shape = shape


def input_size(height: int, width: int, asked: int) -> tuple[int, int]:
    """Height and width for the network: `asked` wide, the picture's proportions, both 16n+1 as in its training."""
    across = 16 * round((asked - 1) / 16) + 1
    return 16 * max(1, round((across - 1) * height / width / 16)) + 1, across


def model_folder(model: PoseModel, stride: int, cache: Path) -> Path:
    """Where the converted model is kept, for this version of OpenVINO."""
    version = ov.get_version().split("-")[0]
    return cache / "openvino" / f"{model.architecture}-stride{stride}-{model.id}-{version}"


def is_converted(model: PoseModel, stride: int, cache: Path) -> bool:
    """Whether nothing needs torch."""
    return (model_folder(model, stride, cache) / f"{PART}.bin").exists()


def read_weights(model: PoseModel, cache: Path) -> Weights:
    """The fetched weights. Raises UserError where they are missing, damaged or not the ones that were checked."""
    path = model.path(cache)
    weights = Weights.from_file(path)
    if weights.id != model.id:
        raise UserError(f"{path} is not the pose network it should be. Delete it and run `bgsub fetch-pose`.")
    return weights


def convert(name: str, stride: int, cache: Path) -> None:
    """Converts the fetched weights into the cache. Raises UserError where they are missing or damaged."""
    model = MODELS[name]
    keep(_trace(model, read_weights(model, cache), stride), model_folder(model, stride, cache))


def _trace(model: PoseModel, weights: Weights, stride: int) -> ov.Model:
    import torch  # noqa: PLC0415 - a start that finds the converted model must not pay for it

    from services.pose.posenet import PoseNet  # noqa: PLC0415

    net = PoseNet(model.width, stride)
    weights.require(model.architecture, {name: tuple(t.shape) for name, t in net.state_dict().items()})
    net.load_state_dict({name: torch.from_numpy(np.array(t)) for name, t in weights.tensors.items()})
    example = (torch.zeros(1, 3, 97, 129),)
    # without torch's own check of the trace: it takes most of the time, and nothing here depends on chance
    traced = torch.jit.trace(net.eval(), example, check_trace=False)  # type: ignore[no-untyped-call]
    return ov.convert_model(traced, example_input=example)


def keep(model: ov.Model, folder: Path) -> None:
    """All files are written before the folder gets its name; a folder that came first, or a full disk, is no harm."""
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        aside.mkdir(parents=True)
        ov.save_model(model, aside / f"{PART}.xml", compress_to_fp16=False)
        aside.rename(folder)
    except (OSError, RuntimeError):
        shutil.rmtree(aside, ignore_errors=True)
