"""Pixels of the pieces: words that can be read over anything, shapes beside colours, sizes that follow the picture."""

import cv2
import numpy as np
import pytest

from services.ui.draw import buttons, cards, overlay, panels
from services.ui.draw.buttons import Button, ButtonLook, Role
from services.ui.draw.canvas import Canvas, Weight, balance, font, text_width, wrap
from services.ui.draw.palms import FADE_S, Trail
from services.ui.draw.theme import Level

SIZES = [(480, 640), (720, 1280), (1080, 1920), (640, 480)]
ACT = Button("act", "Act", 0.5, 0.5, Role.WRITES, "A", "")
END = Button("end", "End", 0.5, 0.5, Role.ENDS, "E", "")


def sheet(value, size=(480, 640)):
    canvas = Canvas()
    canvas.begin(np.full((*size, 3), value, np.uint8))
    return canvas


def luminance(bgr):
    """Relative luminance of WCAG 2.1, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    part = np.asarray(bgr, float)[::-1] / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("wall", [0, 90, 170, 255])
@pytest.mark.parametrize("button", [ACT, END])
def test_a_button_keeps_its_words_contrast_over_any_wall(wall, button):
    canvas = sheet(wall)
    buttons.draw_face(canvas, button, ButtonLook())
    face = canvas.finish()[240, 320]
    assert contrast(face, (255, 255, 255)) >= 4.5


@pytest.mark.parametrize("wall", [0, 255])
def test_a_counting_button_is_green_and_keeps_its_contrast(wall):
    canvas = sheet(wall)
    buttons.draw_face(canvas, ACT, ButtonLook(counting=0.5))
    face = canvas.finish()[240, 320].astype(int)
    assert face[1] > face[0] + 30 and face[1] > face[2] + 30
    assert contrast(face, (24, 18, 16)) >= 4.5


def test_a_button_shows_the_wall_through():
    faces = []
    for wall in (0, 255):
        canvas = sheet(wall)
        buttons.draw_face(canvas, ACT, ButtonLook())
        faces.append(canvas.finish()[240, 320].astype(int))
    assert np.abs(faces[0] - faces[1]).min() >= 40


@pytest.mark.parametrize("wall", [0, 255])
def test_panels_keep_the_contrast(wall):
    canvas = sheet(wall)
    panels.draw_strip(canvas, [panels.Fact("30 fps", Level.GOOD)])
    assert contrast(canvas.finish()[16, 24], (255, 255, 255)) >= 4.5


def test_levels_differ_in_shape_and_not_in_colour_alone():
    shapes = []
    for level in (Level.GOOD, Level.WARN, Level.BAD):
        canvas = sheet(0, (40, 40))
        panels.draw_mark(canvas, 20, 20, 12, level)
        shapes.append(canvas.finish().max(axis=2) > 60)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.mean(shapes[one] ^ shapes[other]) > 0.03


@pytest.mark.parametrize("size", SIZES)
def test_a_button_sits_where_it_belongs(size):
    height, width = size
    at = Button("b", "", 0.85, 0.15, Role.WRITES, "B", "")
    canvas = sheet(255, size)
    buttons.draw_face(canvas, at, ButtonLook())
    changed = np.argwhere((canvas.finish() < 250).any(axis=2))
    assert np.allclose(changed.mean(axis=0), (0.15 * height, 0.85 * width), atol=1)
    assert np.ptp(changed[:, 1]) / 2 == pytest.approx(0.06 * width, abs=2)


@pytest.mark.parametrize("part", [0.25, 0.5, 0.75])
def test_the_ring_fills_clockwise_from_twelve(part):
    canvas = sheet(0)
    buttons.draw_word(canvas, Button("b", "", 0.5, 0.5, Role.WRITES, "B", ""), ButtonLook(dwell=part))
    picture, radius = canvas.finish(), 1.2 * 0.06 * 640
    turns = np.arange(0.02, 1, 0.04)
    x = (320 + radius * np.sin(2 * np.pi * turns)).astype(int)
    y = (240 - radius * np.cos(2 * np.pi * turns)).astype(int)
    lit = picture[y, x].max(axis=1) > 128
    away = np.minimum.reduce([np.abs(turns - part), turns, 1 - turns])
    assert (lit == (turns < part))[away > 0.06].all()


@pytest.mark.parametrize("wall", [0, 128, 255])
def test_how_full_the_ring_is_can_be_seen_over_any_wall(wall):
    canvas = sheet(wall)
    buttons.draw_word(canvas, Button("b", "", 0.5, 0.5, Role.WRITES, "B", ""), ButtonLook(dwell=0.5))
    picture, radius = canvas.finish(), round(1.2 * 0.06 * 640)
    assert contrast(picture[240, 320 + radius], picture[240, 320 - radius]) >= 3


@pytest.mark.parametrize("size", SIZES)
def test_long_sentences_stay_inside(size):
    canvas = sheet(0, size)
    words = "The disk is full and nothing was saved; free some space, then press Sav again. " * 3
    panels.draw_sentence(canvas, panels.Sentence(words, Level.BAD), size[0] - 16)
    lit = np.argwhere(canvas.finish().max(axis=2) > 100)
    assert lit[:, 1].min() > 10 and lit[:, 1].max() < size[1] - 10


@pytest.mark.parametrize("height, width", [(480, 640), (720, 1280), (1080, 1920)])
def test_words_grow_with_the_pictures_height(height, width):
    canvas = sheet(255, (height, width))
    panels.draw_strip(canvas, [panels.Fact("30 fps")])
    pill = panels.draw_sentence(canvas, panels.Sentence("Press Bkg"), height - 16)
    assert pill.height == pytest.approx(40 * height / 480)
    ink = np.argwhere((canvas.finish()[: height // 4] < 250).any(axis=2))
    assert np.ptp(ink[:, 0]) == pytest.approx(28 * height / 480, abs=2)


def test_lines_are_balanced():
    words = "The mask service has stopped and is being started again at once now"
    wrapped = wrap(words, 16, Weight.SEMIBOLD, 400)
    balanced = balance(words, 16, Weight.SEMIBOLD, 400)
    widths = [text_width(line, 16, Weight.SEMIBOLD) for line in balanced]
    assert len(balanced) == len(wrapped)
    assert max(widths) - min(widths) < 0.25 * max(widths)
    assert " ".join(balanced) == words


def test_a_word_wider_than_the_line_is_cut():
    (line,) = wrap("x" * 400, 16, Weight.MEDIUM, 200)
    assert line.endswith("…") and text_width(line, 16, Weight.MEDIUM) <= 200


def test_a_path_wider_than_the_line_is_broken_at_its_slashes():
    words = "Kept /home/somebody/pictures/of/grandmother/snapshots/1.png, and more"
    for lines in (wrap(words, 16, Weight.SEMIBOLD, 220), balance(words, 16, Weight.SEMIBOLD, 220)):
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")
        assert max(text_width(line, 16, Weight.SEMIBOLD) for line in lines) <= 220


@pytest.mark.parametrize("weight", list(Weight))
def test_umlauts_and_other_scripts_have_glyphs(weight):
    letters = "äöüßÅéłñЖλ·…“\u00d7\u2013"
    assert 0 not in [font(16, weight).unicharToGlyph(ord(letter)) for letter in letters]


def test_figures_keep_their_width():
    assert len({text_width(figure, 13, Weight.MEDIUM) for figure in "0123456789"}) == 1


def test_the_canvas_copies_and_never_writes_the_frame():
    image = np.full((48, 64, 3), 7, np.uint8)
    image.flags.writeable = False
    canvas = Canvas()
    canvas.begin(image)
    canvas.disc(32, 24, 10, panels.LEVEL_COLOUR[Level.GOOD])
    assert (image == 7).all() and canvas.finish()[24, 32].tolist() == [129, 194, 38]


def disc_mask():
    alpha = np.zeros((480, 640), np.uint8)
    cv2.circle(alpha, (320, 240), 100, 255, -1)
    return alpha


def test_the_contour_is_two_pixels_wide_and_lies_on_the_border():
    image = np.full((480, 640, 3), 255, np.uint8)
    row = overlay.lay(image, disc_mask(), overlay.Overlay.CONTOUR)[240].astype(int)
    redness_lost = 255 - row[:, 2]
    line = redness_lost[400:440] - np.where(np.arange(400, 440) <= 420, redness_lost[330], 0)
    assert 1.2 <= line.clip(0).sum() / 217 <= 3
    assert abs(int(np.argmax(redness_lost[400:440])) + 400 - 420) <= 1
    assert redness_lost[330] > 10 and redness_lost[470] == 0


@pytest.mark.parametrize("mode", list(overlay.Overlay))
def test_an_overlay_never_writes_into_the_frame(mode):
    image = np.full((480, 640, 3), 200, np.uint8)
    image.flags.writeable = False
    overlay.lay(image, disc_mask(), mode)
    assert (image == 200).all()


def test_the_cut_out_keeps_the_person_and_nothing_else():
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    alpha = disc_mask()
    out = overlay.cut_out(image, alpha, (1, 2, 3))
    assert (out[alpha == 0] == (1, 2, 3)).all()
    assert np.abs(out[alpha == 255].astype(int) - image[alpha == 255]).max() <= 1


def test_nobody_means_the_frame_itself():
    image = np.full((480, 640, 3), 200, np.uint8)
    assert overlay.lay(image, np.zeros((480, 640), np.uint8), overlay.Overlay.CONTOUR) is image


@pytest.mark.parametrize("left, expected", [(4.2, "5"), (5.0, "5"), (0.3, "1"), (0.0, "1")])
def test_the_countdown_counts_up_to_the_full_second(left, expected, monkeypatch):
    said = []
    canvas = sheet(0)
    monkeypatch.setattr(canvas, "text", lambda words, *_, **__: said.append(words))
    cards.draw_count(canvas, cards.Count(left, 5.0, "title", "words", dims=True))
    assert said[0] == expected


@pytest.mark.parametrize(
    "draw",
    [
        lambda canvas: cards.draw_count(canvas, cards.Count(3.0, 5.0, "title", "words", dims=True)),
        lambda canvas: cards.draw_busy(canvas, "title", "words", 0.0),
    ],
)
def test_words_over_a_dimmed_wall_can_be_read(draw):
    canvas = sheet(255)
    draw(canvas)
    assert contrast(canvas.finish()[400, 20], (255, 255, 255)) >= 4.5


def test_a_lost_palm_fades_out_and_a_kept_one_stays():
    trail = Trail()
    trail.update([(100, 100), (400, 100)], 640, now=1.0)
    trail.update([(104, 100)], 640, now=1.1)
    strengths = {round(dot.x): strength for dot, strength in trail.shown(1.2, steady_s=0.05)}
    assert strengths[104] == pytest.approx(0.8, abs=0.02) and 0 < strengths[400] < strengths[104]
    assert [round(dot.x) for dot, _ in trail.shown(1.05 + FADE_S, steady_s=0.05)] == [104]
    assert trail.shown(2.0, steady_s=0.05) == []
