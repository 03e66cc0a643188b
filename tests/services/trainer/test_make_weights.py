import cv2
import pytest
from safetensors.torch import load_file

from common.errors import UserError
from common.nets.platenet import ARCHITECTURE
from common.weights import Story, Weights
from services.trainer.loop import Run
from services.trainer.make_weights import STATE, WEIGHTS, keep, read_stock, train
from services.trainer.recipe import SHIPPED, Mix, Phase, Recipe

TINY = Recipe("tiny", 5, (Phase(64, 48, 3, 1, 2, Mix()),), 1e-3, 1e-4, 2, 0.0, 0.9, 2)


def test_a_stopped_training_goes_on_to_the_weights_of_an_unbroken_one(stock, tmp_path):
    unbroken = train(Run(TINY, stock, Story(ARCHITECTURE)), tmp_path)
    assert Weights.from_file(tmp_path / WEIGHTS).id == unbroken.id
    stopped = Run(TINY, stock, Story(ARCHITECTURE))
    stopped.take_step()
    keep(stopped, tmp_path)
    again = Run(TINY, stock, Story(ARCHITECTURE))
    again.restore(load_file(tmp_path / STATE))
    assert again.step == 1
    assert train(again, tmp_path).id == unbroken.id


def test_sets_are_read_with_the_same_checks_as_ones_own(sets, tmp_path, monkeypatch):
    monkeypatch.setattr("services.trainer.make_weights.TRAINING_SETS", (1, 2))
    sets.rename(tmp_path / "seed_sets")
    assert len(read_stock(tmp_path).pairs) == 6
    path = tmp_path / "seed_sets" / "set2" / "0_mask.png"
    cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) // 255)
    with pytest.raises(UserError, match=r"set2/0_mask\.png is no mask"):
        read_stock(tmp_path)
    monkeypatch.setattr("services.trainer.make_weights.TRAINING_SETS", (1, 7))
    with pytest.raises(UserError, match="There is no set 7"):
        read_stock(tmp_path)


def test_the_shipped_weights_name_the_last_recipe_and_all_its_steps():
    story = Weights.shipped().story
    assert (story.recipe, story.steps) == (SHIPPED[-1].name, SHIPPED[-1].steps)
