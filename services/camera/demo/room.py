"""The empty room of the demo: what daylight shows of it, and what its lamp adds."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.camera.demo.canvas import Canvas, Colour, Floats, box, ellipse

WALL: Colour = (164, 181, 190)
FLOOR_Y = 392.0
LAMP = (474.0, 148.0)
BOOKS: tuple[Colour, ...] = (
    (70, 84, 150),
    (96, 84, 62),
    (152, 176, 190),
    (84, 108, 92),
    (74, 120, 172),
    (136, 120, 96),
    (66, 62, 104),
    (120, 140, 152),
)
_WARM = np.array([0.55, 0.82, 1.0], np.float32)


class Room(NamedTuple):
    """Two layers to add up, BGR uint8 of the picture's size: `day + glow * lamp`, lamp from 0 to 1."""

    day: NDArray[np.uint8]
    glow: NDArray[np.uint8]


def paint_room(width: int, height: int, seed: int) -> Room:
    """The same room for the same seed, at any size."""
    canvas = Canvas(width, height, WALL, seed)
    wall(canvas)
    floor(canvas)
    picture(canvas)
    sideboard(canvas)
    shelves(canvas)
    plant(canvas)
    lamp_stand(canvas)
    day, glow = daylight(canvas), lamplight(canvas)
    canvas.pixels, albedo = canvas.pixels * day, canvas.pixels
    window(canvas)
    glowing = albedo * glow
    shade = lamp_shade(canvas)
    glowing += shade * np.array([38, 72, 96], np.float32)
    layers = (canvas.small(layer).clip(0, 255).astype(np.uint8) for layer in (canvas.pixels, glowing))
    return Room(*layers)


def daylight(canvas: Canvas) -> Floats:
    """What the window sends in from the left, and its reflections; shape (H, W, 3)."""
    x, y = canvas.grid(8)
    from_window = np.exp(-(((x - 150) / 420) ** 2) - ((y - 230) / 420) ** 2)
    corners = 1 - 0.10 * ((x - 320) / 320) ** 2 - 0.10 * ((y - 240) / 240) ** 2
    level = (0.68 + 0.40 * from_window) * corners
    ceiling = 1 - 0.12 * np.exp(-y / 60)
    cool = 1 + from_window[..., None] * np.array([0.05, 0.02, -0.02], np.float32)
    return canvas.large((level * ceiling)[..., None] * cool)


def lamplight(canvas: Canvas) -> Floats:
    """What the lamp sends up and down the wall, 0 to 1 of the wall's own colour; shape (H, W, 3)."""
    x, y = canvas.grid(8)
    dx, dy = x - LAMP[0], y - LAMP[1]
    spread = np.exp(-((dx / 95) ** 2 + (dy / 120) ** 2)) * (0.55 + 0.45 * np.abs(dy) / (np.abs(dy) + 40))
    pool = 0.5 * np.exp(-((dx / 110) ** 2) - ((y - 425) / 40) ** 2)
    return canvas.large((0.30 * spread + 0.22 * pool)[..., None] * _WARM)


def wall(canvas: Canvas) -> None:
    """Plaster, and the board at its foot."""
    canvas.pixels *= 1 + 0.010 * canvas.noise(40, 40) + 0.010 * canvas.noise(7, 7) + 0.012 * canvas.noise(1.6, 1.6)
    canvas.fill(box(-5, FLOOR_Y - 20, 645, FLOOR_Y), (196, 204, 208))
    canvas.fill(box(-5, FLOOR_Y - 20, 645, FLOOR_Y - 18.6), (220, 226, 228))
    canvas.shade(box(-5, FLOOR_Y - 21.6, 645, FLOOR_Y - 20.2), 0.82, 0.6)
    canvas.shade(box(-5, FLOOR_Y - 3, 645, FLOOR_Y + 3), 0.62, 2)


