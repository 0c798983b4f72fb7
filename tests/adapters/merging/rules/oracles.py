"""What each merge rule must give, in float64 and by the formulas alone: nothing factored, no shared
code. Changes are (out, n) arrays at their strengths, in any order."""

import numpy as np


def svd(changes, _base, amount):
    return _with_sigma(sum(changes), lambda s: np.where(np.arange(len(s)) < amount, s, 0.0))


def clip(changes, base, amount):
    cap = amount * np.linalg.norm(base, 2)
    return _with_sigma(sum(changes), lambda s: np.minimum(s, cap))


def ties(changes, _base, amount):
    kept = [_largest(change, amount) for change in changes]
    sign = np.where(sum(kept) >= 0, 1.0, -1.0)
    agreeing = [np.where(np.sign(change) == sign, change, 0.0) for change in kept]
    count = sum((np.sign(change) == sign).astype(float) for change in kept)
    return sum(agreeing) / np.maximum(count, 1.0)


def knots_ties(changes, base, amount):
    u, sigma, vh = np.linalg.svd(np.hstack(changes), full_matrices=False)
    kept = sigma > 1e-6 * sigma[0]
    u, sigma, vh = u[:, kept], sigma[kept], vh[kept]
    turned = np.sign(u[np.abs(u).argmax(0), np.arange(u.shape[1])])
    u, vh = u * turned, vh * turned[:, None]
    n = base.shape[1]
    aligned = [sigma[:, None] * vh[:, i * n : (i + 1) * n] for i in range(len(changes))]
    return u @ ties(aligned, None, amount)


def iso_c(changes, _base, _amount):
    def flat(sigma):
        kept = sigma > 1e-6 * sigma[0]
        return np.where(kept, sigma[kept].mean(), 0.0)

    return _with_sigma(sum(changes), flat)


def _with_sigma(matrix, changed):
    u, sigma, vh = np.linalg.svd(matrix, full_matrices=False)
    return (u * changed(sigma)) @ vh


def _largest(change, share):
    kept = max(1, round(share * change.size))
    least = np.sort(np.abs(change).ravel())[-kept]
    return np.where(np.abs(change) >= least, change, 0.0)


ORACLES = {"svd": svd, "clip": clip, "ties": ties, "knots-ties": knots_ties, "iso-c": iso_c}
