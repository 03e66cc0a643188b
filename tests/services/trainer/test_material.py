import shutil

import pytest

from common.errors import UserError
from services.trainer.material import choose_aside, gather
from services.trainer.order import Order


def test_frames_kept_aside_are_never_trained_on(sets):
    material = gather([sets / "set1", sets / "set2"], str(sets))
    aside = {sample.frame for sample in material.aside.samples}
    trained = {pair.path for pair in material.stock.pairs}
    assert len(aside) == 1
    assert len(trained) == 5
    assert not aside & trained
    assert aside == {sets / "set2" / "0.png"}
    assert not material.judged_on_seen


def test_with_too_few_frames_the_training_frames_are_the_judges(sets):
    for k in (1, 2):
        (sets / "set1" / f"{k}_mask.png").unlink()
    material = gather([sets / "set1"], str(sets))
    assert material.judged_on_seen
    assert len(material.stock.pairs) == len(material.aside.samples) == 1


@pytest.mark.parametrize(("count", "places"), [(2, set()), (3, {1}), (5, {2}), (12, {2, 7})])
def test_one_in_five_is_kept_aside(count, places):
    assert choose_aside([None] * count) == places


def test_what_is_missing_is_named(sets, tmp_path):
    with pytest.raises(UserError, match="There are no sets in nowhere"):
        gather([], "nowhere")
    with pytest.raises(UserError, match="set9 does not exist"):
        gather([sets / "set9"], str(sets))
    for mask in sets.rglob("*_mask.png"):
        mask.unlink()
    with pytest.raises(UserError, match="has a mask"):
        gather([sets / "set1"], str(sets))


def test_an_order_names_its_sets_in_order(sets):
    shutil.copytree(sets / "set1", sets / "set10")
    (sets / "set-old").mkdir()
    order = Order(10, 2, str(sets))
    assert [folder.name for folder in order.folders()] == ["set1", "set2", "set10"]
    assert [folder.name for folder in Order(10, 2, str(sets), (2,)).folders()] == ["set2"]
    assert Order.of({**order.as_dict(), "numbers": []}) == order


@pytest.mark.parametrize("batch", [1, 2, 3, 8])
def test_a_step_sees_as_many_frames_as_were_asked_for(batch):
    for from_scratch in (False, True):
        phase = Order(30, batch, "images", from_scratch=from_scratch).recipe().phases[0]
        assert phase.plates * phase.frames == batch
        assert phase.steps == 30
