"""A training from end to end, in this process and with a small network's worth of pictures."""

import csv
import math

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from common.errors import UserError
from common.messages import TrainingState
from common.weights import Weights
from services.trainer import drawn, judge, tuning
from services.trainer.loop import Run
from services.trainer.order import Order
from services.trainer.run_folder import RunFolder
from services.trainer.swap import gain
from services.trainer.tuning import Tuning


@pytest.fixture(scope="module")
def scenes():
    return drawn.scenes(2)


@pytest.fixture(autouse=True)
def quick(monkeypatch, scenes):
    """Shipped weights, whatever runs on this machine, and two drawn scenes."""
    monkeypatch.setattr(tuning, "starting_weights", lambda _: (Weights.shipped(), "the shipped weights"))
    monkeypatch.setattr(drawn, "scenes", lambda: scenes)


def begun(sets, iterations=4, batch=2, resume=None):
    return Tuning(Order(iterations, batch, str(sets)), sets.parent / "runs", 1, resume)


def losses(folder):
    with (folder / "results.csv").open() as file:
        return [(row["iteration"], row["loss"]) for row in csv.DictReader(file)]


def stopped_after(sets, steps):
    started = begun(sets)
    return started.train(lambda _: None, lambda: started.run.step == steps)


def on_disk(started):
    """The step from which --resume would go on."""
    return int(started.folder.state()["step"])


def test_a_resumed_training_has_the_losses_of_an_unbroken_one(sets):
    unbroken = begun(sets).train(lambda _: None, lambda: False)
    stopped = stopped_after(sets, 2)
    assert (stopped.finished, len(losses(stopped.folder))) == (False, 2)
    folder = RunFolder.existing(stopped.folder)
    resumed = begun(sets, resume=folder).train(lambda _: None, lambda: False)
    assert resumed.folder == stopped.folder != unbroken.folder
    assert losses(resumed.folder) == losses(unbroken.folder)
    ids = [Weights.from_file(one.folder / "last.safetensors").id for one in (resumed, unbroken)]
    assert ids[0] == ids[1]


def test_a_stop_while_the_end_is_scored_keeps_all_and_resume_scores_it(sets):
    started, told = begun(sets, iterations=2), []
    stopped = started.train(told.append, lambda: started.run.step == 2 and on_disk(started) == 2)
    assert (stopped.finished, stopped.after) == (False, None)
    assert gain(stopped) == "Nothing was scored yet"
    resumed = begun(sets, 2, resume=RunFolder.existing(stopped.folder))
    resumed.run.take_step = None  # there is none to take
    outcome = resumed.train(told.append, lambda: False)
    assert outcome.finished
    assert outcome.after is not None
    assert [point.iteration for point in told[-1].curve] == [1, 2]
    assert told[-1].curve[-1].iou == outcome.after.own
    assert "0." in (stopped.folder / "results.csv").read_text().splitlines()[-1].split(",")[3]


def test_a_stop_over_the_first_scores_leaves_a_run_to_resume(sets):
    stopped = begun(sets, iterations=2).train(lambda _: None, lambda: True)
    assert (stopped.before, stopped.after, stopped.finished) == (None, None, False)
    assert begun(sets, 2, resume=RunFolder.latest(sets.parent / "runs")).run.step == 0


def test_a_state_of_another_network_is_refused_in_words(sets):
    stopped = stopped_after(sets, 1)
    state = load_file(stopped.folder / "state.safetensors")
    name = next(name for name in state if name.startswith("net."))
    save_file({key: value for key, value in state.items() if key != name}, stopped.folder / "state.safetensors")
    with pytest.raises(UserError, match=r"state\.safetensors does not fit this program's network; start a new run"):
        begun(sets, resume=RunFolder.existing(stopped.folder))


@pytest.mark.parametrize("line", ["2", "2,x,,", "\0"])
def test_rows_that_are_damaged_are_told_in_words(tmp_path, line):
    (tmp_path / "results.csv").write_text(f"iteration,loss,iou,regression_iou\n1,0.5,,\n{line}\n")
    with pytest.raises(UserError, match=r"results\.csv can't be read .*start a new run"):
        RunFolder(tmp_path).forget_after(5)


def test_it_tells_scores_curve_preview_and_folder(sets):
    told = []
    outcome = begun(sets).train(told.append, lambda: False)
    last = told[-1]
    assert [point.iteration for point in last.curve] == [1, 2, 3, 4]
    assert last.curve[-1].iou == last.iou_after
    assert (last.frames_aside, last.run) == (1, str(outcome.folder))
    assert any(one.eta_s for one in told)
    assert last.iou_before == outcome.before.own
    assert last.regression_before == outcome.before.regression
    assert last.regression_after is not None
    assert last.preview.endswith("preview-4.jpg")
    assert "from the shipped weights" in told[0].words
    best = Weights.from_file(outcome.folder / "best.safetensors")
    assert best.story.scores["own"] == outcome.after.own
    assert best.id == outcome.weights.id


