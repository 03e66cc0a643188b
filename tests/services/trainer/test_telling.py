"""How a training in a terminal comes to be seen by everybody, with the service played on a real control socket."""

import time

import numpy as np
import pytest

from common.messages import Done, Refused, StopTraining, TellTraining, Train, TrainingState
from common.sets import encode_png
from common.settings import load_settings
from services.trainer.main import Trainer
from services.trainer.report import Progress
from services.trainer.telling import AGAIN_S, SILENT_S, Elsewhere, Relay, Teller
from tests.services.trainer.played import Played

RUNNING, DONE, FAILED = TrainingState.RUNNING, TrainingState.DONE, TrainingState.FAILED


def progress(iteration, state=RUNNING, preview=""):
    return Progress(state, iteration, 30, "Training.", loss=0.5, preview=preview)


@pytest.fixture
def service(instance):
    played = Played("trainer", instance, Done("Told.", {}))
    yield played
    played.close()


def test_the_service_hears_once_a_second_and_the_end_at_once(service, tmp_path):
    now = [100.0]
    relay = Relay("job", lambda: now[0])
    preview = tmp_path / "preview.png"
    preview.write_bytes(encode_png(np.full((4, 6, 3), 7, np.uint8)))
    for iteration in range(3):
        relay(progress(iteration))
    now[0] += 1.1
    relay(progress(3, preview=str(preview)))
    relay(progress(30, DONE))
    trainings = [request.training for request in service.asked]
    assert [told.iteration for told in trainings] == [0, 3, 30]
    assert {told.job for told in trainings} == {"job"}
    assert trainings[1].preview.shape == (4, 6, 3)
    assert trainings[-1].state is DONE


def test_without_a_service_a_training_goes_on_unheard(instance):
    began = time.monotonic()
    Relay("job")(progress(0))
    assert time.monotonic() - began < 0.4


def test_a_service_that_has_no_use_for_it_is_asked_seldom(service):
    now = [100.0]
    service.answer = Refused("The service trains itself, and tells of that.")
    relay = Relay("job", lambda: now[0])
    for _ in range(5):
        relay(progress(1))
        now[0] += 0.9 * AGAIN_S / 2
    assert len(service.asked) == 2


def test_what_is_told_is_published_and_a_second_training_is_refused():
    trainer = Trainer(load_settings({}), "")
    training = Teller("job").message(progress(4))
    assert isinstance(trainer.handle(TellTraining(training), "1"), Done)
    assert trainer.news() == [training]
    assert trainer.news() == []
    refused = trainer.handle(Train(10, 2), "2")
    assert isinstance(refused, Refused)
    assert "running in a terminal" in refused.words
    assert "Ctrl-C" in trainer.handle(StopTraining(), "3").words
    trainer.handle(TellTraining(Teller("job").message(progress(30, DONE))), "4")
    assert trainer.handle(StopTraining(), "5").words == "No training is running."


def test_one_that_is_heard_of_no_more_has_failed():
    now = [0.0]
    elsewhere = Elsewhere(lambda: now[0])
    elsewhere.tell(Teller("job").message(progress(4)))
    elsewhere.news()
    now[0] = SILENT_S - 1
    assert elsewhere.news() == []
    now[0] = SILENT_S + 1
    (last,) = elsewhere.news()
    assert last.state is FAILED
    assert "--resume" in last.words
    assert not elsewhere.running
    assert elsewhere.news() == []
