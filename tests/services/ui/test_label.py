"""The label app at the desk: pointer, wheel and keys in, pictures out, and nothing of the camera."""

import time

import numpy as np
import pytest

from common.sets import ImageSets
from services.ui.apps.label import Label
from services.ui.apps.own import OwnPictures
from services.ui.apps.studio import Studio
from services.ui.draw.row import tabs
from services.ui.draw.theme import NIGHT
from services.ui.fronts.front import Closed, Gesture, Key, Pointer, Wheel
from services.ui.label.acts import ACTS, Do
from services.ui.label.held import SetHeldError, SetLock
from services.ui.label.labeller import Labeller, Look
from services.ui.label.work import Work
from services.ui.status import status
from tests.services.ui.fakes import alive, desk, frame, mask_of, palms
from tests.services.ui.label.rooms import AROUND, HEIGHT, WIDTH, FakeProposals, mask_in, write_set


class Seat:
    """A desk with the label app (and the studio), its clock, and a hand at the mouse."""

    def __init__(self, root, alone=True):
        self.proposals = FakeProposals()
        self.app = Label(lambda: Labeller(Work(ImageSets(root)), self.proposals))
        shown = [self.app] if alone else [Studio(), self.app]
        self.desk = desk(app="label", all_apps=shown, snapshots=root / "kept")
        self.now = 1.0
        self.shown = None
        self.look()

    def look(self):
        """Until the picture stands still."""
        for _ in range(60):
            self.now += 0.1
            self.desk.turn(self.now)
            picture = self.desk.picture(self.now)
            self.shown = picture.image if picture is not None else self.shown
            if picture is None:
                break
        return self.shown

    def on(self, *events):
        for event in events:
            self.desk.on(event, self.now)

    def keys(self, *names):
        self.on(*[Key(name) for name in names])
        return self.look()

    def at(self, x, y):
        """A pixel of the frame in parts of the picture."""
        zoom = self.app.labeller.sheet.zoom
        sheet_x, sheet_y = zoom.to_sheet(x, y)
        return sheet_x / zoom.sheet[0], sheet_y / zoom.sheet[1]

    def click(self, x, y):
        place = self.at(x, y)
        self.on(Pointer(Gesture.MOVE, *place), Pointer(Gesture.PRESS, *place), Pointer(Gesture.RELEASE, *place))


@pytest.fixture
def folder(tmp_path):
    return write_set(tmp_path, frames=3)


@pytest.fixture
def seat(folder, tmp_path):
    made = Seat(tmp_path)
    yield made
    made.desk.close()
    assert made.proposals.closed


def test_it_is_an_app_with_pictures_of_its_own(seat):
    assert isinstance(seat.app, OwnPictures) and not isinstance(Studio(), OwnPictures)
    assert seat.shown.shape == (800, 1067, 3)


def test_clicks_around_the_person_make_the_mask(seat, folder):
    for corner in AROUND:
        seat.click(*corner)
    seat.click(41, 22)
    seat.look()
    mask = mask_in(folder / "0_mask.png")
    assert mask.shape == (HEIGHT, WIDTH) and mask[60, 80] == 255 and not mask[5, 5]


@pytest.mark.parametrize("gesture", [Gesture.SECOND, Gesture.DOUBLE])
def test_a_right_click_and_a_double_click_close(seat, folder, gesture):
    for corner in AROUND:
        seat.click(*corner)
    seat.on(Pointer(gesture, *seat.at(*AROUND[-1])))
    assert (folder / "0_mask.png").exists()


def test_a_point_under_the_zoom_lands_where_it_was_clicked(seat):
    seat.on(Wheel(0.5, 0.5, 6))
    assert seat.app.labeller.sheet.zoom.times == pytest.approx(1.25**6)
    seat.click(70, 60)
    assert seat.app.labeller.sheet.editor.points[0] == pytest.approx((70, 60))


