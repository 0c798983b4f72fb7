"""Stored files: ordinary PNG to every reader, whatever wrote them."""

import io
import random

import pytest
from PIL import Image

from loraviewer.core.infotext import record_of, text_chunks
from loraviewer.core.picture import Picture
from loraviewer.pictures.png import encode_png, png_info
from loraviewer.pictures.quick_png import quick_png
from loraviewer.pictures.stored_png import decode_stored
from tests.pictures.made import made


def noise(width: int, height: int) -> Picture:
    return Picture(width, height, random.Random(width).randbytes(width * height * 3))


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (33, 20), (64, 64)])
def test_pixels_and_texts_come_back(size):
    picture = noise(*size)
    with Image.open(io.BytesIO(quick_png(picture, png_info({"one": "ä", "two": "猫"})))) as image:
        image.verify()
    with Image.open(io.BytesIO(quick_png(picture, png_info({"one": "ä", "two": "猫"})))) as image:
        assert (image.size, image.mode) == (size, "RGB")
        assert image.tobytes() == picture.rgb
        assert image.info["one"] == "ä"
        assert image.info["two"] == "猫"


def test_grain_over_soft_shapes_packs_about_as_well_as_usual():
    chance, size = random.Random(1), (256, 256)
    soft = Image.frombytes("RGB", (6, 6), chance.randbytes(108)).resize(size)
    grain = Image.frombytes("RGB", size, noise(*size).rgb)
    picture, answer = Picture(*size, Image.blend(soft, grain, 0.1).tobytes()), made()
    usual = encode_png(picture, record_of(answer))
    quick = quick_png(picture, png_info(text_chunks(record_of(answer))))
    assert len(quick) < 1.15 * len(usual) < 0.9 * len(picture.rgb)


def test_files_that_were_packed_otherwise_are_read_as_well():
    answer = made()
    data = encode_png(answer.picture, record_of(answer))
    assert decode_stored(data).picture == answer.picture
