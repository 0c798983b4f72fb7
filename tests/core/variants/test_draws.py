"""Which words a seed gives: known answers, and shares over many seeds."""

from collections import Counter

import pytest

from loraviewer.core.variants.draws import words_of
from loraviewer.core.variants.shares import AskedShare, asked_shares
from loraviewer.core.variants.wildcards import Wildcards

SEEDS = range(2_000)
KNOWN = [
    "a girl in a red hat, sun, snow",
    "a girl in a blue dress, snow, sun",
    "a bird in a red dress, sun, rain",
]
"""Of the first seed, the usual one and the last; whoever changes them changes old pictures."""
COLOURS = Wildcards({"colour": ("red", "3::blue"), "hair/long": ("{long|very long} hair",)})


def texts(template: str, wildcards: Wildcards = COLOURS) -> Counter[str]:
    return Counter(words_of(template, seed, wildcards).text for seed in SEEDS)


def test_the_same_words_on_every_machine() -> None:
    template = "a {girl|frog|bird} in a {2::red|1::blue} {dress|hat}, {2$$sun|rain|snow}"
    assert [words_of(template, seed).text for seed in (0, 7, 2**63 - 1)] == KNOWN


def test_what_leaves_nothing_open_is_left_to_the_letter() -> None:
    text = r"a  girl, , {word} \{x\}"
    assert words_of(text, 7).text == text


@pytest.mark.parametrize(
    ("template", "shares"),
    [
        ("{red|blue}", {"red": 0.5, "blue": 0.5}),
        ("{2::red|1::blue}", {"red": 2 / 3, "blue": 1 / 3}),
        ("{7::red|3::blue|0::green}", {"red": 0.7, "blue": 0.3}),
        ("{0::red|0::blue}", {"red": 0.5, "blue": 0.5}),
        ("__colour__", {"red": 0.25, "blue": 0.75}),
        ("{a|{b|c}}", {"a": 0.5, "b": 0.25, "c": 0.25}),
        ("{0-1$$a|b}", {"": 0.5, "a": 0.25, "b": 0.25}),
        ("{2$$a|b}", {"a, b": 0.5, "b, a": 0.5}),
    ],
)
def test_options_come_in_their_shares(template: str, shares: dict[str, float]) -> None:
    found = texts(template)
    assert set(found) == set(shares)
    for text, share in shares.items():
        spread = (share * (1 - share) / len(SEEDS)) ** 0.5
        assert abs(found[text] / len(SEEDS) - share) < 4 * spread


def test_two_choices_know_nothing_of_each_other() -> None:
    found = texts("{a|b} {a|b}")
    assert all(abs(count / len(SEEDS) - 0.25) < 0.04 for count in found.values())
    assert len(found) == 4


def test_words_around_a_choice_leave_it_as_it_was() -> None:
    for seed in range(50):
        before = words_of("a {red|blue} dress", seed).text.split()[1]
        after = words_of("a tall girl, {red|blue} hat, {x|y}", seed).text
        assert f" {before} hat" in after


def test_wildcards_hold_choices() -> None:
    assert set(texts("__Hair/Long__")) == {"long hair", "very long hair"}


def test_a_wildcard_that_is_not_there_stays_and_is_named() -> None:
    words = words_of("a __hat__ {red|red}", 7, COLOURS)
    assert words.text == "a __hat__ red"
    assert words.missing == ("hat",)


def test_wildcards_that_go_round_end() -> None:
    circle = Wildcards({"a": ("x __b__",), "b": ("y __a__",)})
    words = words_of("__a__", 7, circle)
    assert words.text.startswith("x y x y")
    assert words.missing
    many = Wildcards({"a": ("__a__ " * 50,)})
    assert len(words_of("__a__", 7, many).text) <= 20_000


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a {|} girl", "a girl"),
        ("a girl, {|}, meadow", "a girl, meadow"),
        ("{|}, a girl", "a girl"),
        ("a girl, {|}", "a girl"),
    ],
)
def test_an_option_that_is_nothing_leaves_no_trace(template: str, text: str) -> None:
    assert words_of(template, 7).text == text


def test_shares_that_were_asked_and_drawn() -> None:
    shares = asked_shares("a {3::red|1::blue} {2$$x|y} __colour__", range(400), COLOURS)
    assert [(one.choice, one.option, one.asked) for one in shares] == [
        (1, "red", 0.75),
        (1, "blue", 0.25),
        (3, "red", 0.25),
        (3, "blue", 0.75),
    ]
    assert shares[0].drawn + shares[1].drawn == 400
    assert abs(shares[0].drawn - 300) < 4 * (400 * 0.75 * 0.25) ** 0.5


def test_what_was_drawn_is_what_the_words_say() -> None:
    template, seeds = "{red|blue} hat", range(30)
    reds = sum(words_of(template, seed).text == "red hat" for seed in seeds)
    assert asked_shares(template, seeds)[0] == AskedShare(1, "red", 0.5, reds, 30)
