"""What may differ between plate and frame though nobody moved: light, exposure, the camera's noise, codec and mount.

Pictures are H,W,3 float32 in 0..255; all randomness comes from the generator given.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def exposure(picture: Floats, rng: Generator, wildness: float) -> Floats:
    """Global: brightness, gamma, white balance, contrast; `wildness` is the sigma of the logarithm of the gain."""
    gain = np.exp(rng.normal(0, wildness) + rng.normal(0, 0.25 * wildness, 3))
    if rng.random() < 0.6:
        picture = np.asarray(255 * cv2.pow(picture / 255, float(np.exp(rng.normal(0, 0.7 * wildness)))), np.float32)
    lifted: Floats = picture * gain.astype(np.float32) + np.float32(rng.normal(0, 20 * wildness))
    return np.clip(lifted, 0, 255)


def side_light(shape: tuple[int, ...], rng: Generator) -> Floats:
    """A factor a place, H,W,1: a lamp that falls off linearly across the picture."""
    rows, width = shape[:2]
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, rows))
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.75)
    factor = 1 + slope * (np.cos(angle) * x + np.sin(angle) * y) - rng.uniform(0, 0.15)
    return np.asarray(factor, np.float32)[..., None]


def soft_spot(shape: tuple[int, ...], rng: Generator) -> Floats:
    """A factor a place, H,W,1: a soft patch of light or the shade of something outside the picture."""
    rows, width = shape[:2]
    coarse = np.zeros((12, 16), np.float32)
    centre, axes = rng.uniform(-2, 17, 2), rng.uniform(1, 8, 2)
    cv2.ellipse(coarse, (list(centre), list(axes * 2), float(rng.uniform(0, 180))), 1.0, -1)
    soft = cv2.GaussianBlur(coarse, (0, 0), rng.uniform(0.4, 2))
    factor = 1 + rng.uniform(-0.45, 0.35) * cv2.resize(soft, (width, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(factor, np.float32)[..., None]


def lit(picture: Floats, rng: Generator) -> Floats:
    """One random change of light in the room and of the camera's answer to it."""
    if rng.random() < 0.3:
        picture = picture * side_light(picture.shape, rng)
    if rng.random() < 0.25:
        picture = picture * soft_spot(picture.shape, rng)
    return exposure(picture, rng, 0.35 if rng.random() < 0.4 else 0.1)


def bump(size: tuple[int, int], rng: Generator) -> NDArray[np.float64]:
    """2x3 matrix of a knocked camera: up to about 1.5 % of the width aside, half a degree, half a per cent."""
    width, rows = size
    turned = cv2.getRotationMatrix2D((width / 2, rows / 2), rng.normal(0, 0.2), np.exp(rng.normal(0, 0.002)))
    matrix = np.array(turned, np.float64)
    matrix[:, 2] += rng.normal(0, 0.005, 2) * width
    return matrix


def noisy(picture: Floats, rng: Generator, most: float) -> Floats:
    """Sensor noise, sigma up to `most` grey levels, sometimes in grains of two pixels."""
    sigma = most * rng.random() ** 2
    rows, width = picture.shape[:2]
    grain = 2 if rng.random() < 0.3 else 1
    noise = rng.standard_normal((rows // grain, width // grain, 3), np.float32)
    if grain > 1:
        noise = np.asarray(cv2.resize(noise, (width, rows), interpolation=cv2.INTER_LINEAR), np.float32)
    return picture + np.float32(sigma) * noise


def blurred(picture: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def filmed(picture: Floats, rng: Generator, noise: float, finer: float = 1.0) -> NDArray[np.uint8]:
    """The picture as a cheap camera hands it over: blurred or oversharp, noisy, compressed. Of a camera with fewer
    pixels the picture is `finer` times as wide, and its own is enlarged to it."""
    if finer > 1:
        few = (round(picture.shape[1] / finer), round(picture.shape[0] / finer))
        small = filmed(np.asarray(cv2.resize(picture, few, interpolation=cv2.INTER_AREA), np.float32), rng, noise)
        return np.asarray(cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.3:
        picture = blurred(picture, rng.uniform(0.4, 1.1))
    elif rng.random() < 0.15:
        picture = picture + np.float32(rng.uniform(0.2, 0.8)) * (picture - blurred(picture, 1.0))
    image = np.clip(noisy(picture, rng, noise), 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        quality = int(rng.integers(30, 95))
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return image
