"""`bgsub-trainer --iters` as a person runs it: real processes, real files."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from common.weights import Weights

REPOSITORY = Path(__file__).parents[3]

pytestmark = pytest.mark.timeout(300)  # a child that trains steps back behind everything else


def start(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "services.trainer.main", "--no-swap", "--threads", "1", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def test_a_training_leaves_everything_behind(sets):
    code, out, err = ended(start(sets.parent, "--iters", "3", "--batch", "2"))
    assert code == 0, err
    assert out.startswith("IoU 0.")
    assert "3/3" in err
    (run,) = (sets.parent / "runs").iterdir()
    told = json.loads((run / "settings.json").read_text())
    assert (told["sets"], told["order"]["iterations"]) == (["set1", "set2"], 3)
    rows = list(csv.DictReader((run / "results.csv").open()))
    assert [row["iteration"] for row in rows] == ["1", "2", "3"]
    assert [bool(row["regression_iou"]) for row in rows] == [False, False, True]
    assert 0.5 < float(rows[-1]["regression_iou"]) < 1
    assert told["start"] == Weights.from_file(run / "start.safetensors").id == Weights.shipped().id
    last = Weights.from_file(run / "last.safetensors")
    assert (last.story.steps, last.story.parent) == (3, Weights.shipped().id)
    assert Weights.from_file(run / "best.safetensors").id
    assert list(run.glob("preview-*.jpg"))


def test_ctrl_c_saves_and_resume_goes_on(sets):
    process = start(sets.parent, "--iters", "100000", "--child")
    line = ""
    while '"loss": 0.' not in line:
        line = process.stdout.readline()
        assert line, process.stderr.read()
    process.send_signal(signal.SIGINT)
    code, out, _ = ended(process)
    assert code == 130
    last = json.loads(out.splitlines()[-1])
    assert last["state"] == "stopped"
    assert "--resume goes on" in last["words"]
    process = start(sets.parent, "--resume", "--child")
    first = json.loads(process.stdout.readline())
    assert first["iteration"] == last["iteration"] == last["curve"][-1][0] > 0
    assert first["iterations"] == 100000
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 130
    assert len(list((sets.parent / "runs").iterdir())) == 1


def test_resume_takes_the_newest_run_or_the_one_named(sets):
    for _ in range(2):
        assert ended(start(sets.parent, "--iters", "1", "--batch", "1"))[0] == 0
    older, newer = sorted((sets.parent / "runs").iterdir())
    os.utime(older / "state.safetensors", (1, 1))
    code, out, err = ended(start(sets.parent, "--resume"))
    assert (code, newer.name in out) == (0, True), err
    code, out, err = ended(start(sets.parent, "--resume", str(older)))
    assert (code, older.name in out) == (0, True), err


def broken(sets, how):
    if how == "no sets":
        return ["--sets", "elsewhere"], "no sets in elsewhere"
    if how == "no masks":
        for mask in sets.rglob("*_mask.png"):
            mask.unlink()
        return [], "has a mask"
    if how == "unreadable":
        (sets / "set1" / "0.png").write_bytes(b"\x89PNG\r\n")
        return [], "0.png"
    if how == "not weights":
        (sets / "w.safetensors").write_bytes(b"nothing")
        return ["--weights", str(sets / "w.safetensors")], "not a readable weights file"
    if how == "nothing to resume":
        return ["--resume"], "no run to resume"
    if how == "resume with other options":
        return ["--resume", "--batch", "2"], "leave the options for that out"
    if how == "resume what is no run":
        return ["--resume", "elsewhere"], "holds no run to resume"
    if how == "runs is a file":
        (sets.parent / "runs").write_text("")
        return [], "runs"
    raise AssertionError(how)


@pytest.mark.parametrize(
    "how",
    [
        "no sets",
        "no masks",
        "unreadable",
        "not weights",
        "nothing to resume",
        "resume with other options",
        "resume what is no run",
        "runs is a file",
    ],
)
def test_what_a_person_must_mend_is_named_without_a_traceback(sets, how):
    arguments, words = broken(sets, how)
    steps = [] if "--resume" in arguments else ["--iters", "2"]
    code, _, err = ended(start(sets.parent, *steps, *arguments))
    assert code == 2, err
    assert words in err
    assert "Traceback" not in err
