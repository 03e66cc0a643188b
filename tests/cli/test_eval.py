import json

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from cli.eval import eval_command
from common.perturb import PERTURBATIONS
from tests.drawings import drawn

M = {"frames", "iou", "iou_min", "boundary_f", "alpha_mae", "empty_fg", "ms"}


@pytest.fixture
def sets(tmp_path):
    plate, frame, mask = drawn(size=(160, 120))
    folder = tmp_path / "set3"
    folder.mkdir()
    pictures = {"bkg": plate, "0": frame, "0_mask": mask, "1": plate, "1_mask": np.zeros_like(mask), "2": frame}
    for name, picture in pictures.items():
        cv2.imwrite(str(folder / f"{name}.png"), picture)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(eval_command, [str(a) for a in arguments])


def test_json_has_the_promised_shape(sets):
    result = run(sets, "--perturb", "all", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert set(told) == {"weights", "engine", "perturb"}
    assert (len(told["weights"]), told["engine"]) == (12, "openvino")
    assert list(told["perturb"]) == list(PERTURBATIONS)
    for of in told["perturb"].values():
        assert set(of) == {"all", "scenes"}
        assert set(of["scenes"]) == {"set3"}
        assert set(of["all"]) == M
    whole = told["perturb"]["none"]["all"]
    assert whole["frames"] == 2
    assert whole["iou"] > 0.85
    assert whole["empty_fg"] < 0.01


def test_the_table_names_scenes_and_the_whole(sets):
    result = run(sets, "--perturb", "gamma_1.4")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split()[:2] == ["frames", "IoU"]
    assert lines[1].startswith("set3 ")
    assert lines[2].startswith("all, gamma_1.4 ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere"],
        [".", "--weights", "nowhere"],
        [".", "--perturb", "fog"],
        [".", "--device", "cuda", "--engine", "openvino"],
    ],
)
def test_mistakes_get_a_sentence_and_exit_code_2(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
