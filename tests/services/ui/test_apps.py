"""Mask, clone and backdrop: pixels of what they compose, and what they ask for."""

import cv2
import numpy as np
import pytest

from common.errors import UserError
from common.messages import LearnPlate, Plate, PlateHealth, PlateState
from services.ui.actions import Ask
from services.ui.apps.app import By
from services.ui.apps.backdrop import Backdrop
from services.ui.apps.clone import Show
from services.ui.apps.learner import COUNT_S
from services.ui.draw.layers import cover, cut_out, lift
from services.ui.fronts.front import Key
from services.ui.pairing import Sync
from tests.services.ui.fakes import GOOD, alive, desk, frame, mask_of, plate
from tests.services.ui.stage import until

HEIGHT, WIDTH = 240, 320
ROOM = (0, 0, 255)
"""A red that no scenery and no button has."""


def visit(seed=0, left=40):
    """A red room, its plate, and a person of noise standing to the left, with a soft border."""
    rng = np.random.default_rng(seed)
    empty = np.full((HEIGHT, WIDTH, 3), ROOM, np.uint8)
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(alpha, (left, 60), (left + 70, HEIGHT), 255, -1)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (9, 9), 0), np.uint8)
    person = np.full((HEIGHT, WIDTH, 3), (200, 120, 40), np.uint8)
    person[..., 1] = rng.integers(40, 200, (HEIGHT, WIDTH))
    weight = alpha[..., None] / 255
    seen = np.rint(weight * person + (1 - weight) * empty).astype(np.uint8)
    return seen, alpha, empty, person


def shown(app, *, masked=True, setup=lambda made: None):
    """What the app composes of one visit, without furniture."""
    seen, alpha, empty, _ = visit()
    made = desk(app=app)
    setup(made)
    alive(made, 9.9)
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    if masked:
        made.take(mask_of(one, alpha), 10.0)
    view = made.state.pairing.next(10.0)
    return made.app.compose(view, made.state)


def red_pixels(image):
    image = image.astype(int)
    return (image[..., 2] > 150) & (image[..., 0] < 60) & (image[..., 1] < 60)


def box_of(layer):
    height, width = layer.light.shape[:2]
    return np.s_[layer.y : layer.y + height, layer.x : layer.x + width]


def laid(layer, behind, right=0):
    picture = behind.copy()
    layer.onto(picture, right)
    return picture.astype(int)


def test_lifting_finds_the_persons_own_colour():
    seen, alpha, empty, person = visit()
    layer = lift(seen, alpha, empty)
    assert np.abs(layer.light - (person * (alpha[..., None] / 255))[box_of(layer)]).max() <= 3
    assert (255 - layer.rest[..., 0] == alpha[box_of(layer)]).all()
    assert alpha.sum() == alpha[box_of(layer)].sum()


