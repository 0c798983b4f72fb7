import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.numbers import (
    brief_number,
    padded_number,
    read_decimal,
    read_size,
    read_whole,
    short_number,
)

NOT_NUMBERS = ["", "-", ".", "1_000", "1 000", "5²", "٣", "５", "0x10", "1e", "nan", "inf", "--1"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.8", 0.8), ("1,5", 1.5), ("−.4", -0.4), (" +2. ", 2.0), ("1e1", 10.0), ("1e-320", 1e-320)],
)
def test_decimals_are_read_as_people_write_them(text, value):
    assert read_decimal(text) == value


@pytest.mark.parametrize("text", [*NOT_NUMBERS, "1e309", "9" * 400, "1.2.3", "1,2,3"])
def test_what_is_no_finite_decimal(text):
    assert read_decimal(text) is None


@pytest.mark.parametrize("text", ["-0", "-0.0", "−0", "-1e-400"])
def test_zero_has_no_sign(text):
    value = read_decimal(text)
    assert value is not None
    assert value == 0.0
    assert math.copysign(1.0, value) == 1.0


@pytest.mark.parametrize("text", [*NOT_NUMBERS, "-1", "1.0", "9" * 5000])
def test_what_is_no_whole_number(text):
    assert read_whole(text) is None
    assert read_size(f"512x{text}") is None
    assert read_size(f"{text}x512") is None


def test_whole_numbers_and_sizes():
    assert read_whole(" 007 ") == 7
    assert read_whole(str(2**63 - 1)) == 2**63 - 1
    for text in ("640x480", " 640 × 480 ", "640 480", "640*480", "640X480", "640,480"):
        assert read_size(text) == (640, 480)


@given(st.text() | st.from_regex(r"[-+0-9.,eE_²٣ x×]*", fullmatch=True))
def test_reading_never_raises(text):
    read_whole(text)
    read_size(text)
    value = read_decimal(text)
    assert value is None or math.isfinite(value)


@pytest.mark.parametrize(
    ("value", "short", "padded"),
    [
        (0.8, "0.8", "0.80"),
        (1.0, "1", "1.00"),
        (-15.0, "-15", "-15.00"),
        (-0.0, "0", "0.00"),
        (0.8125, "0.8125", "0.8125"),
        (0.805, "0.805", "0.805"),
        (1e9, "1000000000", "1000000000.00"),
        (-1e308, "-1e308", "-1e308"),
        (1e-320, "1e-320", "1e-320"),
        (-0.00001, "-1e-5", "-1e-5"),
        (0.99999, "1", "0.99999"),
        (3.14159265, "3.1416", "3.14159265"),
        (0.1 + 0.2, "0.3", "0.30"),
        (120.0, "120", "120.00"),
    ],
)
def test_numbers_as_they_are_written(value, short, padded):
    assert short_number(value) == short
    assert padded_number(value) == padded


def test_no_point_without_decimals():
    assert [padded_number(value, 0) for value in (16.0, 100.0, 0.5)] == ["16", "100", "0.5"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_is_read_again_and_zero_only_for_zero(value):
    for text in (short_number(value), padded_number(value), short_number(value, digits=2)):
        read = read_decimal(text)
        assert read is not None
        assert (read == 0.0) == (value == 0.0)
        assert read == pytest.approx(value, rel=1e-5, abs=0.0051)
        assert text != "-0"
        assert "e+" not in text
        assert len(text) < 24


@pytest.mark.parametrize(
    ("value", "text"), [(90.0, "90"), (100.4, "100"), (0.0, "0"), (-20, "-20")]
)
def test_whole_numbers_keep_their_noughts(value, text):
    assert short_number(value, 0) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e9, "1e9"), (-2.5e10, "-2.5e10"), (1234567.25, "1234567.25"), (0.8, "0.80")],
)
def test_a_brief_number_is_all_of_the_number(value, text):
    assert brief_number(value) == text
    assert float(text) == value
