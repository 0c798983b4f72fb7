"""Everything that a person may read is in the catalogues of every language, and can be shown."""

import re
import string
from collections import Counter

import pytest

from loraviewer.core.catalogues import known_languages, languages_folder, read_catalogues
from tests.languages.passed_over import not_sentences
from tests.languages.written import sentences, unsaid

LANGUAGES = known_languages()


def fields(text: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_german_is_there() -> None:
    assert "de" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_its_translation(language: str) -> None:
    known = read_catalogues(language)
    lacking = [str(one) for one in sentences() if not known.get(one.text)]
    assert not lacking, "python -m tests.languages.missing lists them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    assert read_catalogues(language).keys() <= {one.text for one in sentences()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_in_two_files(language: str) -> None:
    files = sorted((languages_folder() / language).glob("*.json"))
    tables = [path.read_text(encoding="utf-8").splitlines() for path in files]
    keys = Counter(line.split('": "')[0] for lines in tables for line in lines if '": "' in line)
    assert not [key for key, times in keys.items() if times > 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_stand_in_both(language: str) -> None:
    """By name; those without one in the same number."""
    wrong = {
        english: other
        for english, other in read_catalogues(language).items()
        if _is_pattern(english) and fields(english) != fields(other)
    }
    assert not wrong


def _is_pattern(english: str) -> bool:
    """Plain text may have braces that are no fields, as an example of variants does."""
    try:
        fields(english)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_that_a_menu_takes_stay_one(language: str) -> None:
    """`&` marks the letter of an entry: as many in both."""
    wrong = [e for e, o in read_catalogues(language).items() if e.count("&") != o.count("&")]
    assert not wrong


def test_german_is_written_as_german() -> None:
    """With its own quotation marks, and without spaces before marks."""
    odd = re.compile(r"”| [,;:!?](?![a-z(])|  ")
    assert not [other for other in read_catalogues("de").values() if odd.search(other)]


def test_what_looks_like_a_sentence_can_be_translated() -> None:
    passed_over = not_sentences()
    left = [one for one in unsaid() if (one.place, one.text) not in passed_over]
    assert not left, "\n".join(f"{one.place}:{one.line} {one.text}" for one in left)


def test_no_exception_is_kept_for_nothing() -> None:
    assert {(one.place, one.text) for one in unsaid()} >= not_sentences()
