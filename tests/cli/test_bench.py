import json

import pytest
from click.testing import CliRunner

from cli import bench
from cli.bench import bench_command


def test_the_sizes_are_the_usual_ones() -> None:
    assert bench.SIZES == ((640, 480), (1280, 720), (1920, 1080))


def test_json_has_the_promised_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SIZES", ((160, 120),))
    monkeypatch.setattr(bench, "WARM_UP", 1)
    result = CliRunner().invoke(bench_command, ["--steps", "2", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert list(told) == ["device", "threads", "engines"]
    assert (told["threads"], list(told["engines"])) == (1, ["openvino", "torch"])
    assert told["device"]
    for sizes in told["engines"].values():
        assert list(sizes) == ["160x120"]
    for figures in (figures for sizes in told["engines"].values() for figures in sizes.values()):
        assert set(figures) == {"p50_ms", "p95_ms", "stages"}
        assert set(figures["stages"]) == {"glance", "light", "network", "calm", "enlarge"}
        assert 0 < figures["p50_ms"] <= figures["p95_ms"]
        assert all(ms > 0 for ms in figures["stages"].values())


def test_openvino_on_cuda_is_refused() -> None:
    result = CliRunner().invoke(bench_command, ["--device", "cuda", "--engine", "openvino"])
    assert result.exit_code == 2
    assert "OpenVINO runs on CPUs" in result.output


def test_cuda_that_is_not_there_is_one_clear_sentence() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    result = CliRunner().invoke(bench_command, ["--device", "cuda"])
    assert result.exit_code == 2
    assert "torch finds no CUDA device" in result.output
    assert "Traceback" not in result.output
