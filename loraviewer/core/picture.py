"""A picture as plain bytes, so that it crosses threads and layers without torch or Qt."""

import msgspec


class Picture(msgspec.Struct, frozen=True):
    """8-bit RGB, rows top to bottom without padding: `len(rgb) == width * height * 3`."""

    width: int
    height: int
    rgb: bytes

    def __post_init__(self) -> None:
        if len(self.rgb) != self.width * self.height * 3:
            raise ValueError(f"{len(self.rgb)} bytes are no {self.width}×{self.height} RGB picture")
