"""The sheet of pictures shows the worst frames first, each mistake in its colour, and nothing stretched."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import failures, quality, sheet
from common.evaluate import Sample, evaluate, labelled
from common.scores import Score

ROOM = np.full((48, 64, 3), 90, np.uint8)


class Thresholded:
    """Stands in for the network: what differs from the plate by more than 30."""

    def set_plate(self, plate: np.ndarray) -> None:
        self.plate = plate.astype(int)

    def alpha(self, frame: np.ndarray) -> np.ndarray:
        return (np.abs(frame - self.plate).max(2) > 30).astype(np.uint8) * 255


def make_set(folder: Path, shown: int, real: int = 20) -> None:
    """A room in which `shown` columns of somebody who has `real` ones can be seen, and the same room without them."""
    folder.mkdir()
    frame, mask = ROOM.copy(), np.zeros((48, 64), np.uint8)
    frame[10:30, 10 : 10 + shown], mask[10:30, 10 : 10 + real] = 220, 255
    pictures = {"bkg": ROOM, "0": frame, "0_mask": mask, "1": ROOM, "1_mask": np.zeros_like(mask)}
    for name, picture in pictures.items():
        cv2.imwrite(str(folder / f"{name}.png"), picture)


@pytest.fixture
def samples(tmp_path: Path) -> tuple[Sample, ...]:
    for name, shown in (("set1", 20), ("set2", 5), ("set3", 15)):
        make_set(tmp_path / name, shown)
    return labelled(tmp_path).samples


def test_the_worst_frames_stand_first(samples: tuple[Sample, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    row = sheet.row
    monkeypatch.setattr(sheet, "row", lambda cuts, sample: (shown.append(sheet.named(sample)), row(cuts, sample))[1])
    picture = sheet.sheet({"ours": Thresholded(), "again": Thresholded()}, samples, 3)
    assert shown == ["set2 0", "set3 0", "set1 0"]
    assert picture.shape == (sheet.MARGIN + 3 * (180 + sheet.MARGIN + sheet.GAP), 4 * (240 + 2 * sheet.GAP), 3)


def test_an_empty_frame_with_much_false_foreground_is_among_the_worst() -> None:
    def found(iou: float | None, empty_fg: float | None) -> Score:
        return Score(1, iou, iou, None, 0.0, empty_fg, None)

    ranked = [found(0.5, None), found(None, 0.2), found(0.9, None), found(None, 0.0)]
    mixed = [ranked[place] for place in (2, 0, 3, 1)]
    assert sorted(mixed, key=sheet.goodness) == ranked
    assert [sheet.told(one) for one in ranked[:2]] == ["0.500", "fg 20.000 %"]


def test_each_mistake_has_its_colour() -> None:
    truth = np.array([[255, 255, 0, 0, 128]], np.uint8)
    alpha = np.array([[255, 0, 255, 0, 255]], np.uint8)
    expected = [sheet.RIGHT, sheet.MISSED, sheet.FALSE, sheet.GROUND, sheet.UNCOUNTED]
    assert sheet.judged(alpha, truth, truth == 128).tolist() == [[list(colour) for colour in expected]]
    half = sheet.judged(np.array([[128]], np.uint8), truth[:, :1], np.zeros((1, 1), np.bool_))
    assert half[0, 0].tolist() == pytest.approx(np.add(sheet.RIGHT, sheet.MISSED) / 2, abs=1)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (100, 300), (64, 48)])
def test_a_picture_keeps_its_proportions(width: int, height: int) -> None:
    framed = sheet.cell(np.zeros((height, width), np.uint8), "")
    dark = np.argwhere(framed.max(2) == 0)
    tall, wide = dark.max(0) - dark.min(0) + 1
    assert wide / tall == pytest.approx(width / height, rel=0.02)
    assert wide == 240 or tall == 180


def test_failures_show_the_worst_of_each_scene_and_no_photograph(samples: tuple[Sample, ...]) -> None:
    pictures = failures.worst_of_each(Thresholded(), samples)
    blue = [int((picture == sheet.MISSED).all(2).sum()) for picture in pictures]
    assert len(blue) == 3
    assert blue[0] > 2 * blue[1] > blue[2] == 0
    assert not any((picture[sheet.MARGIN : -sheet.GAP] == 90).all(2).any() for picture in pictures)
    assert failures.grid(pictures).shape[1] == failures.ACROSS * (240 + 2 * sheet.GAP)


def test_the_table_has_a_row_a_scene_and_a_change_and_a_column_a_contender(samples: tuple[Sample, ...]) -> None:
    parent = samples[0].plate.parents[1]
    result = evaluate(Thresholded(), labelled(parent), ["none", "brightness_1.5"])
    rows = quality.tables("sets", {"ours": result, "RVM": result}).splitlines()
    first = [line.split("|")[1].strip() for line in rows]
    assert first[0] == "sets, mean IoU"
    assert first[2:7] == ["set1", "set2", "set3", "all", "all, brightness_1.5"]
    assert first[7:] == [
        "worst frame's IoU", "boundary F", "alpha MAE", "false foreground on empty frames", "ms a frame"
    ]  # fmt: skip
    assert [cell.strip() for cell in rows[2].split("|")[2:4]] == ["1.000", "1.000"]
