"""The process that proposes: a real one, and ones that misbehave."""

import subprocess
import sys
import time

import numpy as np
import pytest

from common.scores import iou
from services.ui.label.proposals import STARTS, Proposals
from tests.conftest import REPOSITORY
from tests.services.ui.label.rooms import write_set


def answers(proposals, count, limit_s=60):
    came, until = [], time.monotonic() + limit_s
    while len(came) < count and time.monotonic() < until:
        came += proposals.news()
        time.sleep(0.02)
    return came


def python(script):
    return (sys.executable, "-c", script)


@pytest.mark.system
def test_the_real_process_proposes_and_ends(data):
    folder = data / "seed_sets" / "set5"
    proposals = Proposals()
    try:
        proposals.ask(folder / "0.png", folder / "bkg.png")
        assert proposals.waits(folder / "0.png")
        (proposal,) = answers(proposals, 1)
    finally:
        proposals.close()
    import cv2

    truth = cv2.imread(str(folder / "0_mask.png"), cv2.IMREAD_GRAYSCALE)
    assert set(np.unique(proposal.mask)) == {0, 255}
    assert iou(proposal.mask > 0, truth > 127) > 0.85 and not proposals.waits(folder / "0.png")


def test_pictures_that_cannot_be_compared_are_told(tmp_path):
    folder = write_set(tmp_path)
    (folder / "1.png").write_bytes(b"nothing")
    proposals = Proposals()
    try:
        proposals.ask(folder / "1.png", folder / "bkg.png")
        (proposal,) = answers(proposals, 1)
    finally:
        proposals.close()
    assert proposal.mask is None and "1.png is not a whole image" in proposal.words


@pytest.mark.parametrize("script", ["raise SystemExit(2)", "input(); raise SystemExit(1)", "print('{', flush=True)"])
def test_a_process_that_dies_is_given_up_after_a_few_starts(tmp_path, script):
    proposals = Proposals(python(script))
    proposals.ask(tmp_path / "0.png", tmp_path / "bkg.png")
    (proposal,) = answers(proposals, 1)
    assert proposal.mask is None and "nothing is proposed" in proposal.words
    assert proposals._starts == STARTS
    proposals.ask(tmp_path / "1.png", tmp_path / "bkg.png")
    assert len(answers(proposals, 1)) == 1
    proposals.close()


def test_a_question_to_a_process_that_has_just_died_is_given_up_as_well(tmp_path):
    proposals = Proposals(("false",))
    plate = tmp_path / "bkg.png"
    proposals.ask(tmp_path / "0.png", plate)
    proposals._child.wait(20)
    proposals.ask(tmp_path / "1.png", plate)
    came = answers(proposals, 2)
    assert [one.frame.name for one in came] == ["0.png", "1.png"] and all(
        "nothing is proposed" in one.words for one in came
    )
    proposals.close()


def test_a_process_that_cannot_be_started_is_said(tmp_path):
    proposals = Proposals((str(tmp_path / "nothing"),))
    proposals.ask(tmp_path / "0.png", tmp_path / "bkg.png")
    (proposal,) = answers(proposals, 1)
    assert proposal.mask is None and "nothing is proposed" in proposal.words and not proposals.waits(proposal.frame)
    proposals.close()


def test_an_answer_cut_short_is_none(tmp_path):
    script = """import sys; sys.stdin.readline(); print('{"frame": "a", "words": "", "bytes": 900}', flush=True)"""
    proposals = Proposals(python(script))
    proposals.ask(tmp_path / "0.png", tmp_path / "bkg.png")
    (proposal,) = answers(proposals, 1)
    assert proposal.frame == tmp_path / "0.png" and proposal.mask is None
    proposals.close()


def test_by_hand_nothing_is_started(tmp_path):
    proposals = Proposals(by_hand=True)
    proposals.ask(tmp_path / "0.png", tmp_path / "bkg.png")
    assert proposals.news() == [] and proposals._child is None and not proposals.waits(tmp_path / "0.png")


def test_closing_ends_a_process_that_hangs(tmp_path):
    proposals = Proposals(python("import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"))
    proposals.ask(tmp_path / "0.png", tmp_path / "bkg.png")
    child = proposals._child
    time.sleep(0.3)
    proposals.close()
    assert child.poll() is not None


def test_neither_the_tool_nor_its_process_loads_torch():
    script = "import sys, services.ui.label.{}; sys.exit('torch' in sys.modules or ({} and 'openvino' in sys.modules))"
    for module, light in (("main", True), ("proposer", False)):
        done = subprocess.run(
            [sys.executable, "-c", script.format(module, light)], cwd=REPOSITORY, timeout=60, check=False
        )
        assert done.returncode == 0, module


def test_the_tool_loads_no_network():
    script = "import sys, services.ui.label.main; print([name for name in sys.modules if 'common.nets' in name])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, timeout=60, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
