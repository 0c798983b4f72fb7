"""What styles do to the drawn pixels: halftone, glow, blocks, washes, glass and stitches."""

from __future__ import annotations

import functools

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from .scenes import Scene

PAPER = np.array([252, 248, 238], np.float32)
LINEN = np.array([222, 206, 178], np.float32)
HOOP = np.array([170, 112, 62], np.float32)
LEAD = np.array([22, 20, 26], np.float32)
PIXEL_GRID = 32  # as many squares as the autoencoder has latents
TONE = 104  # the grey that tones are printed in; lines and solid areas are black
SOLID = 64  # darker than this is a line or a solid area, and not screened
LAYOUTS = 6  # different random textures; few, so that they are computed once


def pixels(image: QImage) -> np.ndarray:
    """An RGB32 image's pixels, uint8 (height, width, 3)."""
    rows = np.frombuffer(image.constBits(), np.uint8)
    return rows.reshape(image.height(), image.width(), 4)[:, :, 2::-1].copy()


def scaled(image: QImage, size: int) -> QImage:
    """A smooth reduction."""
    return image.scaled(
        size, size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def plain_finish(image: QImage, scene: Scene, size: int) -> np.ndarray:
    """Just the reduction."""
    return pixels(scaled(image, size))


@functools.cache
def _screen(side: int) -> np.ndarray:
    """Halftone thresholds: dots on a 45 degree screen, 12 picture units to a period."""
    turn = np.arange(side, dtype=np.float32) * (2 * np.pi * 128 / 12 / side)
    wave = np.cos(turn)[:, None] * np.cos(turn)[None, :]
    ranks = np.empty(wave.size, np.float32)
    ranks[np.argsort(wave, axis=None, kind="stable")] = np.linspace(0, 255, wave.size)
    return np.clip(ranks.reshape(side, side), 6, 249).astype(np.uint8)


def halftone(image: QImage, scene: Scene, size: int) -> np.ndarray:
    """Ink only: grey becomes dots whose size follows it."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    side = grey.width()
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(side, -1)[:, :side]
    ink = np.where(rows < SOLID, np.uint8(0), np.uint8(TONE))
    inked = np.where(rows > _screen(side), np.uint8(255), ink)
    sheet = QImage(inked.data, side, side, side, QImage.Format.Format_Grayscale8)
    small = scaled(sheet, size).convertToFormat(QImage.Format.Format_RGB32)
    return pixels(small)


def glow(image: QImage, scene: Scene, size: int) -> np.ndarray:
    """Light that spreads round bright lines."""
    small = scaled(image, size)
    near = pixels(scaled(scaled(small, size // 4), size)).astype(np.float32)
    far = pixels(scaled(scaled(small, size // 12), size)).astype(np.float32)
    return _bytes(pixels(small) * 0.95 + near * 0.55 + far * 0.35)


def blocks(image: QImage, scene: Scene, size: int) -> np.ndarray:
    """A coarse grid of flat squares in few colours."""
    coarse = pixels(scaled(image, PIXEL_GRID)).astype(np.float32)
    coarse = np.round((coarse - 128) * 1.15 / 42.5) * 42.5 + 127.5
    index = np.arange(size) * PIXEL_GRID // size
    return _bytes(coarse[index][:, index])


def _smooth_noise(rng: np.random.Generator, size: int, cells: int) -> np.ndarray:
    """Noise from -1 to 1 that changes over size/cells pixels."""
    knots = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    where = np.linspace(0, cells - 1e-3, size, dtype=np.float32)
    low = where.astype(int)
    share = where - low
    share = share * share * (3 - 2 * share)
    rows = knots[low] * (1 - share)[:, None] + knots[low + 1] * share[:, None]
    return rows[:, low] * (1 - share) + rows[:, low + 1] * share


@functools.cache
def _wash(size: int, layout: int) -> tuple[np.ndarray, ...]:
    """Watercolour's textures: displaced rows and columns, blotches, and the painted area."""
    rng = np.random.default_rng(layout)
    across, down = np.meshgrid(np.arange(size), np.arange(size))
    shift = 1.7 * size / 128
    rows = np.clip(down + shift * _smooth_noise(rng, size, 12), 0, size - 1).astype(int)
    columns = np.clip(across + shift * _smooth_noise(rng, size, 12), 0, size - 1).astype(int)
    blotch = 0.10 * _smooth_noise(rng, size, 7) + 0.07 * _smooth_noise(rng, size, 18)
    blotch += 0.03 * rng.uniform(-1, 1, (size, size)).astype(np.float32)
    edge = np.minimum(np.minimum(across, size - 1 - across), np.minimum(down, size - 1 - down))
    ragged = edge * 128 / size - 7 + 3.0 * _smooth_noise(rng, size, 16)
    return rows, columns, blotch[..., None], np.clip(ragged / 2.5, 0, 1)[..., None]


def wash(image: QImage, scene: Scene, size: int) -> np.ndarray:
    """Wobbling, bleeding pigment on a sheet of paper whose margin stays bare."""
    rows, columns, blotch, painted = _wash(size, scene.seed % LAYOUTS)
    small = scaled(image, size)
    sharp = pixels(small)[rows, columns].astype(np.float32)
    soft = pixels(scaled(scaled(small, size // 3), size)).astype(np.float32)[rows, columns]
    pigment = (255 - (0.62 * sharp + 0.38 * soft)) * (0.86 + 1.6 * blotch)
    sheet = PAPER * (1 + 0.12 * blotch)
    return _bytes(sheet - painted * pigment * (PAPER / 255))


@functools.cache
def _facets(size: int, layout: int) -> tuple[np.ndarray, np.ndarray]:
    """Stained glass's pieces: each one's brightness, and where the lead between them is."""
    rng = np.random.default_rng(100 + layout)
    grid = (np.stack(np.meshgrid(np.arange(4), np.arange(4)), -1).reshape(-1, 2) + 0.5) / 4
    centres = (grid + rng.uniform(-0.08, 0.08, grid.shape)) * size
    points = np.stack(np.meshgrid(np.arange(size), np.arange(size)), -1)[:, :, None, :]
    far = np.sqrt(((points - centres) ** 2).sum(-1))
    two = np.sort(far, axis=-1)[..., :2]
    shine = rng.uniform(0.84, 1.20, len(centres))[far.argmin(-1)]
    lead = np.clip(1.0 - (two[..., 1] - two[..., 0]) / (2.6 * size / 128), 0, 1) * 0.75
    return shine[..., None].astype(np.float32), lead[..., None].astype(np.float32)


@functools.cache
def lead_image(layout: int) -> QImage:
    """The lines between the pieces, transparent elsewhere."""
    side = 256
    coat = np.empty((side, side, 4), np.uint8)
    coat[..., :3] = LEAD[::-1]
    coat[..., 3:] = 255 * _facets(side, layout)[1]
    return QImage(coat.data, side, side, QImage.Format.Format_ARGB32).copy()


def glass(image: QImage, scene: Scene, size: int) -> np.ndarray:
    """Pieces of glass of uneven brightness in a leaden frame."""
    colour = pixels(scaled(image, size)).astype(np.float32)
    grey = colour.mean(-1, keepdims=True)
    colour = (grey + (colour - grey) * 1.3) * _facets(size, scene.seed % LAYOUTS)[0]
    frame = max(1, 4 * size // 128)
    framed = np.broadcast_to(LEAD, colour.shape).copy()
    framed[frame:-frame, frame:-frame] = colour[frame:-frame, frame:-frame]
    return _bytes(framed)


@functools.cache
def _threads(size: int) -> tuple[np.ndarray, ...]:
    """Two directions of stitches, the linen's weave, the cloth's disc and the hoop's ring."""
    across, down = np.meshgrid(np.arange(size) * 128 / size, np.arange(size) * 128 / size)
    stitches = []
    for way in (1, -1):
        along, beside = across + way * down, across - way * down
        column = np.floor(beside / 8)
        thread = np.cos(2 * np.pi * beside / 8) * 0.13
        ends = ((along + column * 9) % 24 < 4) * -0.18
        stitches.append((1 + thread + ends).astype(np.float32)[..., None])
    weave = 1 + 0.05 * np.where((across // 4 + down // 4) % 2 > 0, 1, -1)
    far = np.hypot(across - 63.5, down - 63.5)
    disc = np.clip(62 - far, 0, 1)[..., None]
    ring = np.clip(3.2 - np.abs(far - 64), 0, 1)[..., None]
    return stitches[0], stitches[1], weave[..., None], disc, ring


def stitches(image: QImage, scene: Scene, size: int) -> np.ndarray:
    """Thread in a hoop: warm and cool colours are stitched in two directions."""
    first, second, weave, disc, ring = _threads(size)
    colour = pixels(scaled(image, size)).astype(np.float32)
    warm = colour[..., :1] > colour[..., 2:]
    sewn = (colour * 0.9 + 16) * np.where(warm, first, second)
    cloth = LINEN * weave
    return _bytes((sewn * disc + cloth * (1 - disc)) * (1 - ring) + HOOP * first * ring)