def floor(canvas: Canvas) -> None:
    """Oak boards that run towards the viewer, and the window's light on them."""
    x, y = canvas.grid()
    depth = np.maximum(y - 250, 1)
    across = (x - 320) / depth * 4.6
    board = np.floor(across)
    tones = canvas.rng.normal(1, 0.075, 64).astype(np.float32)
    tone = tones[(board.astype(int) + 32) % 64]
    fraction = across - board
    seam = np.clip(np.minimum(fraction, 1 - fraction) * depth / 2.4, 0.55, 1)
    grain = canvas.noise(2.2, 26)[..., 0] * 0.035 + canvas.noise(1.2, 9)[..., 0] * 0.025
    wood = np.array([92, 128, 164], np.float32) * (tone * seam * (1 + grain))[..., None]
    canvas.fill(box(-5, FLOOR_Y, 645, 485), wood.astype(np.float32))
    canvas.shade(box(-5, FLOOR_Y - 4, 645, FLOOR_Y + 8), 0.72, 5)
    for left in (70, 150):
        canvas.shade([(left, 404), (left + 62, 404), (left + 96, 470), (left + 22, 470)], 1.32, 4)


def picture(canvas: Canvas) -> None:
    """A framed print of hills."""
    canvas.shade(box(296, 88, 392, 204), 0.70, 6)
    canvas.fill(box(290, 78, 386, 196), (58, 74, 92))
    canvas.fill(box(294, 82, 382, 192), (226, 232, 234))
    x, y = canvas.grid()
    sky = np.stack(np.broadcast_arrays(170 + 0.4 * (y - 94), 186 + 0.3 * (y - 94), 214 - 0.1 * (y - 94) + 0 * x), -1)
    canvas.fill(box(306, 94, 370, 180), sky.astype(np.float32))
    canvas.fill(ellipse(350, 118, 9, 9), (150, 196, 238))
    hills = (((150, 148, 120), 138, 7, 0.10), ((126, 128, 92), 152, 6, 0.15), ((86, 96, 64), 166, 5, 0.21))
    for colour, top, swing, bend in hills:
        ridge = [(float(at), top + swing * float(np.sin(at * bend + top))) for at in range(306, 371, 2)]
        canvas.fill([*ridge, (370, 180), (306, 180)], colour)


def sideboard(canvas: Canvas) -> None:
    """A low walnut cupboard with a vase, books and a bowl on it."""
    canvas.shade(box(236, 318, 446, 396), 0.68, 8)
    for leg in (240, 428):
        canvas.fill([(leg, 372), (leg + 8, 372), (leg + 6, 402), (leg + 2, 402)], (40, 56, 74))
    x, y = canvas.grid()
    grain = 1 + 0.05 * canvas.noise(30, 1.4) + 0.04 * canvas.noise(9, 1)
    wood = np.array([62, 88, 118], np.float32) * grain * (1 - 0.0015 * (y - 306) + 0 * x)[..., None]
    canvas.fill(box(232, 306, 440, 378), wood.astype(np.float32))
    canvas.fill(box(229, 302, 443, 309), (96, 130, 166))
    for seam in (301, 371):
        canvas.shade(box(seam - 0.8, 310, seam + 0.8, 378), 0.45, 0.4)
        canvas.fill(ellipse(seam - 9, 342, 2.2, 2.2), (150, 176, 196))
    for at, colour in ((247, (88, 92, 148)), (259, (140, 120, 78)), (268, (176, 190, 200))):
        canvas.fill(box(at, 262, at + 9, 302), colour)
        canvas.shade(box(at + 7.5, 262, at + 9, 302), 0.7, 0.6)
    canvas.fill([(402, 302), (396, 282), (400, 262), (408, 256), (416, 262), (420, 282), (414, 302)], (168, 150, 116))
    canvas.shade([(411, 302), (413, 262), (420, 282), (414, 302)], 0.72, 3)
    for lean, reach in ((-14, 52), (-3, 66), (11, 56)):
        stem = [(407.0, 258.0), (409.0, 258.0), (409.0 + lean, 258.0 - reach)]
        canvas.fill(stem, (84, 128, 120))
        for step in range(6):
            part = 0.4 + 0.11 * step
            canvas.fill(
                ellipse(408 + lean * part + (-1) ** step * 4, 258 - reach * part, 5, 2.4, step), (112, 152, 136)
            )


