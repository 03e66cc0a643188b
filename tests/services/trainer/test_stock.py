import cv2
import numpy as np

from services.trainer.stock import add_singles, cut_out


def test_sets_become_pairs_people_and_places(stock):
    assert (len(stock.pairs), len(stock.people), len(stock.places), len(stock.things)) == (6, 4, 2, 0)
    assert stock.pairs[0].plate is stock.pairs[2].plate
    assert stock.pairs[2].truth.max() == 0


def test_a_cut_out_is_cropped_soft_and_knows_that_it_is_cut_off():
    picture = np.full((100, 80, 3), 50, np.uint8)
    alpha = np.zeros((100, 80), np.uint8)
    alpha[30:, 20:60] = 255
    cutout = cut_out(picture, alpha, person=True)
    assert cutout.cut
    assert [level.shape for level in cutout.levels] == [(72, 44, 4), (36, 22, 4), (18, 11, 4)]
    assert cutout.levels[0][40, 20].tolist() == [50, 50, 50, 255]
    assert cutout.levels[0][40, 0, 3] == 0
    assert cut_out(picture, np.zeros_like(alpha), person=True) is None


def test_singles_keep_every_nth_aside(tmp_path):
    from services.trainer.stock import Stock

    for kind, stem in (("people", "a{}"), ("objects", "person_{}"), ("objects", "class01_{}"), ("backgrounds", "b{}")):
        (tmp_path / kind).mkdir(exist_ok=True)
        for n in range(4):
            picture = np.full((60, 60, 3), 40 * n, np.uint8)
            cv2.imwrite(str(tmp_path / kind / f"{stem.format(n)}.jpg"), picture)
            if kind != "backgrounds":
                cv2.imwrite(str(tmp_path / kind / f"{stem.format(n)}_mask.png"), np.full((60, 60), 255, np.uint8))
    kept, aside = Stock(), Stock()
    add_singles(kept, tmp_path, 4, aside=False)
    add_singles(aside, tmp_path, 4, aside=True)
    assert (len(kept.people), len(kept.things), len(kept.places)) == (6, 3, 3)
    assert (len(aside.people), len(aside.things), len(aside.places)) == (2, 1, 1)
