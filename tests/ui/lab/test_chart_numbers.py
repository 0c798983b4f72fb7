"""Numbers that leave the studio: whole, and as spreadsheets take them."""

import csv
import io

import pytest

from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.charts.number_words import number_text, plain_text, power_text, signed_text

THIRD = 1 / 3
NUMBERS = ChartNumbers(
    ("name", "cosine, no unit", "count"),
    (('a, "b"', THIRD, 3), ("c\td\ne", None, 0), ("é", -1e-300, 7)),
)


def test_csv_reads_back_the_same() -> None:
    header, *rows = csv.reader(io.StringIO(NUMBERS.csv()))
    assert tuple(header) == NUMBERS.header
    assert rows[0][0] == 'a, "b"'
    assert float(rows[0][1]) == THIRD
    assert rows[1] == ["c\td\ne", "", "0"]
    assert float(rows[2][1]) == -1e-300


def test_tsv_has_one_line_for_each_row() -> None:
    lines = NUMBERS.tsv().splitlines()
    assert len(lines) == 4
    assert lines[2].split("\t") == ["c d e", "", "0"]
    assert float(lines[1].split("\t")[1]) == THIRD


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234, "0.123"),
        (12.34, "12.3"),
        (1234.5, "1234"),
        (-0.5, "−0.500"),
        (0.0, "0"),
        (4.56e-6, "4.56 × 10⁻⁶"),
        (-7.89e12, "−7.89 × 10¹²"),
        (float("nan"), "–"),
        (float("-inf"), "−∞"),
        (None, "–"),
    ],
)
def test_words_of_numbers(value: float | None, text: str) -> None:
    assert number_text(value) == text


def test_signs_powers_and_ticks() -> None:
    assert [signed_text(v) for v in (0.123, -0.5, 0.0123, -0.0001, 1.0, None)] == [
        "+0.12", "−0.50", "+0.012", "0.000", "+1.00", "–",
    ]  # fmt: skip
    assert [power_text(e) for e in (-12, 0, 3)] == ["10⁻¹²", "10⁰", "10³"]
    assert [plain_text(v) for v in (-0.25, 0.0, 4.0, 3.5)] == ["−0.25", "0", "4", "3.5"]
