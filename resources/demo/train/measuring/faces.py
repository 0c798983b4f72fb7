"""Whether a painted girl or boy has a face: two eyes of like size and height, and one mouth.

Nothing is learnt here. A head is the largest patch of skin around the picture's middle; eyes and
mouth are what lies inside it and is no skin. The drawings pass, so a picture that does not has
lost something.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

HEAD_PIXELS = (500, 4200)  # of 128 x 128
LEAST_FEATURE = 11  # pixels; smaller specks are neither eyes nor mistakes
EYE_PIXELS = (10, 130)
EYE_RATIO = 1.9  # of the larger eye's pixels to the smaller one's
EYE_RISE = 3.2  # how much higher than the other one eye may stand, in pixels
MOUTH_ROWS = 14  # and it is at least as wide as it is high
DARK = 0.62  # of the skin's own brightness


def skin(image: np.ndarray) -> np.ndarray:
    """Where an RGB picture (H, W, 3) has the colour of skin, from light to dark: bool (H, W)."""
    r, g, b = (image[..., k].astype(np.float32) for k in range(3))
    green, blue = g / np.maximum(r, 1), b / np.maximum(r, 1)
    on_line = np.abs(blue - (1 - 1.7 * (1 - green))) < 0.1
    return (r > 84) & (green > 0.58) & (green < 0.93) & on_line


@dataclass(frozen=True)
class Patch:
    """Connected pixels: their rows and columns."""

    rows: np.ndarray
    columns: np.ndarray

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def centre(self) -> tuple[float, float]:
        """Row and column."""
        return float(self.rows.mean()), float(self.columns.mean())


def patches(mask: np.ndarray) -> Iterator[Patch]:
    """The connected parts of a mask (H, W), neighbours sharing a side."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    while left:
        found = [left.pop()]
        for y, x in found:
            for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if near in left:
                    left.remove(near)
                    found.append(near)
        rows, columns = np.array(found).T
        yield Patch(rows, columns)


def _head(image: np.ndarray) -> np.ndarray | None:
    """The head with all that lies inside it, as a mask (H, W)."""
    mask = skin(image)
    around = np.zeros_like(mask)
    around[12:92, 24:104] = True
    candidates = list(patches(mask & around))
    if not candidates:
        return None
    head = max(candidates, key=lambda part: part.size)
    whole = _filled(head, mask.shape)
    _close_chin(whole, head)
    return whole if HEAD_PIXELS[0] <= whole.sum() <= HEAD_PIXELS[1] else None


def _filled(part: Patch, shape: tuple[int, ...]) -> np.ndarray:
    """The patch without holes, as a mask (H, W): all but what can be walked to from around it."""
    top, left = part.rows.min(), part.columns.min()
    height, width = int(np.ptp(part.rows)) + 1, int(np.ptp(part.columns)) + 1
    shell = np.ones((height + 2, width + 2), bool)
    shell[part.rows - top + 1, part.columns - left + 1] = False
    outside = next(other for other in patches(shell) if 0 in other.rows)
    inside = np.ones_like(shell)
    inside[outside.rows, outside.columns] = False
    whole = np.zeros(shape, bool)
    whole[top : top + height, left : left + width] = inside[1:-1, 1:-1]
    return whole


def _close_chin(whole: np.ndarray, head: Patch) -> None:
    """Fill the lower half's rows from side to side: a wide mouth can reach through the chin."""
    for row in range(int(head.rows.mean()), head.rows.max() + 1):
        columns = head.columns[head.rows == row]
        if len(columns):
            whole[row, columns.min() : columns.max() + 1] = True


def _features(image: np.ndarray, head: np.ndarray) -> list[Patch]:
    """What is dark, or deep red, inside the head."""
    light = image @ np.array([0.299, 0.587, 0.114], np.float32)
    own = np.median(light[head & skin(image)])
    red = image[..., 1] < 0.42 * image[..., 0]
    found = patches(head & ((light < DARK * own) | red))
    return [part for part in found if part.size >= LEAST_FEATURE]


def _like_eyes(one: Patch, other: Patch) -> bool:
    small, large = sorted((one.size, other.size))
    (y1, x1), (y2, x2) = one.centre, other.centre
    return (
        EYE_PIXELS[0] <= small
        and large <= EYE_PIXELS[1]
        and large <= EYE_RATIO * small
        and abs(y1 - y2) <= EYE_RISE
        and 12 <= abs(x1 - x2) <= 44
    )


def _like_mouth(one: Patch) -> bool:
    height = int(np.ptp(one.rows)) + 1
    return height <= MOUTH_ROWS and int(np.ptp(one.columns)) + 1 >= height


def has_face(image: np.ndarray) -> bool:
    """Two eyes of like size and height, one mouth below and between them, and nothing else."""
    head = _head(image)
    features = _features(image, head) if head is not None else []
    if len(features) != 3:
        return False
    first, second, mouth = sorted(features, key=lambda part: part.centre[0])
    low = max(first.centre[0], second.centre[0])
    left, right = sorted((first.centre[1], second.centre[1]))
    return (
        _like_eyes(first, second)
        and _like_mouth(mouth)
        and mouth.centre[0] > low + 4
        and left < mouth.centre[1] < right
    )


def share_of_faces(images: np.ndarray) -> float:
    """How many of the pictures uint8 (N, 128, 128, 3) have a face, 0 to 1."""
    return float(np.mean([has_face(image) for image in images]))