def test_no_room_comes_through_where_alpha_is_zero_however_the_light_changed():
    seen, alpha, empty, _ = visit()
    layer = lift(seen, alpha, (empty // 3).astype(np.uint8))
    assert (layer.light[alpha[box_of(layer)] == 0] == 0).all()


def test_nobody_is_a_layer_that_changes_nothing():
    seen, alpha, empty, _ = visit()
    nobody = lift(seen, np.zeros_like(alpha), empty)
    assert (laid(nobody, seen) == seen).all() and (laid(nobody.mirrored(), seen) == seen).all()


def test_laid_on_its_own_plate_the_person_makes_the_frame_again():
    seen, alpha, empty, _ = visit()
    assert np.abs(laid(lift(seen, alpha, empty), empty) - seen).max() <= 3


@pytest.mark.parametrize("right", [-400, -60, -30, 0, 30, 240, 400])
def test_a_layer_is_moved_and_cut_at_the_borders(right):
    seen, alpha, empty, _ = visit()
    expected = empty.astype(int)
    if abs(right) < WIDTH:
        source = slice(max(0, -right), min(WIDTH, WIDTH - right))
        expected[:, max(0, right) : min(WIDTH, WIDTH + right)] = seen[:, source]
    assert np.abs(laid(lift(seen, alpha, empty), empty, right) - expected).max() <= 3


def test_a_mirrored_layer_is_the_mirrored_person():
    seen, alpha, empty, _ = visit()
    assert np.abs(laid(lift(seen, alpha, empty).mirrored(), empty) - cv2.flip(seen, 1)).max() <= 3


@pytest.mark.parametrize("right", [0, 45, -45])
def test_somebody_behind_leaves_the_nearer_persons_soft_edge_as_it_is(right):
    """Laid on the frame of whoever is nearer, the double stands as if it had been in the room behind them."""
    seen, alpha, empty, _ = visit(left=130)
    you = lift(seen, alpha, empty)
    double = you.mirrored()
    expected = laid(you, laid(double, empty, right).astype(np.uint8))
    assert np.abs(laid(double.behind(you, right), seen, right) - expected).max() <= 4
    apart = double.behind(you, 300)
    assert apart is double


def test_people_are_cut_out_with_the_farthest_behind():
    seen, alpha, empty, person = visit(left=130)
    you = lift(seen, alpha, empty)
    made = cut_out([(you.mirrored(), 0), (you, 0)], HEIGHT, WIDTH)
    both = np.maximum(alpha, cv2.flip(alpha, 1))
    assert (made[..., 3] >= both).all() and (made[both == 0] == 0).all()
    assert np.abs(made[..., :3].astype(int) - person)[alpha == 255].max() <= 3
    only_double = (alpha == 0) & (cv2.flip(alpha, 1) > 200)
    assert np.abs(made[..., :3].astype(int) - cv2.flip(person, 1))[only_double].max() <= 6


@pytest.mark.parametrize("size", [(100, 400), (400, 100), (10, 10)])
def test_a_picture_covers_any_size(size):
    assert cover(np.full((*size, 3), 9, np.uint8), HEIGHT, WIDTH).shape == (HEIGHT, WIDTH, 3)


def put(made, show):
    made.app.show = show


def test_the_double_is_the_mirrored_person():
    picture = shown("clone", setup=lambda made: put(made, Show.SHOWN))
    seen, alpha, _, _ = visit()
    mirrored, core = cv2.flip(seen, 1), cv2.flip(alpha, 1) == 255
    assert np.abs(picture.astype(int) - mirrored)[core].max() <= 3
    assert np.abs(picture.astype(int) - seen)[alpha == 255].max() <= 3


def test_the_double_has_no_halo():
    """On the plain red room a double without halo is the mirrored frame itself, soft border and all."""
    picture = shown("clone", setup=lambda made: put(made, Show.SHOWN))
    mirrored, soft = cv2.flip(visit()[0], 1), cv2.flip(visit()[1], 1) > 0
    assert np.abs(picture.astype(int) - mirrored)[soft].max() <= 4


@pytest.mark.parametrize("in_front", [True, False])
def test_who_stands_in_front_can_be_switched(in_front):
    seen, alpha, empty, _ = visit(left=130)
    made = desk(app="clone")
    made.app.show, made.app.in_front = Show.SHOWN, in_front
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    made.take(mask_of(one, alpha), 10.0)
    picture = made.app.compose(made.state.pairing.next(10.0), made.state).astype(int)
    both = (alpha == 255) & (cv2.flip(alpha, 1) == 255)
    assert both.sum() > 1000
    nearer = cv2.flip(seen, 1) if in_front else seen
    assert np.abs(picture - nearer)[both].max() <= 3


def test_a_delayed_double_shows_where_you_were():
    made = desk(app="clone")
    made.app.show = Show.SHOWN
    made.on(Key("t"), 9.0)
    _, _, empty, _ = visit()
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    for seq in range(10):
        seen, alpha, _, _ = visit(left=20 + 10 * seq)
        one = frame(seq, seen, capture_ns=round((10 + seq / 15) * 1e9))
        made.take(one, 10 + seq / 30)
        made.take(mask_of(one, alpha), 10 + seq / 30)
        picture = made.app.compose(made.state.pairing.next(10 + seq / 30), made.state)
    first = cv2.flip(visit(left=20)[1], 1) == 255
    assert not red_pixels(picture)[first].any()


def test_a_double_is_shown_where_nothing_waits_for_masks():
    seen, alpha, empty, _ = visit()
    made = desk(app="clone", sync=Sync.NEWEST)
    made.app.show = Show.SHOWN
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    before = frame(1, seen)
    made.take(before, 10.0)
    made.take(mask_of(before, alpha), 10.05)
    made.state.pairing.next(10.05)
    made.take(frame(2, seen.copy()), 10.1)
    view = made.state.pairing.next(10.1)
    assert not view.own
    assert not red_pixels(made.app.compose(view, made.state))[cv2.flip(alpha, 1) == 255].any()


def clone_of(frames):
    """Clone after frames at (second, left or None where it has no mask of its own, width); the last picture."""
    made = desk(app="clone")
    made.app.show = Show.SHOWN
    made.take(Plate("p1", visit()[2], "cam0", 30, "job", GOOD), 9.9)
    for seq, (second, left) in enumerate(frames):
        seen, alpha, _, _ = visit(left=20 if left is None else left)
        one = frame(seq, seen, capture_ns=round(second * 1e9))
        made.take(one, second)
        if left is not None:
            made.take(mask_of(one, alpha), second)
        view = made.state.pairing.next(second + 1) if left is None else made.state.pairing.next(second)
        picture = made.app.compose(view, made.state)
    return picture


def test_a_double_outlives_a_missing_mask_for_a_moment_only():
    double = cv2.flip(visit(left=20)[1], 1) == 255
    assert not red_pixels(clone_of([(10.0, 20), (10.3, None)]))[double].any()
    assert red_pixels(clone_of([(10.0, 20), (10.6, None)]))[double].all()


def test_more_doubles_stand_beside_the_first_and_it_stands_in_front():
    seen, alpha, empty, _ = visit()
    made = desk(app="clone")
    made.app.show = Show.SHOWN
    made.on(Key("d"), 9.0)
    made.on(Key("d"), 9.0)
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    made.take(mask_of(one, alpha), 10.0)
    picture = made.app.compose(made.state.pairing.next(10.0), made.state)
    mirrored = cv2.flip(alpha, 1) == 255
    assert made.app.doubles == 3
    for right in (0, -70, 70):
        there = np.zeros_like(mirrored)
        there[:, max(0, right) : WIDTH + right] = mirrored[:, max(0, -right) : WIDTH - right]
        assert not red_pixels(picture)[there].any()
    assert np.abs(picture.astype(int) - cv2.flip(seen, 1))[mirrored].max() <= 3


def test_clone_goes_round_learn_show_hide():
    sent = []
    made = desk(app="clone", sent=sent)
    alive(made, 1.0)
    made.take(plate("before"), 1.0)
    made.press("clone", By.POINTER, 1.0)
    assert made.app.counting(made.state, 1.5)["clone"] == pytest.approx(0.5 / COUNT_S)
    made.turn(1.0 + COUNT_S)
    assert [type(ask.request) for ask in sent] == [LearnPlate] and sent[0].service == "segment"
    made.turn(5.0)
    assert made.app.show is Show.UNLEARNED
    made.take(plate("after"), 6.0)
    made.turn(6.0)
    assert made.app.show is Show.READY
    for expected in (Show.SHOWN, Show.READY, Show.SHOWN):
        made.press("clone", By.POINTER, 7.0)
        assert made.app.show is expected


def test_learning_that_never_ends_is_given_up():
    made = desk(app="clone")
    made.press("clone", By.POINTER, 1.0)
    made.turn(4.0)
    made.turn(30.0)
    assert made.app.counting(made.state, 30.0) == {}


def step(count):
    def press(made):
        for _ in range(count):
            made.press("next", By.KEY, 1.0)

    return press


@pytest.mark.parametrize("scenery", range(6))
def test_a_backdrop_leaves_the_person_and_nothing_of_the_room(scenery):
    picture = shown("backdrop", setup=step(scenery))
    seen, alpha, _, _ = visit()
    inside = cv2.erode(alpha, np.ones((5, 5))) == 255
    assert np.abs(picture.astype(int) - seen)[inside].max() <= 3
    blurred_room = scenery == 3
    assert blurred_room or not red_pixels(picture).any()


@pytest.mark.parametrize("scenery", [0, 1, 2, 4, 5])
def test_a_backdrop_without_the_frames_own_mask_shows_nothing_of_the_frame(scenery):
    assert not red_pixels(shown("backdrop", masked=False, setup=step(scenery))).any()


def test_when_segment_dies_under_backdrop_no_room_pixel_leaves():
    made = desk(app="backdrop")
    seen, alpha, empty, _ = visit()
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    pictures = []
    for seq in range(120):
        now = 10 + seq / 30
        one = frame(seq, seen.copy())
        made.take(one, now)
        if seq < 40:
            made.take(mask_of(one, alpha.copy()), now)
            alive(made, now)
        else:
            alive(made, now, "camera", "recorder", "pose", "trainer", "ui")
        picture = made.picture(now)
        if picture is not None:
            # the end's button is red, and no room
            ext = (slice(0, HEIGHT // 3), slice(round(0.75 * WIDTH), WIDTH))
            picture.image[ext] = 0
            pictures.append(picture.image)
    assert len(pictures) > 50
    assert not any(red_pixels(picture).any() for picture in pictures)
    assert "hidden" in made.sentence(14.0).words


@pytest.mark.parametrize("found", [PlateState.MOVED, PlateState.WRONG_SIZE, PlateState.NONE])
def test_with_a_plate_that_does_not_fit_the_room_stays_hidden(found):
    """A mask made with such a plate takes the room itself for the person."""
    made = desk(app="backdrop")
    seen, alpha, empty, _ = visit()
    alive(made, 9.9)
    made.take(Plate("" if found is PlateState.NONE else "p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    made.take(mask_of(one, np.full_like(alpha, 255), health=PlateHealth(found, "Learn it anew.")), 10.0)
    picture = made.picture(10.0).image
    assert not red_pixels(picture)[:, : WIDTH // 2].any()
    assert "hidden" in made.sentence(10.0).words


@pytest.mark.parametrize("count, expected", [(1, "alpha"), (2, "plate"), (3, "difference")])
def test_the_views_of_the_mask_test(count, expected):
    picture = shown("mask", setup=step(count))
    seen, alpha, empty, _ = visit()
    wanted = {
        "alpha": cv2.merge([alpha] * 3),
        "plate": empty,
        "difference": np.clip(4 * cv2.absdiff(seen, empty).astype(int), 0, 255),
    }[expected]
    assert np.abs(picture.astype(int) - wanted).max() <= 1


def test_the_mask_test_learns_by_itself():
    sent = []
    made = desk(app="mask", sent=sent)
    made.press("learn", By.POINTER, 1.0)
    made.turn(2.0)
    assert sent == []
    made.turn(1.0 + COUNT_S)
    assert sent == [Ask("segment", LearnPlate(1.5))]


@pytest.mark.parametrize("suffix", [".png", ".mp4"])
def test_a_backdrop_that_cannot_be_read_is_named(tmp_path, suffix):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(b"not a picture")
    with pytest.raises(UserError, match=path.name):
        Backdrop(str(path))


def test_an_own_picture_comes_first(tmp_path):
    cv2.imwrite(str(tmp_path / "beach.png"), np.full((30, 60, 3), (10, 200, 220), np.uint8))
    seen, _, _, _ = visit()
    app = Backdrop(f"{tmp_path / 'beach.png'},#102030")
    made = desk(app="backdrop", all_apps=[app])
    made.take(frame(1, seen), 10.0)
    picture = app.compose(made.state.pairing.next(10.0), made.state)
    assert (picture == (10, 200, 220)).all()
    made.press("next", By.KEY, 10.0)
    assert app.guide(made.state, 10.1).words == "Backdrop: #102030"
    assert app.guide(made.state, 13.0) is None


def test_apps_are_switched_by_number():
    made = desk()
    for number, name in enumerate(("studio", "mask", "clone", "backdrop"), 1):
        made.on(Key(str(number)), 1.0)
        assert made.app.name == name
    made.on(Key("9"), 1.0)
    assert made.app.name == "backdrop"


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
