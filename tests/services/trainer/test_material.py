import shutil

import cv2
import numpy as np
import pytest

from common.errors import UserError
from common.nets.view import net_size
from services.trainer.material import choose_aside, gather, read_pairs
from services.trainer.order import Order


def test_frames_kept_aside_are_never_trained_on(sets):
    material = gather([sets / "set1", sets / "set2"])
    aside = {pair.path for pair in material.aside}
    trained = {pair.path for pair in material.stock.pairs}
    assert len(aside) == 1
    assert len(trained) == 5
    assert not aside & trained
    assert aside == {sets / "set2" / "0.png"}
    assert not material.judged_on_seen
    assert material.words == "5 frames of set1, set2, 1 more kept aside"


def test_with_too_few_frames_the_training_frames_are_the_judges(sets):
    for k in (1, 2):
        (sets / "set1" / f"{k}_mask.png").unlink()
    material = gather([sets / "set1"])
    assert material.judged_on_seen
    assert len(material.stock.pairs) == len(material.aside) == 1
    assert material.words == "1 frame of set1, too few to keep any aside"


@pytest.mark.parametrize(("count", "places"), [(2, set()), (3, {1}), (5, {2}), (12, {2, 7})])
def test_one_in_five_is_kept_aside(count, places):
    assert choose_aside(count) == places


def test_what_is_missing_is_named(sets, tmp_path):
    with pytest.raises(UserError, match="There are no sets in nowhere"):
        Order(10, 2, "nowhere").folders()
    with pytest.raises(UserError, match=r"There is no set 9 in .*\. There are: 1, 2\."):
        Order(10, 2, str(sets), (9,)).folders()
    with pytest.raises(UserError, match="set1 is itself a set"):
        Order(10, 2, str(sets / "set1")).folders()
    for mask in sets.rglob("*_mask.png"):
        mask.unlink()
    with pytest.raises(UserError, match=r"No frame in .*/set1 has a mask"):
        gather([sets / "set1"])


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
        phases = Order(30, batch, "images", from_scratch=from_scratch).recipe((320, 240)).phases
        assert all(phase.plates * phase.frames == batch for phase in phases)
        assert sum(phase.steps for phase in phases) == 30
        assert (phases[-1].width, phases[-1].height) == (320, 240)


def test_a_fine_tuning_is_gentle_and_sees_other_rooms_too():
    recipe = Order(30, 2, "images").recipe((320, 240))
    assert recipe.own_room
    assert recipe.phases[0].mix.wild > 0
    assert 0 < recipe.kept < 1
    assert recipe.encoder_rate < recipe.rate


def rewrite(folder, change):
    for path in folder.glob("*.png"):
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(path), change(path, picture))


def with_alpha(path, picture):
    """Frames get an opaque alpha channel; masks become white where they were, and transparent elsewhere."""
    if "mask" in path.name:
        return np.dstack([np.full((*picture.shape[:2], 3), 255, np.uint8), picture])
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


@pytest.mark.parametrize(
    "change",
    [
        lambda _, picture: picture.astype(np.uint16) * 257,
        with_alpha,
        lambda path, picture: picture if "mask" in path.name else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY),
    ],
    ids=["16 bit", "alpha", "grey"],
)
def test_pictures_of_other_kinds_are_read_as_what_they_show(sets, change):
    before = list(read_pairs(sets / "set1"))
    rewrite(sets / "set1", change)
    after = list(read_pairs(sets / "set1"))
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(one.truth, other.truth)
        assert other.frame.shape == one.frame.shape
        assert abs(float(one.frame.mean()) - float(other.frame.mean())) < 12


def test_jpegs_under_a_png_name_are_read(sets):
    frame = cv2.imread(str(sets / "set1" / "0.png"))
    (sets / "set1" / "0.png").write_bytes(cv2.imencode(".jpg", frame)[1].tobytes())
    assert len(list(read_pairs(sets / "set1"))) == 3


@pytest.mark.parametrize("name", ["0.jpg", "7.JPEG", "2_mask.jpg", "bkg.bmp", "3.PNG"])
def test_other_kinds_of_file_are_refused_by_name(sets, name):
    (sets / "set1" / name).write_bytes(b"anything")
    with pytest.raises(UserError, match=f"{name} is not a PNG"):
        list(read_pairs(sets / "set1"))


@pytest.mark.parametrize("name", ["0.png", "bkg.png", "1_mask.png"])
def test_an_unreadable_picture_is_named(sets, name):
    (sets / "set1" / name).write_bytes(b"\x89PNG\r\n")
    with pytest.raises(UserError, match=name):
        list(read_pairs(sets / "set1"))


def test_a_mask_of_ones_is_refused_by_name(sets):
    mask = cv2.imread(str(sets / "set1" / "0_mask.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(sets / "set1" / "0_mask.png"), mask // 255)
    with pytest.raises(UserError, match=r"0_mask\.png is no mask: its brightest value is 1"):
        list(read_pairs(sets / "set1"))


def test_a_mask_of_sixteen_bits_that_counts_to_255_is_not_taken_for_an_empty_one(sets):
    mask = cv2.imread(str(sets / "set1" / "0_mask.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(sets / "set1" / "0_mask.png"), mask.astype(np.uint16))
    with pytest.raises(UserError, match=r"0_mask\.png is no mask: .* 255, and foreground must be 65535"):
        list(read_pairs(sets / "set1"))


def test_odd_sizes_are_read_and_tell_the_networks_size(sets):
    rewrite(sets / "set1", lambda _, picture: cv2.resize(picture, (101, 77), interpolation=cv2.INTER_NEAREST))
    material = gather([sets / "set1"])
    assert material.stock.pairs[0].frame.shape == (77, 101, 3)
    assert material.size == net_size(101, 77)


@pytest.mark.parametrize("name", ["0.png", "0_mask.png", "bkg.png"])
def test_another_size_within_a_set_is_refused_by_name(sets, name):
    path = sets / "set1" / name
    cv2.imwrite(str(path), cv2.resize(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), (80, 60)))
    with pytest.raises(UserError, match=r"0\.png, its mask and bkg\.png must be of one size; they are .*80x60"):
        list(read_pairs(sets / "set1"))


def test_a_picture_of_a_few_pixels_is_refused(sets):
    rewrite(sets / "set1", lambda _, picture: picture[:9, :9])
    with pytest.raises(UserError, match="9x9"):
        gather([sets / "set1"])


def test_sets_that_show_nobody_are_trained_on_and_judged_as_unknown(sets):
    for mask in (sets / "set1").glob("*_mask.png"):
        cv2.imwrite(str(mask), np.zeros((120, 160), np.uint8))
    material = gather([sets / "set1"])
    assert material.judged_on_seen
    assert not material.stock.people