def test_the_wheel_magnifies_about_the_pointer(seat):
    before = seat.app.labeller.sheet.zoom.to_picture(0.7 * 1067, 0.4 * 800)
    seat.on(Wheel(0.7, 0.4, 4))
    assert seat.app.labeller.sheet.zoom.to_picture(0.7 * 1067, 0.4 * 800) == pytest.approx(before, abs=0.01)


def test_the_middle_button_pushes_the_picture(seat):
    seat.on(Wheel(0.5, 0.5, 6))
    before = seat.app.labeller.sheet.zoom.to_picture(500, 400)
    seat.on(Pointer(Gesture.GRAB, 0.5, 0.5), Pointer(Gesture.MOVE, 0.6, 0.5), Pointer(Gesture.DROP, 0.6, 0.5))
    after = seat.app.labeller.sheet.zoom.to_picture(500 + 0.1 * 1067, 400)
    assert after == pytest.approx(before, abs=0.1)
    seat.on(Pointer(Gesture.MOVE, 0.9, 0.9))
    assert seat.app.labeller.sheet.zoom.to_picture(500 + 0.1 * 1067, 400) == pytest.approx(after)


def test_the_brush_paints_from_press_to_release(seat):
    seat.keys("b")
    seat.on(Pointer(Gesture.PRESS, *seat.at(60, 60)), Pointer(Gesture.MOVE, *seat.at(100, 60)))
    before = seat.look().copy()
    seat.on(Pointer(Gesture.RELEASE, *seat.at(100, 60)), Pointer(Gesture.MOVE, *seat.at(140, 100)))
    mask = seat.app.labeller.sheet.editor.mask
    assert mask[60, 80] == 255 and not mask[100, 140]
    assert (before != seat.look()).any()


def test_a_stroke_ends_where_the_pointer_leaves(seat):
    seat.keys("b")
    seat.on(Pointer(Gesture.PRESS, *seat.at(60, 60)), Pointer(Gesture.LEAVE, 0, 0))
    assert not seat.app.labeller.sheet.editor.stroking and seat.app.labeller.sheet.editor.can_undo


def test_the_tools_are_pressed_by_mouse_and_let_clicks_through_while_drawing(seat):
    brush = next(cell for cell in seat.app.face._cells() if cell.act.do is Do.BRUSH)
    middle = (brush.x + brush.width / 2) / 1067, (brush.y + brush.height / 2) / 800
    seat.click(80, 60)
    seat.on(Pointer(Gesture.MOVE, *middle), Pointer(Gesture.PRESS, *middle), Pointer(Gesture.RELEASE, *middle))
    assert seat.app.labeller.drawing.tool is Do.POLYGON and len(seat.app.labeller.sheet.editor.points) == 2
    seat.keys("esc")
    seat.on(Pointer(Gesture.MOVE, *middle), Pointer(Gesture.PRESS, *middle), Pointer(Gesture.RELEASE, *middle))
    assert seat.app.labeller.drawing.tool is Do.BRUSH and not seat.app.labeller.sheet.editor.can_redo


def test_hidden_tools_are_in_nobodys_way(seat):
    shown = seat.look().copy()
    bare = seat.keys("t")
    assert (shown != bare).mean() > 0.02
    seat.on(Pointer(Gesture.PRESS, 0.05, 0.2))
    assert len(seat.app.labeller.sheet.editor.points) == 1


def test_the_views_differ(seat):
    seat.app.labeller.sheet.propose(np.where(np.arange(WIDTH) > 80, 255, 0)[None].repeat(HEIGHT, 0).astype(np.uint8))
    seen = [seat.keys("]").copy()] + [seat.keys("v").copy() for _ in range(len(Look) - 1)]
    for at, one in enumerate(seen):
        assert all((one != other).mean() > 0.02 for other in seen[at + 1 :])
    cut = seen[1]
    assert np.abs(cut[400, 300].astype(int) - NIGHT.bgr).max() <= 2
    assert (seat.keys("v")[100:, 200:] == seen[0][100:, 200:]).all()


