"""The window's language: chosen, of the desktop, or English."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QObject

from loraviewer.bridge import languages
from loraviewer.bridge.languages import WindowLanguage, copied, language_names, language_of, shown
from loraviewer.core.animation import frame_words
from loraviewer.core.captions import stack_caption
from loraviewer.core.experiments.claim_results import read_findings
from loraviewer.core.outcome import FileError
from loraviewer.core.placement.choosing import plan_for
from loraviewer.core.placement.plan import Machine
from loraviewer.core.resources import demo_findings
from loraviewer.core.sentences import say
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.stack_diff import Side, compare
from tests.core.placement.bases import BASES, GB

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def german(qapp, monkeypatch: pytest.MonkeyPatch) -> Iterator[WindowLanguage]:
    table = {"“{path}” is empty.": "„{path}“ ist leer.", "Settings": "Einstellungen"}
    monkeypatch.setattr(languages, "read_catalogues", lambda code: table)
    language = WindowLanguage(qapp, "de")
    yield language
    language.close()


def test_words_of_the_window_and_of_below(german: WindowLanguage) -> None:
    assert QObject().tr("Settings") == "Einstellungen"
    assert shown(say("“{path}” is empty.", path="x")) == "„x“ ist leer."
    assert shown("“x” is empty.") == "“x” is empty."
    assert shown(say("It is not known.")) == "It is not known."


def test_qts_own_words(german: WindowLanguage) -> None:
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"


def test_numbers_are_written_with_a_comma(german: WindowLanguage) -> None:
    assert QLocale().toString(0.5) == "0,5"


def test_captions_and_comparisons_have_a_comma_and_names_keep_theirs(
    german: WindowLanguage,
) -> None:
    row = StackEntry(entry_id="a", name="night v1.5", path="a", sha256="a", scale=0.7)
    stack = AdapterStack(entries=(row,))
    assert shown(stack_caption(stack)) == "night v1.5 0,7"
    assert copied(stack_caption(stack)) == "night v1.5 .7"
    half = AdapterStack(entries=(row,), master=0.5)
    (master, line) = compare(Side("", "x", stack), Side("", "y", half)).lines
    assert [shown(text) for text in (master.right, master.change)] == ["× 0,5", "−0,5"]
    assert shown(line.left) == "0,7"


def test_plans_have_a_comma(german: WindowLanguage) -> None:
    told = shown(plan_for(BASES["sd1"], Machine(main=GB * 49 // 2)).sentence)
    assert "24,5 GB" in told
    assert "." not in told.rstrip(".")


def test_frames_of_an_animation_have_a_comma(german: WindowLanguage) -> None:
    assert frame_words("night v1.5", 0.25) == "night v1.5 0.25"
    assert shown(frame_words("night v1.5", 0.25)) == "night v1.5 0,25"


def test_claims_have_a_comma(german: WindowLanguage) -> None:
    findings = read_findings(demo_findings()).findings
    told = [shown(sentence) for one in findings for sentence in one.sentences]
    assert any("−0,47 (−0,68 … −0,25)" in sentence for sentence in told)
    assert not [sentence for sentence in told if re.search(r"\d\.\d", sentence)]


def test_english_numbers_have_a_point_on_any_desktop(qapp) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    try:
        language = WindowLanguage(qapp, "en")
        assert QLocale().decimalPoint() == "."
        language.close()
        assert QLocale().decimalPoint() == ","
    finally:
        QLocale.setDefault(before)


def test_after_closing_all_is_as_before(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "read_catalogues", lambda code: {"Settings": "Einstellungen"})
    before = QLocale()
    WindowLanguage(qapp, "de").close()
    assert QObject().tr("Settings") == "Settings"
    assert QLocale() == before


def test_a_damaged_catalogue_leaves_english(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    complaint = "“de/core.json” cannot be read: it is no JSON."

    def damaged(code: str) -> dict[str, str]:
        raise FileError(complaint)

    monkeypatch.setattr(languages, "read_catalogues", damaged)
    language = WindowLanguage(qapp, "de")
    assert (language.code, language.complaint) == ("en", complaint)
    language.close()


@pytest.mark.parametrize(
    ("desktop", "asked", "code"),
    [("de_CH", "system", "de"), ("en_GB", "system", "en"), ("fr_FR", "system", "en"),
     ("C", "system", "en"), ("de_DE", "en", "en"), ("en_US", "de", "de"), ("en_US", "tlh", "en"),
     ("en_US", "../../etc", "en")],
)  # fmt: skip
def test_which_it_is(monkeypatch: pytest.MonkeyPatch, desktop: str, asked: str, code: str) -> None:
    monkeypatch.setattr(QLocale, "system", staticmethod(lambda: QLocale(desktop)))
    assert language_of(asked) == code


def test_languages_are_called_what_they_call_themselves() -> None:
    assert ("en", "English") in language_names()
    assert ("de", "Deutsch") in language_names()
