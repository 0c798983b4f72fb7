"""What can be told from latents and from the denoiser's outputs, before there is a picture; how
far a stack moves one step as a whole is `lab.one_step`.

Arrays of any shape; everything is computed in float64, but give it float32: differences of outputs
in bfloat16 are mostly rounding (non-additivity at a tenth of the strength: 0.134 for 0.049).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LatentStatistics:
    """Of one picture's latents (channels, height, width). `means`, `deviations`: by channel.
    `rms`: about 1 for a base that is well. `kurtosis`: the mean over channels of m₄ / m₂², 3 for
    normal numbers: it rises as a few values run away, the earliest sign of burnt pictures."""

    rms: float
    kurtosis: float
    means: tuple[float, ...]
    deviations: tuple[float, ...]


def latent_statistics(latents: np.ndarray) -> LatentStatistics | None:
    """None where not all of them are finite: there is no picture then. A channel of one value has
    the kurtosis of normal numbers."""
    if not np.isfinite(latents).all():
        return None
    wide = latents.reshape(len(latents), -1).astype(np.float64)
    means = wide.mean(1)
    squares = (wide - means[:, None]) ** 2
    variances = squares.mean(1)
    is_flat = variances == 0
    fourth = (squares**2).mean(1)
    kurtosis = np.where(is_flat, 3.0, fourth / np.where(is_flat, 1.0, variances) ** 2)
    return LatentStatistics(
        float(np.sqrt(np.square(wide).mean())),
        float(kurtosis.mean()),
        tuple(means.tolist()),
        tuple(np.sqrt(variances).tolist()),
    )


def non_additivity(
    output: np.ndarray, base: np.ndarray, alone: Sequence[np.ndarray]
) -> float | None:
    """η = ‖(ε_S − ε₀) − Σ(εᵢ − ε₀)‖ / ‖Σ(εᵢ − ε₀)‖: what adapters do together beyond what each
    does alone, at the same strengths. 0 for one adapter, and for several that do not meet. alone:
    the outputs with each adapter by itself. None where the changes of all of them sum to nothing.
    """
    its = _flat(base)
    together = _flat(output) - its
    parts = np.sum([_flat(one) - its for one in alone], axis=0) if alone else np.zeros_like(its)
    norm = float(np.linalg.norm(parts))
    return float(np.linalg.norm(together - parts)) / norm if norm else None


def _flat(array: np.ndarray) -> np.ndarray:
    return np.ravel(array).astype(np.float64)