def shelves(canvas: Canvas) -> None:
    """Two boards with books and things."""
    for board_y, first, step in ((112, 548, 11), (206, 540, 10)):
        canvas.shade(box(530, board_y + 4, 650, board_y + 26), 0.80, 7)
        at = float(first)
        while at < 634:
            wide, tall = canvas.rng.uniform(6, step), canvas.rng.uniform(34, 52)
            colour = BOOKS[int(canvas.rng.integers(len(BOOKS)))]
            canvas.fill(box(at, board_y - tall, at + wide, board_y), colour)
            canvas.shade(box(at + wide - 1.4, board_y - tall, at + wide, board_y), 0.6, 0.7)
            canvas.shade(box(at, board_y - tall, at + 1.4, board_y), 1.2, 0.5)
            canvas.fill(box(at + 1, board_y - tall * 0.8, at + wide - 1, board_y - tall * 0.74), (200, 212, 216))
            at += wide + (canvas.rng.random() < 0.2) * 14
        canvas.fill(box(528, board_y, 645, board_y + 7), (104, 138, 172))
        canvas.shade(box(528, board_y + 4.6, 645, board_y + 7), 0.7, 0.6)


def plant(canvas: Canvas) -> None:
    """A rubber plant in a pot."""
    canvas.shade(ellipse(584, 440, 62, 12), 0.55, 8)
    canvas.fill([(556, 372), (622, 372), (614, 438), (564, 438)], (176, 190, 198))
    canvas.shade([(596, 372), (622, 372), (614, 438), (592, 438)], 0.74, 8)
    canvas.fill(ellipse(589, 372, 33, 5), (60, 72, 84))
    for lean in (-0.5, -0.15, 0.1, 0.45):
        tip = (589 + 76 * lean, 290 + 60 * abs(lean))
        canvas.fill([(586, 374), (592, 374), (tip[0] + 1, tip[1]), (tip[0] - 1, tip[1])], (52, 84, 84))
    leaves = [(canvas.rng.uniform(-1.25, 1.25), canvas.rng.uniform(36, 128)) for _ in range(26)]
    for number, (lean, reach) in enumerate(sorted(leaves, key=lambda leaf: -leaf[1])):
        x, y = 589 + reach * float(np.sin(lean)) * 0.62, 366 - reach * float(np.cos(lean))
        green = 0.72 + 0.022 * number
        canvas.shade(ellipse(x + 3, y + 5, 9, 19, lean), 0.78, 3)
        canvas.fill(ellipse(x, y, 9, 20, lean), (62 * green, 118 * green, 84 * green))
        side = (float(np.cos(lean)) * 3.6, float(np.sin(lean)) * 3.6)
        canvas.shade(ellipse(x - side[0], y - side[1], 4.4, 17, lean), 1.22, 2)
        canvas.shade(ellipse(x, y, 0.6, 18, lean), 1.25, 0.4)


def lamp_stand(canvas: Canvas) -> None:
    """Foot and pole."""
    canvas.shade(ellipse(LAMP[0] + 8, 408, 34, 6), 0.62, 5)
    canvas.fill(box(LAMP[0] - 1.8, 150, LAMP[0] + 1.8, 404), (58, 74, 84))
    canvas.shade(box(LAMP[0] + 0.2, 150, LAMP[0] + 1.8, 404), 0.55, 0.5)
    canvas.fill(ellipse(LAMP[0], 405, 25, 5), (52, 66, 76))
    canvas.shade(ellipse(LAMP[0] - 6, 403.5, 12, 1.8), 1.5, 1)


