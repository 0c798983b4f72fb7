"""How different pictures are from each other, by features that the caller chooses.

Features are arrays (n, …), one row per picture: pixels, latents of the base's autoencoder, or what
its middle block makes of them. Take them with the base's own weights: a stacked network would be
asked to judge itself. All is in cosines, so that a feature's size counts for nothing.
"""

import numpy as np


def pixel_features(pictures: np.ndarray) -> np.ndarray:
    """(n, height, width, 3) → (n, values), each less its own mean: two pictures would otherwise be
    alike for being light."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float64)
    return flat - flat.mean(1, keepdims=True)


def cosines(features: np.ndarray) -> np.ndarray:
    """(n, n), ones on the diagonal. Rows of zeros are alike, and share nothing with others. Raises
    `ValueError` where a feature is not finite."""
    unit = _unit(features)
    kernel = np.clip(unit @ unit.T, -1.0, 1.0)
    empty = ~unit.any(1)
    kernel[np.outer(empty, empty)] = 1.0
    np.fill_diagonal(kernel, 1.0)
    return kernel


def vendi(features: np.ndarray) -> float:
    """The effective number of different pictures, 1 … n: exp of the entropy of the eigenvalues of
    K / n (Friedman and Dieng 2023, arXiv:2210.02410, of order 1) for the cosines K.

    It grows with n: compare equal numbers of pictures, as `vendi_ratio` makes sure.
    """
    values = np.linalg.eigvalsh(cosines(features) / len(features))
    values = values[values > np.finfo(float).eps]
    return float(np.exp(-(values @ np.log(values))))


def vendi_ratio(features: np.ndarray, base: np.ndarray) -> float:
    """Over the base's. Raises `ValueError` for unequal numbers of pictures."""
    if len(features) != len(base):
        raise ValueError(f"Vendi scores of {len(features)} and {len(base)} pictures do not compare")
    return vendi(features) / vendi(base)


def pairwise_distances(features: np.ndarray) -> np.ndarray:
    """(1 − cos) / 2 of each two, 0 … 1, as (n (n − 1) / 2,): (0, 1), (0, 2) … (1, 2) …"""
    kernel = cosines(features)
    return (1 - kernel[np.triu_indices(len(kernel), 1)]) / 2


def mean_distance(features: np.ndarray) -> float:
    """Of `pairwise_distances`; 0 for one picture, which is all alike."""
    return float(pairwise_distances(features).mean()) if len(features) > 1 else 0.0


def drift(features: np.ndarray, base: np.ndarray) -> float:
    """(1 − cos) / 2 of one picture's features and the base's of the same seed, 0 … 1, as in PEFT's
    comparison of methods: 0 the same, 0.5 nothing in common, 1 the opposite."""
    own, its = _unit(np.stack([np.ravel(features), np.ravel(base)]))
    # Of unit vectors that is |own − its|² / 4, which is exactly nothing for equal ones.
    return float(np.square(own - its).sum() / 4) if own.any() == its.any() else 0.5


def _unit(features: np.ndarray) -> np.ndarray:
    """(n, values) of length 1, or 0."""
    rows = features.reshape(len(features), -1).astype(np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("features that are not finite have no distances")
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
