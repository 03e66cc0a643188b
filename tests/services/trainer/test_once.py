"""`bgsub-trainer --iters` as a person runs it: real processes, real files."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from common.priority import NICENESS
from common.weights import Weights
from services.trainer.main import main
from services.trainer.run_folder import RunFolder
from tests.conftest import REPOSITORY, own_instance
from tests.invoked import invoked
from tests.services.trainer.conftest import write_sets

CHILD = ("--child", str(os.getpid()))
TRAINER = ("-m", "services.trainer.main")
FEW_SCENES = (str(Path(__file__).with_name("few_scenes.py")),)

pytestmark = pytest.mark.timeout(300)  # a child that trains steps back behind everything else


def start(folder, *arguments, command=FEW_SCENES):
    return subprocess.Popen(
        [sys.executable, *command, "--no-swap", "--threads", "1", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with sets and the run of a whole training, and how that ended."""
    folder = tmp_path_factory.mktemp("trained")
    write_sets(folder / "images")
    with pytest.MonkeyPatch.context() as patch, own_instance(patch, folder / "state"):
        return folder, ended(start(folder, "--iters", "3", "--batch", "2"))


@pytest.fixture
def here(monkeypatch):
    """Trains in this process: scored by no drawn scene, and without a wait for segment."""
    monkeypatch.setattr("services.trainer.judge.drawn.scenes", list)
    monkeypatch.setattr("services.trainer.start.ABSENT_S", 0.05)

    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        return invoked(main, "--no-swap", "--threads", "1", *arguments)

    return run


def test_a_training_leaves_everything_behind(trained):
    folder, (code, out, err) = trained
    assert code == 0, err
    assert out.startswith("IoU 0.")
    assert "Not swapped" not in out  # nobody asked segment
    assert all(word in err for word in ("3/3", "loss=0.", "IoU before=0.", "after=0."))
    (run,) = (folder / "runs").iterdir()
    told = json.loads((run / "settings.json").read_text())
    assert (told["sets"], told["order"]["iterations"]) == (["set1", "set2"], 3)
    assert told["aside"] == ["images/set2/0.png"]
    assert len(told["git_commit"]) == 40 or not (REPOSITORY / ".git").exists()
    rows = list(csv.DictReader((run / "results.csv").open()))
    assert [row["iteration"] for row in rows] == ["1", "2", "3"]
    assert [bool(row["regression_iou"]) for row in rows] == [False, False, True]
    assert 0.5 < float(rows[-1]["regression_iou"]) < 1
    assert told["start"] == Weights.from_file(run / "start.safetensors").id == Weights.shipped().id
    last = Weights.from_file(run / "last.safetensors")
    assert (last.story.steps, last.story.parent) == (3, Weights.shipped().id)
    assert Weights.from_file(run / "best.safetensors").id
    assert list(run.glob("preview-*.jpg"))


@pytest.mark.system
def test_ctrl_c_saves_and_resume_goes_on(sets):
    process = start(sets.parent, "--iters", "100000", *CHILD)
    line = ""
    while '"loss": 0.' not in line:
        line = process.stdout.readline()
        assert line, process.stderr.read()
    assert os.getpriority(os.PRIO_PROCESS, process.pid) >= NICENESS
    process.send_signal(signal.SIGINT)
    code, out, _ = ended(process)
    assert code == 130
    last = json.loads(out.splitlines()[-1])
    assert last["state"] == "stopped"
    assert "--resume goes on" in last["words"]
    process = start(sets.parent, "--resume", *CHILD)
    first = json.loads(process.stdout.readline())
    assert first["iteration"] == last["iteration"] == last["curve"][-1][0] > 0
    assert first["iterations"] == 100000
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 130
    assert len(list((sets.parent / "runs").iterdir())) == 1


def test_a_training_outlives_whoever_listened(sets):
    """As when the service dies: what it learned is on disk, and --resume goes on with it."""
    process = start(sets.parent, "--iters", "2", *CHILD)
    assert '"state": "running"' in process.stdout.readline()
    process.stdout.close()
    assert process.wait(240) == 0, process.stderr.read()
    assert process.stderr.read() == ""
    (run,) = (sets.parent / "runs").iterdir()
    assert RunFolder.latest(run.parent).state()["step"] == 2


def test_resume_takes_the_newest_run_or_the_one_named(trained, tmp_path, here):
    (run,) = (trained[0] / "runs").iterdir()
    shutil.copytree(trained[0] / "images", tmp_path / "images")
    older, newer = (shutil.copytree(run, tmp_path / "runs" / name) for name in ("older", "newer"))
    os.utime(older / "state.safetensors", (1, 1))
    newest, named = here(tmp_path, "--resume"), here(tmp_path, "--resume", str(older))
    assert (newest.code, newer.name in newest.out) == (0, True), newest
    assert (named.code, older.name in named.out) == (0, True), named


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
        return ["--resume", "--batch", "2"], "was asked for: leave --batch out"
    if how == "random and given weights":
        return ["--from-scratch", "--weights", "w.safetensors"], "leave --weights out"
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
        "random and given weights",
        "resume what is no run",
        "runs is a file",
    ],
)
def test_what_a_person_must_mend_is_named(sets, here, how):
    arguments, words = broken(sets, how)
    steps = [] if "--resume" in arguments else ["--iters", "2"]
    done = here(sets.parent, *steps, *arguments)
    assert (done.code, done.flew) == (2, None)
    assert words in done.err


@pytest.mark.parametrize("option", ["--no-swap", "--from-scratch", "--set=1", "--batch=2", "--force", "--threads=1"])
def test_an_option_of_one_training_is_not_ignored_by_the_service(option):
    done = invoked(main, option)
    assert (done.code, done.flew) == (2, None)
    assert "so say with --iters for how many steps" in done.err


def test_force_and_no_swap_do_not_stand_together():
    done = invoked(main, "--iters", "2", "--force", "--no-swap")
    assert done.code == 2
    assert "leave one of them out" in done.err


def test_what_a_person_must_mend_is_told_without_a_traceback(sets):
    arguments, words = broken(sets, "unreadable")
    code, _, err = ended(start(sets.parent, "--iters", "2", *arguments, command=TRAINER))
    assert code == 2, err
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("gone", [True, False])
def test_a_disk_that_fails_is_told_by_its_folder(sets, here, monkeypatch, gone):
    runs = sets.parent / "runs"

    def fail(_tuning, _report, _stopping):
        if gone:
            shutil.rmtree(runs)
        raise OSError(28, "No space left on device", str(runs / ".best.safetensors.324b.tmp"))

    monkeypatch.setattr("services.trainer.tuning.Tuning.train", fail)
    ended = here(sets.parent, "--iters", "3")
    assert ended.code == 2
    assert f"{runs}: No space left on device" in ended.err and ".tmp" not in ended.err
    assert ("is whole" in ended.err) != gone