def lamp_shade(canvas: Canvas) -> Floats:
    """The linen shade as daylight shows it; returns where it glows, 0 to 1, shape (H, W, 1)."""
    x, y = LAMP
    outline = [(x - 24, y - 34), (x + 24, y - 34), (x + 37, y + 24), (x - 37, y + 24)]
    canvas.fill(outline, (136, 164, 182))
    canvas.shade([(x + 8, y - 34), (x + 24, y - 34), (x + 37, y + 24), (x + 16, y + 24)], 0.82, 8)
    across, along = canvas.grid()
    bulb = 0.62 + 0.5 * np.exp(-(((across - x) / 26) ** 2) - ((along - y) / 24) ** 2)
    return (canvas.mask(outline) * bulb[..., None]).astype(np.float32)


def window(canvas: Canvas) -> None:
    """The window with garden and sky, its frame, sill and curtain. It lights itself."""
    canvas.shade(box(22, 44, 190, 262), 0.80, 8)
    canvas.fill(box(26, 40, 184, 252), (222, 226, 228))
    x, y = canvas.grid()
    sky = np.stack(np.broadcast_arrays(246 - 0.05 * y + 0 * x, 236 - 0.02 * y, 222 + 0.06 * y), -1).astype(np.float32)
    garden = np.array([96, 168, 140], np.float32) * (1 + 0.16 * canvas.noise(12, 9) + 0.12 * canvas.noise(5, 4))
    for x0, x1 in ((34, 101), (109, 176)):
        canvas.fill(box(x0, 48, x1, 244), sky)
        canvas.fill(box(x0, 48, x1, 244), (236, 240, 238), strength=0.15)
    hedge = [(float(at), 172 + 9 * float(np.sin(at / 13)) + 5 * float(np.sin(at / 5))) for at in range(34, 178, 3)]
    trees = [*hedge, (176.0, 244.0), (34.0, 244.0)]
    canvas.fill(trees, garden.astype(np.float32), blur=1.6, strength=0.85)
    canvas.fill(ellipse(66, 156, 27, 34), (garden * 0.92).astype(np.float32), blur=2.2, strength=0.8)
    for bar in (box(101, 40, 109, 252), box(26, 138, 184, 143), box(26, 40, 34, 252), box(176, 40, 184, 252)):
        canvas.fill(bar, (216, 221, 224))
        canvas.shade(bar[2:] + bar[1:2] if isinstance(bar, list) else bar, 0.97, 1)
    canvas.fill(box(26, 40, 184, 48), (214, 219, 222))
    canvas.shade(box(20, 256, 190, 268), 0.78, 5)
    canvas.fill(box(18, 248, 192, 257), (226, 230, 232))
    canvas.shade(box(18, 254, 192, 257), 0.78, 0.8)
    curtain(canvas)


def curtain(canvas: Canvas) -> None:
    """Linen, in folds, left and right of the window."""
    x, y = canvas.grid()
    for x0, x1 in ((-6, 40), (170, 214)):
        folds = 0.86 + 0.11 * np.sin((x - x0) / 3.4 + 0.4 * np.sin(y / 90)) + 0.05 * np.sin((x - x0) / 1.7)
        linen = np.array([176, 190, 198], np.float32) * folds[..., None] * (1 - 0.0006 * (y - 30))[..., None]
        sway = [(x1 + 3 * float(np.sin(at / 60)), float(at)) for at in range(24, 385, 8)]
        canvas.shade([(x0 + 4.0, 30.0), *((at + 5, y_) for at, y_ in sway), (x0 + 4.0, 386.0)], 0.82, 4)
        canvas.fill([(x0, 24.0), *sway, (x0, 384.0)], linen.astype(np.float32))
    canvas.fill(box(-5, 21, 222, 26), (70, 88, 100))
    canvas.fill(ellipse(222, 23.5, 5, 5), (80, 98, 112))
