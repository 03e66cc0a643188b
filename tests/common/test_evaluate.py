from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from common import evaluate as evaluating
from common.errors import UserError
from common.evaluate import evaluate, labelled


class Thresholded:
    """Stands in for the network: what differs from the plate by more than 30."""

    def set_plate(self, plate):
        self.plate = plate.astype(int)

    def alpha(self, frame):
        return (np.abs(frame - self.plate).max(2) > 30).astype(np.uint8) * 255


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


def make_set(folder, frames=2):
    """A grey plate; `frames` frames with a bright box each, the last one empty."""
    plate = np.full((48, 64, 3), 90, np.uint8)
    write(folder / "bkg.png", plate)
    for k in range(frames):
        frame, mask = plate.copy(), np.zeros((48, 64), np.uint8)
        if k < frames - 1:
            frame[10:30, 10 + k : 30 + k], mask[10:30, 10 + k : 30 + k] = 220, 255
        write(folder / f"{k}.png", frame)
        write(folder / f"{k}_mask.png", mask)


def test_sets_are_scored_frame_by_frame_in_order(tmp_path):
    for name, frames in (("set10", 3), ("set2", 2)):
        make_set(tmp_path / name, frames)
    result = evaluate(Thresholded(), labelled(tmp_path), ["none", "brightness_1.5"])
    assert list(result["none"].scenes) == ["set2", "set10"]
    assert result["none"].whole.frames == 5
    assert (result["none"].whole.iou, result["none"].whole.empty_fg) == (1, 0)
    assert result["brightness_1.5"].whole.empty_fg == 1


def test_one_set_alone_will_do(tmp_path):
    make_set(tmp_path / "set4")
    assert labelled(tmp_path / "set4").samples[0].scene == "set4"


def test_an_index_means_scenes_and_ignores_128(tmp_path):
    make_set(tmp_path / "a", 2)
    make_set(tmp_path / "b", 4)
    truth = cv2.imread(str(tmp_path / "a" / "0_mask.png"), cv2.IMREAD_GRAYSCALE)
    truth[10:30, 20:40] = 128  # half of it is found, half is not
    write(tmp_path / "a" / "0_mask.png", truth)
    rows = ["scene,frame,plate,truth", "a,a/0.png,a/bkg.png,a/0_mask.png"]
    rows += [f"b,b/{k}.png,b/bkg.png,b/3_mask.png" for k in range(3)]
    (tmp_path / "index.csv").write_text("\n".join(rows))
    what = labelled(tmp_path / "index.csv")
    whole = evaluate(Thresholded(), what, ["none"])["none"].whole
    assert what.by_scene
    assert whole.frames == 4
    assert whole.iou == 1
    assert whole.empty_fg == pytest.approx(400 / 3072)
    assert labelled(tmp_path) == what


@pytest.mark.parametrize("index", [True, False])
def test_the_strip_that_a_shift_brings_in_does_not_count(tmp_path, index):
    make_set(tmp_path / "set1")
    frame = cv2.imread(str(tmp_path / "set1" / "0.png"))
    frame[0, 0] = 220  # wrong, and repeated all over the corner
    write(tmp_path / "set1" / "0.png", frame)
    (tmp_path / "index").write_text("scene,frame,plate,truth\na,set1/0.png,set1/bkg.png,set1/0_mask.png")
    result = evaluate(Thresholded(), labelled(tmp_path / "index" if index else tmp_path), ["shift_3_2"])
    assert result["shift_3_2"].whole.iou == pytest.approx(400 / 401)


def test_sets_ignore_nothing(tmp_path):
    make_set(tmp_path / "set1")
    truth = cv2.imread(str(tmp_path / "set1" / "0_mask.png"), cv2.IMREAD_GRAYSCALE)
    truth[10:30, 30:40] = 128
    write(tmp_path / "set1" / "0_mask.png", truth)
    assert evaluate(Thresholded(), labelled(tmp_path), ["none"])["none"].whole.iou == pytest.approx(2 / 3)


