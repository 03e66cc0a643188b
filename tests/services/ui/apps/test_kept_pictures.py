"""The picture that key P keeps, app by app."""

import cv2
import numpy as np
import pytest

from common.messages import Plate
from services.ui.apps.clone import Show
from services.ui.fronts.front import Key
from tests.services.ui.apps.visit import put, red_pixels, visit
from tests.services.ui.fakes import GOOD, alive, desk, frame, mask_of
from tests.waiting import until


def kept(app, folder, setup=lambda made: None):
    """The picture that key P keeps of one visit."""
    seen, alpha, empty, _ = visit()
    made = desk(app=app, snapshots=folder)
    setup(made)
    alive(made, 9.9)
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    made.take(mask_of(one, alpha), 10.0)
    assert made.picture(10.0) is not None
    made.on(Key("p"), 10.1)
    said = words_of(made)
    (path,) = folder.iterdir()
    assert said == [f"Kept {path}"]
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def words_of(made):
    """The toasts, once there are any."""
    assert until(lambda: made.turn(10.2) or made.toasts(10.2), 20)
    return [toast.sentence.words for toast in made.toasts(10.2)]


@pytest.mark.parametrize("app", ["studio", "mask", "clone"])
def test_a_kept_picture_is_the_person_with_alpha(tmp_path, app):
    _, alpha, _, person = visit()
    picture = kept(app, tmp_path / "kept")
    assert (picture[..., 3] == alpha).all()
    assert np.abs(picture[..., :3].astype(int) - person)[alpha > 128].max() <= 8


def test_a_kept_picture_of_clone_holds_the_double(tmp_path):
    picture = kept("clone", tmp_path / "kept", lambda made: put(made, Show.SHOWN))
    alpha = visit()[1]
    assert np.abs(picture[..., 3].astype(int) - np.maximum(alpha, cv2.flip(alpha, 1))).max() <= 1
    assert not red_pixels(picture[..., :3])[picture[..., 3] > 128].any()


def test_a_kept_picture_of_backdrop_is_the_whole_of_it(tmp_path):
    picture = kept("backdrop", tmp_path / "kept")
    assert (picture[..., 3] == 255).all() and not red_pixels(picture[..., :3]).any()


def test_a_picture_that_cannot_be_kept_is_told_of(tmp_path):
    (tmp_path / "file").write_text("")
    made = desk(snapshots=tmp_path / "file")
    made.on(Key("p"), 3.0)
    assert [toast.sentence.words for toast in made.toasts(3.0)] == ["There is no picture to keep."]
    alive(made, 9.9)
    made.take(frame(1), 10.0)
    made.picture(10.0)
    made.on(Key("p"), 10.1)
    (said,) = words_of(made)
    assert "could not be kept" in said
