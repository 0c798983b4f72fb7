"""What two pictures differ in, pixel by pixel: numbers, and a picture of it."""

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtGui import QImage

from loraviewer.bridge.images import to_qimage
from loraviewer.core.picture import Picture

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

GAINS = (1, 2, 4, 8, 16, 32)
_LARGEST_LEVEL = 255


class Difference(msgspec.Struct, frozen=True):
    """|A − B| of each level, in levels 0 … 255 of red, green and blue. `share`: of pixels that
    differ in any of their levels, 0 … 1."""

    levels: Picture
    largest: int
    mean: float
    share: float

    @property
    def is_none(self) -> bool:
        """Whether both are equal, pixel for pixel."""
        return self.largest == 0


def difference(a: Picture, b: Picture) -> Difference:
    """Of pictures of one size; ValueError otherwise. Some 10 ms per million pixels."""
    if (a.width, a.height) != (b.width, b.height):
        raise ValueError(f"{a.width}×{a.height} and {b.width}×{b.height} cannot be compared.")
    import numpy as np  # not before a person asks for it: the window opens without

    one, other = _levels(a), _levels(b)
    levels = np.maximum(one, other) - np.minimum(one, other)  # (pixels, 3)
    red, green, blue = levels.T
    return Difference(
        levels=Picture(a.width, a.height, levels.tobytes()),
        largest=int(levels.max(initial=0)),
        mean=float(levels.mean(dtype=np.float64)) if levels.size else 0.0,
        share=float(np.count_nonzero(red | green | blue) / max(1, len(levels))),
    )


def brightened(levels: Picture, gain: int) -> QImage:
    """Each level times the gain; what is too bright for white is white."""
    table = bytes(min(_LARGEST_LEVEL, level * gain) for level in range(_LARGEST_LEVEL + 1))
    return to_qimage(msgspec.structs.replace(levels, rgb=levels.rgb.translate(table)))


def white_at(gain: int) -> int:
    """The smallest difference in levels that is painted as bright as can be."""
    return -(-_LARGEST_LEVEL // gain)


def _levels(picture: Picture) -> "npt.NDArray[np.uint8]":
    import numpy as np

    return np.frombuffer(picture.rgb, np.uint8).reshape(-1, 3)
