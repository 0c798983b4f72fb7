"""Names and sentences of measures: fit for options, columns and people."""

import re

from loraviewer.core.picture_measures import DEFAULT_MEASURES, DETAIL, MEASURES, SLOPE, VENDI


def test_names_are_unlike_and_may_be_typed_and_put_into_columns():
    names = [one.name for one in MEASURES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+", name) for name in names)
    assert set(DEFAULT_MEASURES) <= set(names)


def test_each_says_in_sentences_what_it_means_and_where_it_is_blind():
    for one in MEASURES:
        for sentence in (one.meaning, one.blind):
            assert re.fullmatch(r"[A-Z].+\.", sentence), one.name
            assert "  " not in sentence, one.name
        assert "," not in one.unit + one.name, one.name


def test_a_heading_has_the_unit_where_there_is_one():
    assert DETAIL.heading == "detail [log2]"
    assert SLOPE.heading == "slope"


def test_of_other_features_it_has_another_name_and_title():
    other = VENDI.on("latents")
    assert other.name == "vendi-latents"
    assert other.title.endswith("(latents)")
    assert (other.unit, other.blind) == (VENDI.unit, VENDI.blind)
