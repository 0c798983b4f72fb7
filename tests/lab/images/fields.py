"""Pictures whose numbers are known beforehand."""

import numpy as np


def grey(light: np.ndarray) -> np.ndarray:
    """(h, w) numbers → a picture, rounded and clipped."""
    levels = np.clip(np.rint(light), 0, 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


def plain(*colour: int, side: int = 32) -> np.ndarray:
    """All of one colour."""
    return np.full((side, side, 3), colour, np.uint8)


def white_noise(side: int = 128, sigma: float = 40.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return grey(128 + sigma * rng.standard_normal((side, side)))


def coloured_noise(sigma: float, side: int = 128, seed: int = 0) -> np.ndarray:
    """Each channel on its own."""
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(128 + sigma * rng.standard_normal((side, side, 3))), 0, 255).astype("u1")


def one_over_f(side: int = 128, seed: int = 0, power: float = 1.0) -> np.ndarray:
    """Amplitude falls as f to minus `power`."""
    noise = np.random.default_rng(seed).standard_normal((side, side))
    return grey(_standardised(_filtered(noise, lambda f: np.where(f > 0, f, 1.0) ** -power)))


def blurred(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """By a Gaussian of σ pixels, round the edges; any three equal channels."""
    return grey(
        _filtered(pixels[..., 0].astype(float), lambda f: np.exp(-2 * (np.pi * sigma * f) ** 2))
    )


def ramp(gain: float = 1.0, side: int = 256) -> np.ndarray:
    """From black to white along a row, its contrast multiplied about the middle and clipped."""
    levels = 127.5 + gain * (np.arange(side) * 255 / (side - 1) - 127.5)
    return grey(np.tile(levels, (side // 2, 1)))


def checkerboard(side: int = 64, low: int = 0, high: int = 255) -> np.ndarray:
    odd = np.indices((side, side)).sum(0) % 2
    return grey(np.where(odd, high, low))


def pattern(height: int, width: int, shift: int = 0) -> np.ndarray:
    """Coloured, with structure of every size, by whole numbers only: the same everywhere."""
    y, x = np.indices((height, width), dtype=np.int64)
    x = x + shift
    coarse = (x * 3 + y * 2) % 200
    fine = (x * x * 7 + y * y * 13 + x * y * 5) % 41
    channels = (coarse + fine, (coarse * 2 + y) % 215 + fine, (220 - coarse) + fine // 2)
    return np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8)


def _filtered(light: np.ndarray, gain) -> np.ndarray:
    height, width = light.shape
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    return np.fft.ifft2(np.fft.fft2(light) * gain(frequency)).real


def _standardised(light: np.ndarray, sigma: float = 40.0) -> np.ndarray:
    return 128 + sigma * (light - light.mean()) / light.std()
