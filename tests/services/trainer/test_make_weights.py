from safetensors.torch import load_file

from common.nets.platenet import ARCHITECTURE
from common.weights import Story, Weights
from services.trainer.loop import Run
from services.trainer.make_weights import STATE, WEIGHTS, keep, train
from services.trainer.recipe import SHIPPED, Mix, Phase, Recipe
from services.trainer.stock import from_sets

TINY = Recipe("tiny", 5, (Phase(64, 48, 3, 1, 2, Mix()),), 1e-3, 1e-4, 2, 0.0, 0.9, 2)


def test_a_stopped_training_goes_on_to_the_weights_of_an_unbroken_one(sets, tmp_path):
    stock = from_sets([sets / "set1"])
    unbroken = train(Run(TINY, stock, Story(ARCHITECTURE)), tmp_path)
    assert Weights.from_file(tmp_path / WEIGHTS).id == unbroken.id
    stopped = Run(TINY, stock, Story(ARCHITECTURE))
    stopped.take_step()
    keep(stopped, tmp_path)
    again = Run(TINY, stock, Story(ARCHITECTURE))
    again.restore(load_file(tmp_path / STATE))
    assert again.step == 1
    assert train(again, tmp_path).id == unbroken.id


def test_the_shipped_weights_name_the_last_recipe_and_all_its_steps():
    story = Weights.shipped().story
    assert (story.recipe, story.steps) == (SHIPPED[-1].name, SHIPPED[-1].steps)
