"""Painters that need no network: pictures that only the request decides."""

import hashlib

import numpy as np

from loraviewer.core.outcome import AdapterError, Rendered, Timings
from loraviewer.core.picture import Picture

SIDE = 32


class NoisePainter:
    """A seeded pattern, and noise that grows with the strengths on it."""

    def __init__(self, fails_after=None):
        self.asked = []
        self.fails_after = fails_after

    def render(self, request, token, on_progress):
        if self.fails_after is not None and len(self.asked) >= self.fails_after:
            raise AdapterError("“b.safetensors” is no longer there; put it back.", subject="b")
        self.asked.append(request)
        return Rendered(request, painted(request), Timings(), fingerprint="weights", threads=1)

    def render_anew(self, request, token, on_progress):
        return self.render(request, token, on_progress)

    def render_disturbed(self, request, disturbance, token, on_progress):
        raise AssertionError("Nobody asked for it.")


def painted(request) -> Picture:
    sampling = request.sampling
    pattern = _numbers(f"{sampling.prompt}|{sampling.seed}")
    noise = _numbers(request.sha256())
    strength = 20 * sum(abs(adapter.scale) for adapter in request.adapters)
    pixels = np.clip(128 + 40 * pattern + strength * noise, 0, 255).astype(np.uint8)
    return Picture(SIDE, SIDE, pixels.tobytes())


def _numbers(text: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal((SIDE, SIDE, 3))
