"""The live system on a set of real pictures: its published masks against the masks drawn by hand."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.messages import Frame, Mask
from common.sets import read_image
from tests.system.conftest import Figure
from tests.system.running import system
from tests.system.scores import iou, pairs

pytestmark = pytest.mark.system


def test_masks_of_a_set_are_as_drawn_by_hand(tmp_path: Path, data: Path, figure: Figure) -> None:
    folder = data / "seed_sets" / "set4"
    with (
        system(tmp_path, "--source", str(folder), "--plate", str(folder), "--front", "web") as up,
        up.listen(Frame, Mask) as bus,
    ):
        scores: dict[str, float] = {}
        labelled = {path.name.replace("_mask", "") for path in folder.glob("*_mask.png")}
        for frame, mask in pairs(bus, 30):
            name = Path(frame.source).name
            if name in labelled and mask.plate_id:
                truth = read_image(folder / name.replace(".png", "_mask.png"))[..., 0]
                height, width = mask.alpha.shape
                scores[name] = iou(mask.alpha, cv2.resize(truth, (width, height), interpolation=cv2.INTER_NEAREST))
            if scores.keys() == labelled:
                break
    worst = min(scores, key=scores.__getitem__)
    figure(f"set4 live: IoU {np.mean(list(scores.values())):.3f} over {len(scores)} pictures, worst {scores[worst]:.3f}")
    assert scores.keys() == labelled
    assert np.mean(list(scores.values())) >= 0.90