def test_nothing_is_drawn_while_nothing_happens_but_who_comes_late_sees_it(seat):
    pictures = []
    for _ in range(30):
        seat.now += 0.1
        seat.desk.turn(seat.now)
        pictures.append(seat.desk.picture(seat.now))
    shown = [picture for picture in pictures if picture is not None]
    assert 2 <= len(shown) <= 3 and all(picture.image is shown[0].image for picture in shown)


def test_the_help_is_the_desks_and_escape_closes_it(seat):
    plain = seat.look().copy()
    assert (seat.keys("h") != plain).mean() > 0.3 and seat.desk.help
    seat.on(Pointer(Gesture.PRESS, 0.5, 0.5))
    assert not seat.desk.help and not seat.app.labeller.sheet.editor.points
    seat.keys("?", "esc")
    assert not seat.desk.help and not seat.desk.done


def test_the_key_of_the_help_closes_it_again(seat):
    plain = seat.look().copy()
    seat.keys("h")
    assert (seat.keys("h") == plain).all()


def test_escape_drops_the_polygon_and_ends_nothing(seat):
    seat.click(80, 60)
    seat.keys("esc", "esc")
    assert not seat.app.labeller.sheet.editor.points and not seat.desk.done
    seat.keys("q")
    assert seat.desk.done


def test_closing_the_window_ends_it(seat):
    seat.on(Closed())
    assert seat.desk.done


def test_what_is_not_on_disk_is_not_ended_at_once(seat, monkeypatch):
    from services.ui.label import drafts

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(drafts, "write_aside", full)
    seat.click(80, 60)
    seat.keys("q")
    assert not seat.desk.done and "No space left" in seat.desk.sentence(seat.now).words
    seat.keys("q")
    assert seat.desk.done


def test_the_end_is_asked_for_twice_whenever_something_is_not_on_disk(seat, folder):
    def fail():
        folder.rename(folder.with_name("gone"))
        seat.keys("b")
        seat.click(60, 60)
        assert seat.app.labeller.frames.unsaved

    fail()
    seat.keys("q")
    assert not seat.desk.done
    folder.with_name("gone").rename(folder)
    seat.click(70, 70)
    assert not seat.app.labeller.frames.unsaved
    seat.look()
    fail()
    seat.keys("q")
    assert not seat.desk.done
    seat.keys("q")
    assert seat.desk.done


def test_a_broken_frame_is_a_card_and_one_can_go_on(folder, tmp_path):
    (folder / "0.png").write_bytes(b"\x89PNG")
    seat = Seat(tmp_path)
    assert "0.png" in seat.desk.sentence(seat.now).words
    seat.on(Pointer(Gesture.PRESS, 0.5, 0.5), Wheel(0.5, 0.5, 1))
    seat.keys("d")
    assert seat.app.labeller.frames.item.k == 1
    seat.desk.close()


def test_without_sets_it_says_what_to_do_and_finds_them_when_they_come(tmp_path):
    seat = Seat(tmp_path / "images")
    assert "Bkg and Sav" in seat.desk.sentence(seat.now).words
    seat.keys(*[act.key.lower() for act in ACTS])
    write_set(tmp_path / "images", frames=1)
    for _ in range(3):
        seat.now += 2
        seat.look()
    assert seat.app.labeller.sheet is not None
    seat.desk.close()


def test_the_page_is_told_what_it_needs(seat):
    told = status(seat.desk, seat.now)
    assert told["figures"] is None and told["services"] == [] and told["buttons"] == []
    assert [fact["words"] for fact in told["facts"]][:2] == ["set 3 · 0.png", "0 of 3"]
    assert {"N", "B", "Enter"} <= {tool["key"] for tool in told["tools"]}


def test_the_page_is_told_which_tool_is_chosen(seat):
    def on():
        return {tool["word"]: tool["on"] for tool in status(seat.desk, seat.now)["tools"] if tool["on"] is not None}

    assert on() == {"Polygon": True, "Cut": False, "Brush": False, "Eraser": False, "Snap": False}
    seat.keys("e")
    assert [word for word, is_on in on().items() if is_on] == ["Eraser"]


