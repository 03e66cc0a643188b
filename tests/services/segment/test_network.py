from pathlib import Path

import numpy as np
import pytest

from common.errors import UserError
from common.metrics import Metrics
from common.settings import SegmentSettings
from common.weights import Weights, WeightsError
from services.segment import network
from services.segment.network import Loader, choose
from tests.services.segment.scene import room, with_person


def test_without_a_gpu_driver_auto_is_openvino_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_GPU_DRIVERS", (Path("/nowhere"),))
    assert choose(SegmentSettings()) == ("openvino", "cpu")
    assert choose(SegmentSettings(engine="torch")) == ("torch", "cpu")


def test_cuda_is_torch_or_nothing() -> None:
    assert choose(SegmentSettings(device="cuda")) == ("torch", "cuda")
    assert choose(SegmentSettings(device="cpu")) == ("openvino", "cpu")
    with pytest.raises(UserError, match="does not run on CUDA"):
        choose(SegmentSettings(device="cuda", engine="openvino"))


def test_new_weights_are_ready_and_wrong_ones_refused_with_words() -> None:
    load = Loader("openvino", "cpu", 1, Metrics("segment").step)
    ready = load(Weights.shipped(), room())
    alpha = ready.alpha(with_person(room()))
    assert (alpha.shape, alpha.dtype) == (room().shape[:2], np.uint8)
    assert ready.engine == "openvino"
    shipped = Weights.shipped()
    name = next(iter(shipped.tensors))
    fewer = {other: tensor for other, tensor in shipped.tensors.items() if other != name}
    with pytest.raises(WeightsError, match=name):
        load(Weights.of(fewer, shipped.story), None)
