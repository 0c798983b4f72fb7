"""Pixels of pictures in files, and by how much two pictures differ."""

import warnings
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from loraviewer.core.outcome import FileError
from loraviewer.core.picture import Picture
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.verification import Differences

_FORMATS = ("PNG", "JPEG", "WEBP")


def read_pixels(path: Path, width: int, height: int) -> Picture | None:
    """None where the picture has another size, of which nothing is decoded. Raises `FileError`."""
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=_FORMATS) as image:
                if image.size != (width, height):
                    return None
                return Picture(width, height, image.convert("RGB").tobytes())
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise FileError(
            say("“{path}” cannot be read as a picture; it is damaged.", path=str(path))
        ) from error


def differences(one: Picture, other: Picture) -> Differences:
    """Of two pictures of one size."""
    between = ImageChops.difference(_image(one), _image(other))
    extrema = between.getextrema()
    means = ImageStat.Stat(between).mean
    return Differences(max(int(high) for _, high in extrema), sum(means) / len(means))  # type: ignore[misc]


def _image(picture: Picture) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