def test_the_page_is_told_what_would_do_nothing(seat):
    def idle():
        return {tool["word"] for tool in status(seat.desk, seat.now)["tools"] if tool["idle"]}

    assert idle() == {"Undo", "Redo"}
    seat.keys("b")
    seat.click(60, 60)
    assert idle() == {"Redo"}
    seat.keys("undo")
    assert idle() == {"Undo"}


# --- in the studio --------------------------------------------------------------------------------------------------


@pytest.fixture
def studio(folder, tmp_path):
    made = Seat(tmp_path, alone=False)
    alive(made.desk, made.now)
    yield made
    made.desk.close()


def test_no_frame_of_the_camera_is_shown_and_no_palm_presses(studio):
    before = studio.look().copy()
    for seq in range(20):
        studio.now += 0.1
        studio.desk.take(frame(seq), studio.now)
        studio.desk.take(palms(seq, (80, 100)), studio.now)
        studio.desk.turn(studio.now)
        studio.desk.picture(studio.now)
    assert studio.desk.app is studio.app
    assert (studio.look()[200:, 200:] == before[200:, 200:]).all()


@pytest.mark.parametrize("before", [(), ("h",)])
def test_neither_picture_nor_film_of_the_camera_is_made_here(studio, tmp_path, before):
    studio.keys("1")
    seen = frame(1)
    studio.desk.take(seen, studio.now)
    studio.desk.take(mask_of(seen), studio.now)
    assert studio.desk.picture(studio.now + 1) is not None
    studio.keys("2")
    studio.keys(*before, "p", "r")
    assert studio.desk.record.rolling(studio.now) is None
    studio.desk.close()
    assert not (tmp_path / "kept").exists()


def test_the_row_leads_back_and_here_again(studio):
    width, height = 1067, 800
    row = tabs((("studio", "Studio"), ("label", "Label")), width, height)
    x, y = row[0].centre
    studio.on(Pointer(Gesture.PRESS, x / width, y / height))
    assert studio.desk.app.name == "studio"
    studio.now += 3
    studio.keys("2")
    assert studio.desk.app is studio.app and studio.shown.shape == (800, 1067, 3)


def test_frames_saved_meanwhile_are_there_on_return(studio, folder):
    studio.keys("1")
    (folder / "3.png").write_bytes((folder / "0.png").read_bytes())
    studio.now += 3
    studio.keys("2")
    assert studio.app.labeller.frames.work.total == 4


def test_another_app_lets_the_set_go_and_the_way_back_takes_it(studio, folder):
    with pytest.raises(SetHeldError):
        SetLock().hold(folder)
    place = studio.at(60, 60)
    studio.keys("b")
    studio.on(Pointer(Gesture.PRESS, *place), Key("1"))
    assert (folder / ".0_draft.json").exists(), "a stroke under way is kept"
    other = SetLock()
    other.hold(folder)
    studio.keys("2")
    assert "is being labelled by" in studio.desk.sentence(studio.now).words
    other.release()
    for _ in range(3):
        studio.now += 2
        studio.look()
    assert studio.app.labeller.sheet.editor.mask[60, 60] == 255


def test_the_other_apps_start_no_process(tmp_path):
    opened = []
    made = desk(app="studio", all_apps=[Studio(), Label(lambda: opened.append(1))])
    for turn in range(5):
        made.turn(turn)
        made.picture(turn)
    made.close()
    assert opened == []


def test_drawing_a_picture_is_quick_enough_to_draw_in(seat):
    """Not a bar, but a factor of ten beyond what it takes would be felt."""
    seat.keys("b")
    seat.on(Pointer(Gesture.PRESS, *seat.at(60, 60)))
    began = time.process_time()
    for step in range(10):
        seat.on(Pointer(Gesture.MOVE, *seat.at(60 + step, 60)))
        seat.now += 0.1
        seat.desk.picture(seat.now)
    assert (time.process_time() - began) / 10 < 0.4
