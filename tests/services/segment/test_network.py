import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from common.errors import UserError
from common.metrics import Metrics
from common.nets.choice import Choice, Choices
from common.nets.segmenter import Segmenter
from common.places import Places
from common.settings import SegmentSettings, Settings
from common.weights import Weights, WeightsError
from services.segment import network
from services.segment.camera_lock import CameraLock
from services.segment.main import build
from services.segment.network import Loader, choose
from tests.services.segment.scene import room, with_person


def loader(settings: SegmentSettings, measured: Choice | None = None) -> Loader:
    metrics = Metrics("segment")
    return Loader(settings, lambda: measured, metrics.step, metrics.stood.inc)


def test_without_a_gpu_driver_auto_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_GPU_DRIVERS", (Path("/nowhere"),))
    assert choose(SegmentSettings()) == ("auto", "cpu")
    assert choose(SegmentSettings(engine="torch")) == ("torch", "cpu")


def test_cuda_is_torch_or_nothing() -> None:
    assert choose(SegmentSettings(device="cuda")) == ("torch", "cuda")
    assert choose(SegmentSettings(device="cpu")) == ("auto", "cpu")
    with pytest.raises(UserError, match="does not run on CUDA"):
        choose(SegmentSettings(device="cuda", engine="openvino"))


def test_new_weights_are_ready_and_wrong_ones_refused_with_words() -> None:
    load = loader(SegmentSettings(device="cpu"))
    ready = load(Weights.shipped(), room())
    alpha = ready.alpha(with_person(room()))
    assert (alpha.shape, alpha.dtype) == (room().shape[:2], np.uint8)
    assert ready.engine == "openvino"
    shipped = Weights.shipped()
    name = next(iter(shipped.tensors))
    fewer = {other: tensor for other, tensor in shipped.tensors.items() if other != name}
    with pytest.raises(WeightsError, match=name):
        load(Weights.of(fewer, shipped.story), None)


def test_what_was_measured_counts_unless_the_settings_fix_the_engine() -> None:
    torch = Choice("torch", 2)
    assert loader(SegmentSettings(device="cpu"), torch)(Weights.shipped(), room()).engine == "torch"
    fixed = SegmentSettings(device="cpu", engine="openvino")
    assert loader(fixed, torch)(Weights.shipped(), room()).engine == "openvino"


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Those begun to measure, which begin at once."""
    begun: list[threading.Thread] = []

    class Noted(threading.Thread):
        def start(self) -> None:
            begun.append(self)
            super().start()

    monkeypatch.setattr(network, "MEASURE_AFTER_S", 0)
    monkeypatch.setattr(network.threading, "Thread", Noted)
    return begun


def test_engines_are_measured_once_and_the_fastest_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: list[threading.Thread]
) -> None:
    monkeypatch.setattr(network, "measure", lambda: {Choice("openvino", 1): 9.0, Choice("torch", 2): 8.0})
    for _ in range(2):
        network.measure_later(Choices(tmp_path, "some-network"))
        for thread in threads:
            thread.join(30)
    assert Choices(tmp_path, "some-network").kept() == Choice("torch", 2)
    assert len(threads) == 1


def test_a_measurement_that_fails_is_told_and_done_again_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: list[threading.Thread], caplog: pytest.LogCaptureFixture
) -> None:
    def measure() -> dict[Choice, float]:
        raise subprocess.CalledProcessError(1, "python")

    monkeypatch.setattr(network, "measure", measure)
    for _ in range(2):
        network.measure_later(Choices(tmp_path, "some-network"))
        threads[-1].join(30)
    assert len(threads) == len(caplog.records) == 2
    assert "OpenVINO with one thread it is" in caplog.text


@pytest.mark.parametrize(("engine", "measured"), [("auto", 1), ("openvino", 0)])
def test_segment_measures_where_the_settings_leave_the_engine_open(
    instance: Places, monkeypatch: pytest.MonkeyPatch, engine: str, measured: int
) -> None:
    begun: list[Choices] = []
    monkeypatch.setattr("services.segment.main.measure_later", begun.append)
    settings = Settings(segment=SegmentSettings(device="cpu", engine=engine))
    build(settings, instance, Metrics("segment"), CameraLock()).close()
    assert len(begun) == measured


@pytest.mark.parametrize("still", ["yes", "no"])
def test_a_mask_stands_only_where_the_settings_let_it(still: str) -> None:
    metrics = Metrics("segment")
    load = Loader(SegmentSettings(device="cpu", still=still), lambda: None, metrics.step, metrics.stood.inc)
    ready = load(Weights.shipped(), room())
    for _ in range(40):
        ready.alpha(room())
    stood = metrics.registry.get_sample_value("bgsub_masks_stood_total")
    assert (stood is not None and stood > 0) == (still == "yes")


@pytest.mark.parametrize("closer", ["yes", "no"])
def test_a_part_is_looked_at_only_where_the_settings_let_it(closer: str) -> None:
    metrics = Metrics("segment")
    load = Loader(SegmentSettings(device="cpu", closer=closer), lambda: None, metrics.step, metrics.stood.inc)
    ready = load(Weights.shipped(), room())
    assert isinstance(ready, Segmenter)
    assert ready.closer == (closer == "yes")
