"""The waiting service: under a fake bus with real children, so that nothing but the sockets is pretended."""

import os
import time
from pathlib import Path

import pytest

from common.messages import Accepted, Done, LearnPlate, Refused, StopTraining, Train, Training, TrainingState
from common.settings import load_settings
from deploy.supervisor import STOP_WAIT_S
from services.trainer.job import END_WITHIN_S, Job, command
from services.trainer.main import Trainer, run
from services.trainer.report import Progress
from tests.conftest import REPOSITORY
from tests.fakes import FakeCall, FakeService

pytestmark = pytest.mark.timeout(300)  # a child that trains steps back behind everything else


@pytest.fixture
def trainer(sets, monkeypatch):
    monkeypatch.chdir(sets.parent)
    trainer = Trainer(load_settings({}), "")
    yield trainer
    trainer.close()


@pytest.fixture
def few_scenes(monkeypatch):
    """The children are scored by two drawn scenes."""

    def quick(*order):
        python, _, _, *arguments = command(*order)
        return [python, str(Path(__file__).with_name("few_scenes.py")), *arguments]

    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setattr("services.trainer.main.command", quick)


def until(trainer, state, within_s=240):
    """All that was told until a message of that state."""
    told, end = [], time.monotonic() + within_s
    while time.monotonic() < end:
        told += trainer.news()
        if told and told[-1].state is state:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def until_step(trainer, iteration, within_s=240):
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if any(message.iteration >= iteration for message in trainer.news()):
            return
        time.sleep(0.05)
    raise AssertionError(f"no step {iteration} within {within_s} s")


@pytest.mark.system
@pytest.mark.usefixtures("few_scenes")
def test_a_request_is_trained_and_told(trainer):
    assert isinstance(trainer.handle(Train(3, 2), "job-1"), Accepted)
    assert isinstance(trainer.handle(Train(3, 2), "job-2"), Refused)
    told = until(trainer, TrainingState.DONE)
    assert {message.job for message in told} == {"job-1"}
    last = told[-1]
    assert (last.iteration, last.iterations) == (3, 3)
    assert last.iou_before is not None
    assert last.iou_after is not None
    assert "Not swapped" in last.words
    assert not last.swapped
    assert (last.frames_aside, len(last.curve)) == (1, 3)
    assert None not in (last.regression_before, last.regression_after)
    assert last.run.startswith("runs/")
    assert last.preview is not None
    assert last.preview.shape[0] == 240
    assert any(message.loss is not None for message in told)


@pytest.mark.system
@pytest.mark.usefixtures("few_scenes")
def test_stop_saves_and_another_may_begin(trainer, sets):
    trainer.handle(Train(100000, 1), "job-1")
    until_step(trainer, 1)
    assert isinstance(trainer.handle(StopTraining(), "x"), Done)
    assert "Saved in" in until(trainer, TrainingState.STOPPED)[-1].words
    assert list((sets.parent / "runs").glob("*/state.safetensors"))
    trainer._job.process.wait(10)
    assert isinstance(trainer.handle(StopTraining(), "y"), Refused)
    assert isinstance(trainer.handle(Train(1, 1, (2,)), "job-2"), Accepted)


def test_stopped_while_it_starts_is_stopped_and_not_broken(trainer):
    trainer.handle(Train(100000, 1), "job-1")
    assert isinstance(trainer.handle(StopTraining(), "x"), Done)
    assert until(trainer, TrainingState.STOPPED)


def test_what_goes_wrong_is_told_in_words(trainer):
    trainer.handle(Train(1, 1, (77,)), "job-1")
    assert "There is no set 77" in until(trainer, TrainingState.FAILED)[-1].words


def test_a_child_that_cannot_be_started_is_refused_and_the_service_goes_on(trainer, monkeypatch):
    commands = iter((["/bin/true"], ["/nonexistent/python"]))
    monkeypatch.setattr("services.trainer.main.command", lambda *_: next(commands))
    trainer.handle(Train(1, 1), "job-1")
    until(trainer, TrainingState.FAILED)
    assert "can't be started: No such file" in trainer.handle(Train(1, 1), "job-2").words
    assert trainer.news() == []


@pytest.mark.parametrize("request_", [Train(0, 1), Train(5, 0), LearnPlate(1.0)])
def test_nonsense_is_refused(trainer, request_):
    assert isinstance(trainer.handle(request_, "x"), Refused)


def test_a_child_that_dies_is_told_as_failed():
    job = Job.begin("j", ["/bin/sh", "-c", "echo nonsense; exit 3"], 5)
    job.process.wait(10)
    began, told = job.news()
    assert began.words == "Reading the sets."
    assert told.state is TrainingState.FAILED
    assert "exit code 3" in told.words
    assert job.news() == []
    assert not job.running
    job.close()


def test_a_child_is_given_up_before_the_supervisor_kills_the_service():
    assert END_WITHIN_S < STOP_WAIT_S


def test_a_child_that_was_born_deaf_to_ctrl_c_is_stopped_all_the_same():
    """As below `make up &` in a script, until it has begun to listen."""
    job = Job.begin("j", ["/bin/sh", "-c", "trap '' INT; echo deaf; exec sleep 60"], 5)
    end = time.monotonic() + 20
    while not job.process.stdout.read() and time.monotonic() < end:
        time.sleep(0.02)
    job.stop()
    job.process.wait(10)
    assert job.news()[-1].state is TrainingState.STOPPED
    job.close()


def test_half_a_line_waits_for_its_other_half():
    line = Progress(TrainingState.RUNNING, 2, 9, "on").to_line()
    job = Job.begin("j", ["/bin/sh", "-c", f"printf '%s' '{line[:20]}'; sleep 0.5; echo '{line[20:]}'; sleep 30"], 9)
    told, end = [], time.monotonic() + 20
    while len(told) < 2 and time.monotonic() < end:
        told += job.news()
        time.sleep(0.02)
    assert [message.iteration for message in told] == [0, 2]
    job.process.kill()
    job.close()


def test_the_command_is_what_a_person_would_type():
    words = command(Train(7, 4, (3, 5)), "images", "runs", "w.safetensors", 1)
    assert " ".join(words[1:]) == (
        "-m services.trainer.main --iters 7 --batch 4 --sets images --runs runs --set 3 --set 5 "
        f"--weights w.safetensors --threads 1 --child {os.getpid()}"
    )


def test_the_loop_answers_and_tells_that_it_is_idle(trainer):
    call = FakeCall(StopTraining())
    service = FakeService([[call], []])
    run(service, trainer)
    assert isinstance(call.replies[0], Refused)
    assert [message.state for message in service.of(Training)] == [TrainingState.IDLE]
    assert len(service.vitals) >= 2
