"""What a person in a terminal sees of a training."""

import pytest

from common.messages import TrainingState
from services.trainer.report import Bar, Progress


def test_an_error_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    bar(Progress(TrainingState.RUNNING, 1, 4, "Training.", loss=0.5))
    bar(Progress(TrainingState.FAILED, 1, 4, "The disk is full."))
    said = capsys.readouterr()
    assert said.err.endswith("\n") and "1/4" in said.err
    # the command says it, as every other of its errors
    assert said.out == "" and "disk" not in said.err


def test_a_failure_before_the_first_step_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    Bar()(Progress(TrainingState.FAILED, 0, 4, "No sets."))
    assert capsys.readouterr() == ("", "")
