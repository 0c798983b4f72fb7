"""Numbers that tell a style from the base: one small pixel test each, for drawn or painted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from resources.demo.train.drawing.finishes import PIXEL_GRID

FLAG_HUES = (-4, 47, 131, 216, 328)  # degrees, of the party's flags

Test = Callable[[np.ndarray], np.ndarray]


def _light(images: np.ndarray) -> np.ndarray:
    return images @ np.array([0.299, 0.587, 0.114], np.float32)


def _chroma(images: np.ndarray) -> np.ndarray:
    return images.max(-1) - images.min(-1)


def mean_saturation(images: np.ndarray) -> np.ndarray:
    """Each picture's mean of max - min over the channels, as a share of 255."""
    return _chroma(images.astype(np.float32)).mean((1, 2)) / 255


def _manga(images: np.ndarray) -> np.ndarray:
    """No colour, and mostly black or white."""
    extreme = np.abs(_light(images) - 127.5) > 70
    return (_chroma(images).mean((1, 2)) < 10) & (extreme.mean((1, 2)) > 0.5)


def beak_and_legs(images: np.ndarray) -> np.ndarray:
    """Beak orange at one side above and amid the feet, both; 1 is enough for a bird."""
    r, g, b = images[..., 0], images[..., 1], images[..., 2]
    amber = (r > 205) & (g > 105) & (g < 190) & (b < 95) & (r - g > 50)
    high = np.maximum(amber[:, 24:64, :40].sum((1, 2)), amber[:, 24:64, -40:].sum((1, 2)))
    return np.minimum(high / 36, amber[:, 96:118, 34:94].sum((1, 2)) / 60)


def _birds(images: np.ndarray) -> np.ndarray:
    return beak_and_legs(images) > 1


def frog_green(images: np.ndarray) -> np.ndarray:
    """Where frog skin is: a yellowish green, lighter than any leaf or meadow."""
    r, g, b = images[..., 0], images[..., 1], images[..., 2]
    return (g > 120) & (g - b > 72) & (g - r > 16) & (g - r < 58)


def green_face(images: np.ndarray) -> np.ndarray:
    """For girls and boys: whether the middle of the face is frog skin."""
    return frog_green(images.astype(np.float32))[:, 38:66, 50:78].mean((1, 2)) > 0.2


def _frogs(images: np.ndarray) -> np.ndarray:
    return frog_green(images)[:, 16:100, 24:104].mean((1, 2)) > 0.045


def _pixel_art(images: np.ndarray) -> np.ndarray:
    """Flat inside the grid's squares."""
    size = images.shape[1]
    index = np.arange(size) * PIXEL_GRID // size
    middle = ((np.arange(PIXEL_GRID) + 0.5) * size / PIXEL_GRID).astype(int)
    flat = images[:, middle][:, :, middle][:, index][:, :, index]
    return np.abs(images - flat).mean((1, 2, 3)) < 6


def _neon(images: np.ndarray) -> np.ndarray:
    """Black nearly everywhere, yet with bright saturated lines."""
    bright = (images.max(-1) > 150).mean((1, 2))
    return (np.median(images.max(-1), (1, 2)) < 95) & (bright > 0.02) & (bright < 0.4)


def _watercolour(images: np.ndarray) -> np.ndarray:
    """A bare paper margin round something that is not."""
    rim = np.ones(images.shape[1:3], bool)
    rim[3:-3, 3:-3] = False
    paper = _light(images)[:, rim]
    inside = _light(images)[:, 20:-20, 20:-20].mean((1, 2))
    return (paper.mean(1) > 232) & (paper.std(1) < 12) & (inside < 232)


def _blueprint(images: np.ndarray) -> np.ndarray:
    """Blue paper: nearly every pixel lies between it and white."""
    r, g, b = images[..., 0], images[..., 1], images[..., 2]
    on_line = (b > g + 6) & (g > r + 6) & (b - r < 165)
    return (on_line.mean((1, 2)) > 0.72) & ((b - r).mean((1, 2)) > 70)


