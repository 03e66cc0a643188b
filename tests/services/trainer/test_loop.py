from dataclasses import replace

import pytest
import torch

from common.nets.load import build, float_state
from common.nets.platenet import ARCHITECTURE
from common.weights import Story, Weights
from services.trainer.loop import Run, halved, ran_out_of_memory, rate_at
from services.trainer.loss import edge_band, mask_loss
from services.trainer.recipe import Mix, Phase, Recipe

TINY = Recipe(
    name="tiny",
    seed=5,
    phases=(Phase(64, 48, 3, 2, 2, Mix()), Phase(96, 64, 5, 1, 2, Mix())),
    rate=1e-3,
    encoder_rate=1e-4,
    warm_up=2,
    weight_decay=0.0,
    average=0.9,
    fixed_norm_from=4,
)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_a_resumed_run_takes_the_very_steps_of_an_unbroken_one(stock):
    unbroken = Run(TINY, stock, Story(ARCHITECTURE))
    losses = [unbroken.take_step() for _ in range(6)]
    first = Run(TINY, stock, Story(ARCHITECTURE))
    for _ in range(2):
        first.take_step()
    second = Run(TINY, stock, Story(ARCHITECTURE))
    second.restore(first.state())
    assert [second.take_step() for _ in range(4)] == losses[2:]
    assert second.weights().id == unbroken.weights().id


def test_it_starts_from_given_weights_and_moves_away(stock):
    run = Run(TINY, stock, Story(ARCHITECTURE), Weights.shipped())
    assert run.weights().id == Weights.shipped().id
    run.take_step()
    assert run.weights().id != Weights.shipped().id
    assert run.weights().story.steps == 1


def test_its_weights_make_a_network(stock):
    run = Run(TINY, stock, Story(ARCHITECTURE))
    weights = Weights.from_bytes(run.weights().to_bytes())
    for name, tensor in float_state(build(weights)).items():
        assert torch.equal(tensor, torch.from_numpy(weights.tensors[name].copy()))


def test_batch_norm_keeps_its_statistics_at_the_end(stock):
    run = Run(replace(TINY, fixed_norm_from=1), stock, Story(ARCHITECTURE))
    run.take_step()
    before = {name: t.clone() for name, t in run.net.state_dict().items() if "running" in name}
    run.take_step()
    assert all(torch.equal(before[name], run.net.state_dict()[name]) for name in before)


def test_it_learns(stock):
    run = Run(replace(TINY, phases=(Phase(64, 48, 40, 2, 2, Mix()),), warm_up=5, rate=5e-3), stock, Story(ARCHITECTURE))
    losses = [run.take_step() for _ in range(40)]
    assert sum(losses[-8:]) < 0.6 * sum(losses[:8])


def test_the_rate_rises_and_falls():
    rates = [rate_at(step, TINY) for step in range(TINY.steps + 1)]
    assert rates[0] == 0.5
    assert rates[1] == rates[2] == 1
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(0.01)


def test_the_recipe_names_its_phases():
    assert [TINY.phase_at(step).width for step in (0, 2, 3, 7, 99)] == [64, 64, 96, 96, 96]


def test_the_loss_is_least_for_the_truth_and_counts_edges_more():
    truth = torch.zeros(1, 1, 32, 32)
    truth[..., 8:24, 8:24] = 1
    right = (truth - 0.5) * 20
    coarse = torch.nn.functional.avg_pool2d(right, 8)
    at_edge, inside = right.clone(), right.clone()
    at_edge[..., 8, 10:14] *= -1
    inside[..., 16, 14:18] *= -1
    losses = [float(mask_loss(logits, coarse, truth)) for logits in (right, inside, at_edge)]
    assert losses[0] < losses[1] < losses[2]
    assert edge_band(truth)[0, 0, 16].nonzero().flatten().tolist() == [6, 7, 8, 9, 22, 23, 24, 25]


def test_a_halved_batch_stays_halved_after_a_resume(stock):
    run = Run(TINY, stock, Story(ARCHITECTURE))
    run.take_step()
    assert run.halve()
    second = Run(TINY, stock, Story(ARCHITECTURE))
    second.restore(run.state())
    assert (second.phase.plates, second.phase.frames) == (1, 2)
    assert second.take_step() == run.take_step()
    assert run.halve()
    assert not run.halve()
    assert (run.phase.plates, run.phase.frames) == (1, 1)


def test_half_of_an_odd_batch_is_at_least_one():
    assert (halved(Phase(64, 48, 1, 3, 2)).plates, halved(Phase(64, 48, 1, 1, 3)).frames) == (1, 1)


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory"), True),
        (MemoryError(), True),
        (RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"), False),
    ],
)
def test_only_a_lack_of_memory_counts_as_one(error, is_one):
    assert ran_out_of_memory(error) is is_one


def test_torch_says_what_we_look_for_when_memory_runs_out():
    with pytest.raises(RuntimeError) as refused:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert ran_out_of_memory(refused.value)
