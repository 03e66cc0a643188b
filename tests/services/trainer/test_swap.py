"""What happens to weights after a training, with a segment that a thread plays on a real control socket."""

from dataclasses import replace
from pathlib import Path

import pytest

from common.messages import AskWeights, Blob, Done, Refused, SwapWeights, WeightsInUse
from common.weights import Weights
from services.trainer.judge import Scores, StoppedError
from services.trainer.start import starting_weights
from services.trainer.swap import gain, left_alone, swap
from services.trainer.tuning import Outcome
from tests.services.trainer.played import Played

BEFORE, BETTER, WORSE = Scores(0.94, 0.96), Scores(0.98, 0.96), Scores(0.93, 0.97)


@pytest.fixture
def segment(instance):
    played = Played("segment", instance, Done("Weights x are in use.", {}))
    yield played
    played.close()


def outcome(after, judged_on_seen=False):
    return Outcome(Weights.shipped(), Path("runs/1"), BEFORE, after, True, judged_on_seen, "start")


def nobody_asks(_weights):
    raise AssertionError


def in_use(weights):
    return WeightsInUse(Blob(weights.to_bytes()), weights.id)


@pytest.fixture
def other():
    """Weights that are neither those of the outcome nor those it began with."""
    shipped = Weights.shipped()
    return Weights.of({name: tensor + 1 for name, tensor in shipped.tensors.items()}, shipped.story)


def test_better_weights_go_over_as_bytes(segment):
    swapped = swap(outcome(BETTER), False, nobody_asks)
    request = segment.asked[-1]
    assert swapped.done
    assert isinstance(request, SwapWeights)
    assert Weights.from_bytes(request.weights).id == Weights.shipped().id


@pytest.mark.parametrize(("theirs", "done"), [(Scores(0.97, 0.96), True), (Scores(0.985, 0.96), False)])
def test_what_came_into_use_meanwhile_is_to_be_beaten_as_well(segment, other, theirs, done):
    segment.first = [in_use(other)]
    judged = []
    swapped = swap(outcome(BETTER), False, lambda weights: (judged.append(weights.id), theirs)[1])
    assert (judged, swapped.done) == ([other.id], done)
    assert done == any(isinstance(request, SwapWeights) for request in segment.asked)
    words = f"Not swapped: no better than the weights in use by now ({other.id}, IoU 0.9850) on your own frames; "
    assert swapped.words.startswith(words) != done


def test_force_and_a_known_start_need_no_more_scores(segment, other):
    segment.first = [in_use(other)]
    assert swap(replace(outcome(BETTER), start=other.id), False, nobody_asks).done
    assert swap(outcome(BETTER), True, nobody_asks).done


def test_a_stop_over_those_scores_leaves_all_as_it_is(segment, other):
    def stopped(_weights):
        raise StoppedError

    segment.first = [in_use(other)]
    swapped = swap(outcome(BETTER), False, stopped)
    assert not swapped.done
    assert "stopped before" in swapped.words


def test_worse_ones_are_not_even_offered(segment):
    swapped = swap(outcome(WORSE), False, nobody_asks)
    assert not swapped.done
    assert "no better" in swapped.words
    assert "`bgsub weights swap runs/1/best.safetensors` swaps all the same" in swapped.words
    assert segment.asked == []


def test_what_was_not_to_be_swapped_says_how_it_is_or_why_not():
    assert left_alone(outcome(BETTER)) == "`bgsub weights swap runs/1/best.safetensors` puts them in use."
    assert left_alone(outcome(WORSE)) == "They would not be swapped: no better than before on your own frames."
    assert left_alone(outcome(None)) == "Nothing to swap."


def test_force_swaps_all_the_same(segment):
    assert swap(outcome(WORSE), True, nobody_asks).done


def test_what_segment_refuses_is_told(segment):
    segment.first = [in_use(Weights.shipped())]
    segment.answer = Refused("These weights are for other-1.")
    swapped = swap(outcome(BETTER), False, nobody_asks)
    assert (swapped.done, swapped.words) == (False, "Not swapped: These weights are for other-1.")


def test_without_segment_nothing_is_swapped_and_said_so(instance, monkeypatch):
    monkeypatch.setattr("services.trainer.start.ABSENT_S", 0.2)
    swapped = swap(outcome(BETTER), False, nobody_asks)
    assert not swapped.done
    assert "segment did not answer" in swapped.words
    assert "Once it runs, `bgsub weights swap runs/1/best.safetensors` puts them in use." in swapped.words


def test_a_run_without_a_step_has_nothing_to_swap(instance):
    assert not swap(outcome(None), True, nobody_asks).done
    assert gain(outcome(None)) == "Nothing was scored yet"


def test_the_gain_says_what_it_was_measured_on():
    assert gain(outcome(BETTER)) == "IoU 0.9400 → 0.9800 on frames kept aside, drawn scenes 0.9600 → 0.9600"
    assert "training frames themselves" in gain(outcome(BETTER, judged_on_seen=True))


def test_a_training_starts_from_what_is_in_use(segment):
    shipped = Weights.shipped()
    segment.answer = WeightsInUse(Blob(shipped.to_bytes()), shipped.id)
    weights, origin = starting_weights("")
    assert segment.asked == [AskWeights()]
    assert (weights.id, origin) == (shipped.id, "the weights in use")


def test_a_segment_that_loads_its_first_weights_is_asked_again(segment):
    segment.first = [Refused("Other weights are just being loaded. Try again in a moment.")] * 2
    segment.answer = in_use(Weights.shipped())
    assert starting_weights("")[1] == "the weights in use"
    assert len(segment.asked) == 3


def test_a_training_without_segment_starts_from_the_shipped_ones(instance, monkeypatch):
    monkeypatch.setattr("services.trainer.start.ABSENT_S", 0.2)
    assert starting_weights("")[1] == "the shipped weights"


def test_a_segment_that_is_slow_to_answer_is_waited_for(segment):
    """On a busy machine; given up, the training would begin with other weights, or its own would not be taken."""
    segment.slow_s = 3.0
    segment.answer = WeightsInUse(Blob(Weights.shipped().to_bytes()), Weights.shipped().id)
    assert starting_weights("")[1] == "the weights in use"
    segment.answer = Done("Weights x are in use.", {})
    assert swap(outcome(BETTER), False, nobody_asks).done


def test_a_file_comes_first(segment, tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(Weights.shipped().to_bytes())
    weights, origin = starting_weights(str(path))
    assert (weights.id, origin) == (Weights.shipped().id, str(path))
    assert segment.asked == []
