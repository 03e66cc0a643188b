import json

import pytest
from click.testing import CliRunner

from cli.bench import bench_command


@pytest.mark.system
def test_every_stage_of_each_size_is_told() -> None:
    result = CliRunner().invoke(bench_command, ["--engine", "openvino", "--steps", "3", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["threads"] == 1
    sizes = told["engines"]["openvino"]
    assert list(sizes) == ["640x480", "1280x720", "1920x1080"]
    for figures in sizes.values():
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