def test_the_whole_of_sets_is_the_mean_of_frames_and_that_of_an_index_of_scenes(tmp_path):
    make_set(tmp_path / "set1", 2)
    make_set(tmp_path / "set2", 4)
    write(tmp_path / "set1" / "0.png", cv2.imread(str(tmp_path / "set1" / "1.png")))  # somebody whom nobody finds
    paths = [
        f"set{n}/{k}.png,set{n}/bkg.png,set{n}/{k}_mask.png" for n, frames in ((1, 2), (2, 4)) for k in range(frames)
    ]
    rows = ["scene,frame,plate,truth", *(f"{path[:4]},{path}" for path in paths)]
    (tmp_path / "of_scenes.csv").write_text("\n".join(rows))
    sets, scenes = (
        evaluate(Thresholded(), labelled(path), ["none"])["none"].whole
        for path in (tmp_path, tmp_path / "of_scenes.csv")
    )
    assert (sets.frames, sets.iou, sets.iou_min) == (6, 3 / 4, 0)
    assert (scenes.frames, scenes.iou, scenes.iou_min) == (6, 1 / 2, 0)


def test_what_is_wrong_is_named(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        labelled(tmp_path / "nowhere")
    with pytest.raises(UserError, match="holds no labelled set"):
        labelled(tmp_path)
    make_set(tmp_path / "set1")
    (tmp_path / "set1" / "1.png").unlink()
    with pytest.raises(UserError, match=r"1_mask.png has no 1.png"):
        labelled(tmp_path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", r"lists nothing\. An index is"),
        (b"scene,frame\nx,y", "has the columns scene, frame. An index is"),
        (b"scene;frame;plate;truth\na;b;c;d", "has the columns scene;frame;plate;truth. An index is"),
        (b"scene,frame,plate,truth\na,b,c,", "line 2: each row needs"),
        (b"\x89PNG\r\n\x1a\n", "is no index. An index is"),
    ],
)
def test_a_bad_index_is_named(tmp_path, data, words):
    (tmp_path / "index.csv").write_bytes(data)
    with pytest.raises(UserError, match=rf"index\.csv.*{words}"):
        labelled(tmp_path)


def test_an_index_from_a_spreadsheet_is_read(tmp_path):
    (tmp_path / "index.csv").write_text("\ufeffscene,frame,plate,truth\r\na,b.png,c.png,d.png\r\n", "utf-8")
    assert labelled(tmp_path).samples[0].frame == tmp_path / "b.png"


def test_an_unreadable_picture_and_a_truth_of_another_size_are_named(tmp_path):
    make_set(tmp_path / "set1")
    write(tmp_path / "set1" / "0_mask.png", np.zeros((10, 10), np.uint8))
    with pytest.raises(UserError, match=r"0_mask.png is not of the size of .*bkg.png: 10x10 and 64x48"):
        evaluate(Thresholded(), labelled(tmp_path), ["none"])
    write(tmp_path / "set1" / "bkg.png", np.zeros((24, 32, 3), np.uint8))
    with pytest.raises(UserError, match=r"0.png is not of the size of .*bkg.png: 64x48 and 32x24"):
        evaluate(Thresholded(), labelled(tmp_path), ["none"])
    (tmp_path / "set1" / "0.png").write_bytes(b"\x89PNG")
    with pytest.raises(UserError, match=r"0.png"):
        evaluate(Thresholded(), labelled(tmp_path), ["none"])


def test_a_mask_that_counts_to_one_is_refused(tmp_path):
    make_set(tmp_path / "set1")
    write(tmp_path / "set1" / "0_mask.png", np.eye(48, 64, dtype=np.uint8))
    with pytest.raises(UserError, match=r"0_mask\.png is no mask: its brightest value is 1"):
        evaluate(Thresholded(), labelled(tmp_path), ["none"])


class SlowAtFirst(Thresholded):
    """Takes 2 ms a frame, and a second for the first of a plate and the first that shows somebody."""

    def __init__(self):
        self.now = 0.0

    def set_plate(self, plate):
        super().set_plate(plate)
        self.ready = set()

    def alpha(self, frame):
        alpha = super().alpha(frame)
        self.now += 0.002 if bool(alpha.any()) in self.ready else 1
        self.ready.add(bool(alpha.any()))
        return alpha


def test_what_is_made_ready_once_is_not_counted_as_a_frames_time(tmp_path, monkeypatch):
    for name in ("set1", "set2"):
        make_set(tmp_path / name, 3)
    cuts, looks = SlowAtFirst(), []
    monkeypatch.setattr(evaluating, "time", SimpleNamespace(perf_counter=lambda: cuts.now))
    whole = evaluate(cuts, labelled(tmp_path), ["none", "white_balance"], lambda: looks.append(1))["none"].whole
    assert whole.ms == pytest.approx(2)
    assert len(looks) == whole.frames == 6
