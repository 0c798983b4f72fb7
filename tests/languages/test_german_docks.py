"""German in docks and in what the bridge says: numbers, points that are typed, undo steps, and
sentences from below."""

from collections.abc import Iterator

import pytest

from loraviewer.bridge.languages import WindowLanguage, figures
from loraviewer.core.experiments.sweep import evenly
from loraviewer.ui.export.export_words import phase_words
from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.charts.number_words import number_text, plain_text, signed_text
from loraviewer.ui.lab.experiments.form_values import AxisValues
from loraviewer.ui.lab.experiments.point_text import points_text, read_points
from loraviewer.ui.lab.stack_words import relative_text
from tests.ui.fakes import Desk, entry

FROM_0_TO_2 = evenly(0.0, 2.0, 9)


@pytest.fixture
def german(qapp) -> Iterator[WindowLanguage]:
    language = WindowLanguage(qapp, "de")
    yield language
    language.close()


@pytest.fixture
def desk(german: WindowLanguage) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.dispose()


def test_numbers_have_a_comma(german: WindowLanguage) -> None:
    assert figures("1.5 GB") == "1,5 GB"
    assert (number_text(0.123), number_text(4.5e-6, 2)) == ("0,123", "4,5 × 10⁻⁶")
    assert (signed_text(-0.5), signed_text(0.25), signed_text(-0.0001)) == (
        "−0,50",
        "+0,25",
        "0,000",
    )
    assert plain_text(-0.25) == "−0,25"
    assert relative_text(0.041) == "4,1 % so groß wie"


def test_numbers_in_english_have_a_point(qapp) -> None:
    language = WindowLanguage(qapp, "en")
    assert (number_text(0.123), signed_text(-0.0001), figures("1.5 GB")) == (
        "0.123", "0.000", "1.5 GB",
    )  # fmt: skip
    language.close()


def test_numbers_for_other_programs_have_a_point(german: WindowLanguage) -> None:
    assert ChartNumbers(("a",), ((0.5,),)).csv() == "a\r\n0.5\r\n"


def test_points_are_written_and_read_in_german(german: WindowLanguage) -> None:
    assert points_text(FROM_0_TO_2) == "0 bis 2 in 9"
    assert AxisValues().points == "0 bis 2 in 9"
    assert read_points(" 0  bis 2 in 9") == read_points("0 to 2 in 9") == FROM_0_TO_2
    assert read_points("0,5 bis 1,5 in 3") == (0.5, 1.0, 1.5)


def test_points_in_english_know_no_german(qapp) -> None:
    assert points_text(FROM_0_TO_2) == "0 to 2 in 9"
    with pytest.raises(ValueError, match="no list of numbers"):
        read_points("0 bis 2 in 9")


def test_undo_steps(desk: Desk) -> None:
    desk.use_checkpoint()
    desk.stack.add(entry("manga", 0.8))
    desk.stack.set_scale("manga", 0.5)
    assert desk.document.undo_stack.undoText() == "Stärke von manga auf 0,5"
    desk.stack.set_solo("manga", True)
    assert desk.document.undo_stack.undoText() == "Solo für manga"


def test_phases_of_an_export(german: WindowLanguage) -> None:
    assert phase_words("writing") == "Schreibt…"
    assert phase_words("text_encoder") == "text_encoder"
