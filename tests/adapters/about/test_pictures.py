"""Size and type of pictures from their first bytes, with Pillow as the oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.adapters.about.pictures import picture_facts
from tests.adapters.pictures import picture, png_bomb

KINDS = {
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "jpeg": ("JPEG", {}),
    "progressive jpeg": ("JPEG", {"progressive": True}),
    "jpeg with a long comment": ("JPEG", {"comment": b"x" * 60_000}),
    "lossy webp": ("WEBP", {"quality": 50}),
    "lossless webp": ("WEBP", {"lossless": True}),
    "extended webp": ("WEBP", {"exif": b"Exif\x00\x00" + bytes(20)}),
}


@pytest.mark.parametrize("size", [(6, 4), (1, 300), (1025, 7)])
@pytest.mark.parametrize("case", KINDS)
def test_sizes(case, size):
    kind, options = KINDS[case]
    facts = picture_facts(picture(kind, *size, **options))
    assert facts is not None
    assert (facts.width, facts.height) == size
    assert facts.mime == f"image/{kind.lower()}"
    assert facts.is_modest


@pytest.mark.parametrize("size", [(100_000, 100_000), (2**31 - 1, 2**31 - 1), (0, 5)])
def test_bombs_are_not_modest(size):
    facts = picture_facts(png_bomb(*size))
    assert facts is not None
    assert not facts.is_modest


@pytest.mark.parametrize(
    "data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF", b"\xff\xd8\xff", b"BM0000"]
)
def test_anything_else_is_no_picture(data):
    assert picture_facts(data) is None


@given(
    start=st.sampled_from([b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"RIFF1234WEBPVP8X"]),
    rest=st.binary(max_size=60),
)
def test_broken_pictures_never_raise(start, rest):
    facts = picture_facts(start + rest)
    assert facts is None or facts.mime.startswith("image/")