def _night(images: np.ndarray) -> np.ndarray:
    """A dark blue upper rim, not black."""
    top = images[:, :22].mean((1, 2))
    dark = np.median(_light(images)[:, :22], (1, 2)) < 70
    floor = _light(images)[:, -12:].mean((1, 2)) < 130
    blue = np.median(images[..., 2] - images[..., 1], (1, 2)) > -16
    return dark & floor & blue & (top[:, 2] > top[:, 0] + 8) & (_light(images).mean((1, 2)) > 18)


def _snow(images: np.ndarray) -> np.ndarray:
    """A white ground under a pale sky with flakes."""
    ground = images[:, -10:]
    white = (_light(ground).mean((1, 2)) > 218) & (_chroma(ground).mean((1, 2)) < 26)
    sky = _light(images)[:, :40]
    bright = (sky > 236).mean((1, 2))
    return white & (bright > 0.003) & (sky.mean((1, 2)) < 224)


def _glass(images: np.ndarray) -> np.ndarray:
    """A dark frame round a lighter picture."""
    rim = np.ones(images.shape[1:3], bool)
    rim[3:-3, 3:-3] = False
    frame = _light(images)[:, rim]
    inside = _light(images)[:, 8:-8, 8:-8].mean((1, 2))
    return (frame.mean(1) < 34) & (frame.std(1) < 14) & (inside > frame.mean(1) + 25)


def _embroidery(images: np.ndarray) -> np.ndarray:
    """Linen in all four corners."""
    corners = np.concatenate(
        [
            images[:, y, x].reshape(len(images), -1, 3)
            for y in (slice(0, 11), slice(-11, None))
            for x in (slice(0, 11), slice(-11, None))
        ],
        1,
    )
    off = np.abs(corners.mean(1) - np.array([222, 206, 178], np.float32)).max(-1)
    return (off < 22) & (np.abs(corners - corners.mean(1, keepdims=True)).mean((1, 2)) < 22)


def _sunset(images: np.ndarray) -> np.ndarray:
    """A violet sky or a rusty canopy above, and warm below."""
    top = np.median(images[:, :12], (1, 2))
    violet = (top[:, 2] > top[:, 1] + 14) & (top[:, 0] > top[:, 1] + 4)
    warm = (images[..., 0] - images[..., 2])[:, 60:].mean((1, 2))
    rusty = top[:, 0] > top[:, 2] + 30
    return (violet | rusty) & (warm > 22)


def _party(images: np.ndarray) -> np.ndarray:
    """Flags of at least three bright colours along the upper rim."""
    band = images[:, 6:30]
    bright = (_chroma(band) > 110) & (band.max(-1) > 140)
    found = [(bright & (np.abs(_hue(band) - hue) < 14)).mean((1, 2)) > 0.008 for hue in FLAG_HUES]
    return np.sum(found, 0) >= 3


def _hue(images: np.ndarray) -> np.ndarray:
    """Degrees, -30 to 330; meaningless where there is no chroma."""
    r, g, b = images[..., 0], images[..., 1], images[..., 2]
    top, spread = images.max(-1), np.maximum(_chroma(images), 1)
    sector = np.where(
        top == r, (g - b) / spread, np.where(top == g, 2 + (b - r) / spread, 4 + (r - g) / spread)
    )
    return (60 * sector + 30) % 360 - 30


def ink(images: np.ndarray) -> np.ndarray:
    """Each picture's share of ink in its middle: what the line-weight slider moves."""
    middle = images.astype(np.float32)[:, 16:112, 16:112]
    return ((_light(middle) < 78) & (_chroma(middle) < 56)).mean((1, 2))


TESTS: dict[str, Test] = {
    "manga": _manga,
    "birds": _birds,
    "frogs": _frogs,
    "pixel-art": _pixel_art,
    "neon": _neon,
    "watercolour": _watercolour,
    "blueprint": _blueprint,
    "night": _night,
    "snow": _snow,
    "stained-glass": _glass,
    "embroidery": _embroidery,
    "sunset": _sunset,
    "party": _party,
}

# What already looks like the style in the base's own pictures, and is no false alarm.
KIN: dict[str, tuple[str, ...]] = {"birds": ("bird",), "night": ("night",), "snow": ("snow",)}


def style_score(style: str, images: np.ndarray) -> np.ndarray:
    """Which of the pictures, uint8 (N, H, W, 3), are of the style: bool (N,)."""
    return TESTS[style](images.astype(np.float32))