def test_a_fine_tuning_leaves_the_statistics_of_batch_norm_alone(sets):
    run, shipped = begun(sets).run, Weights.shipped().tensors
    run.take_step()
    found = run.weights(kept=0.0).tensors
    moved = {name for name in found if not np.array_equal(found[name], shipped[name])}
    assert moved
    assert not [name for name in moved if "running_" in name]


def test_from_scratch_begins_at_random_and_is_judged_beside_the_weights_in_use(sets):
    started = Tuning(Order(30, 2, str(sets), from_scratch=True), sets.parent / "runs", 1)
    first, shipped = started.run.weights(), Weights.shipped()
    kernels = [name for name, one in first.tensors.items() if one.ndim == 4]
    assert kernels
    assert not [name for name in kernels if np.array_equal(first.tensors[name], shipped.tensors[name])]
    assert (first.story.parent, started.start.id) == ("", shipped.id)
    assert "from nothing" in started.told.words
    assert math.isfinite(started.run.take_step())


def test_it_is_saved_on_the_way(sets, monkeypatch):
    monkeypatch.setattr(tuning, "SAVE_EVERY_S", -1.0)
    started, found = begun(sets, iterations=2), []
    started.train(lambda told: found.append((told.iteration, on_disk(started))), lambda: False)
    assert (2, 1) in found


def test_what_vanishes_during_a_run_does_no_harm(sets):
    started = begun(sets, iterations=2)
    for path in sets.rglob("*.png"):
        path.unlink()
    assert started.train(lambda _: None, lambda: False).finished


def test_a_loss_that_is_no_number_stops_with_its_batch_saved(sets, monkeypatch):
    started = begun(sets)
    real = Run._loss

    def loss(run, batch):
        return real(run, batch) * (math.nan if run.step == 2 else 1)

    monkeypatch.setattr(Run, "_loss", loss)
    with pytest.raises(UserError, match="no longer a number at step 2") as stopped:
        started.train(lambda _: None, lambda: False)
    assert "bad_batch.safetensors" in stopped.value.message
    bad = load_file(started.folder.path / "bad_batch.safetensors")
    assert bad["frames"].shape[0] == 2
    assert len(losses(started.folder.path)) == 2
    last = Weights.from_file(started.folder.path / "last.safetensors")
    assert all(np.isfinite(tensor).all() for tensor in last.tensors.values())


ALLOCATOR = RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory")


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory."), ALLOCATOR, MemoryError()])
def test_out_of_memory_halves_the_batch_and_says_so(sets, monkeypatch, error):
    real, seen = Run._loss, []

    def loss(run, batch):
        seen.append(len(batch.frames))
        if len(batch.frames) > 1:
            raise error
        return real(run, batch)

    monkeypatch.setattr(Run, "_loss", loss)
    told = []
    outcome = begun(sets, iterations=2, batch=4).train(told.append, lambda: False)
    assert outcome.finished
    assert seen == [4, 2, 1, 1]
    assert any("going on with a batch of 1" in progress.words for progress in told)
    assert {progress.state for progress in told} == {TrainingState.RUNNING}


def test_out_of_memory_with_a_batch_of_one_is_told_in_words(sets, monkeypatch):
    def loss(_run, _batch):
        raise MemoryError

    monkeypatch.setattr(Run, "_loss", loss)
    with pytest.raises(UserError, match="even with a batch of one"):
        begun(sets).train(lambda _: None, lambda: False)


def test_other_errors_are_not_taken_for_a_lack_of_memory(sets, monkeypatch):
    def loss(_run, _batch):
        raise RuntimeError("sizes do not match")

    monkeypatch.setattr(Run, "_loss", loss)
    with pytest.raises(RuntimeError, match="sizes do not match"):
        begun(sets).train(lambda _: None, lambda: False)


def test_from_a_bad_start_the_way_back_is_left_out(sets, monkeypatch):
    """The judge is told that drawing back to the start does harm."""
    started = begun(sets, iterations=2)
    bold = []

    def judged(weights, _stopping):
        is_bold = weights.id == started.run.weights(kept=0.0).id and started.run.step > 0
        bold.append(is_bold)
        return judge.Scores(0.9 if is_bold else 0.5, 0.9)

    monkeypatch.setattr(started, "_judge", judged)
    outcome = started.train(lambda _: None, lambda: False)
    assert bold[-1]
    assert outcome.weights.id == started.run.weights(kept=0.0).id
    assert outcome.after.own == 0.9
