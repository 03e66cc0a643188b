import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.nets import choice, measure
from common.nets.choice import Choice, Choices, candidates


def test_the_fastest_is_kept_for_this_machine_and_this_network(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "cache", "platenet-1")
    assert choices.kept() is None
    kept = choices.keep({Choice("openvino", 1): 12.0, Choice("torch", 1): 30.0})
    assert kept == choices.kept() == Choices(tmp_path / "cache", "platenet-1").kept() == Choice("openvino", 1)
    assert Choices(tmp_path / "cache", "another-1").kept() is None


def test_another_machine_or_version_measures_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Choices(tmp_path, "platenet-1").keep({Choice("torch", 4): 1.0})
    for name, told in (("processor", "another"), ("cores", 99), ("version", "0.0")):
        with monkeypatch.context() as patched:
            patched.setattr(choice, name, lambda *_, told=told: told)
            other = Choices(tmp_path, "platenet-1")
            assert other.kept() is None
            other.keep({Choice("openvino", 2): 1.0})
    assert Choices(tmp_path, "platenet-1").kept() == Choice("torch", 4)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"%s": 3}', '{"%s": {"engine": "rm -rf", "threads": 1}}'])
def test_a_damaged_file_counts_for_nothing_and_is_replaced(tmp_path: Path, text: str) -> None:
    choices = Choices(tmp_path, "platenet-1")
    (tmp_path / "engines.json").write_text(text.replace("%s", choices._key))
    assert choices.kept() is None
    assert choices.keep({Choice("openvino", 1): 1.0}) == choices.kept()


def test_half_the_cores_are_left_to_the_others_if_there_are_more_than_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in ((1, {1}), (2, {1, 2}), (3, {1, 2}), (4, {1, 2}), (16, {1, 2, 4, 8})):
        monkeypatch.setattr(choice, "cores", lambda cores=cores: cores)
        assert {one.threads for one in candidates()} == threads


@pytest.mark.system
def test_measuring_is_a_process_of_its_own_and_times_every_candidate() -> None:
    script = (
        "import json, sys; from common.nets.measure import measure; times = measure();"
        "print(json.dumps([[c.engine, c.threads, ms] for c, ms in times.items()]), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=110, check=True)
    rows, torch = done.stdout.rsplit(maxsplit=1)
    assert torch == "False"
    assert {(engine, threads) for engine, threads, _ in json.loads(rows)} == {
        (c.engine, c.threads) for c in candidates()
    }
    assert all(ms > 0 for _, _, ms in json.loads(rows))


def test_a_measurement_that_fails_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    os.chmod(broken, 0o755)  # noqa: PTH101
    monkeypatch.setattr(measure.sys, "executable", str(broken))
    with pytest.raises(subprocess.CalledProcessError):
        measure.measure()


def test_an_orphan_measures_nothing() -> None:
    nobody = str(2**22 + 1)
    command = [sys.executable, "-m", "common.nets.measure", nobody]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == ""
