import pytest

from loraviewer.core.prompt_syntax import letters_sentence, read_as_letters, without_commands
from loraviewer.core.unread import Unread, unread_sentence


@pytest.mark.parametrize(
    "text",
    [
        "<lora:manga:0.8>", "<hypernet:film:1>", "<my-embedding>", "embedding:easynegative",
        "embedding:easynegative:1.2", "(red:1.3)", "(red hat: 0.8)", "(masterpiece)", "(hat)1.3",
        "(hat)++", "(hat).swap(cap)", "[hat]", "[hat:cap:0.5]", "[hat|cap]", "{hat}", "{hat|cap}",
        "BREAK", "AND", "hat++", "__colours/warm__", "\\(",
    ],
)  # fmt: skip
def test_commands_of_other_programs_are_found(text: str) -> None:
    found = read_as_letters(f"a girl, {text} in green")
    assert len(found) == 1
    assert text.startswith(found[0])
    assert letters_sentence(f"a girl, {text}, green").startswith("Read as letters: “")


@pytest.mark.parametrize(
    "prompt",
    [
        "", "a girl in a green meadow", "it's 3:2, f/2.8", "a break and a band", "x > 3 and y < 4",
        "CATS AND DOGS", "BREAK THE ICE", "18+ kg of salt", "a :) and a (", "one - two", "https://a.b",
    ],
)  # fmt: skip
def test_plain_words_are_left_alone(prompt: str) -> None:
    assert read_as_letters(prompt) == ()
    assert letters_sentence(prompt) == ""


def test_each_is_named_once_and_in_order() -> None:
    prompt = "(a:1.1) BREAK (a:1.1), [b], {c|d} AND <e>"
    assert read_as_letters(prompt) == ("(a:1.1)", "BREAK", "[b]", "{c|d}", "AND", "<e>")
    assert letters_sentence(prompt) == (
        "Read as letters: “(a:1.1)”, “BREAK”, “[b]” and 3 more; write plain words instead."
    )


def test_tags_of_adapters_belong_into_the_stack_and_long_ones_are_cut() -> None:
    assert letters_sentence("a <LoRA:manga:0.8>") == (
        "Read as letters: “<LoRA:manga:0.8>”; add adapters to the stack."
    )
    assert len(letters_sentence(f"({'long ' * 1000})")) < 120


def test_names_in_commands_are_no_words_of_the_prompt() -> None:
    prompt = "a <lora:manga:1> girl BREAK embedding:bad, __colour__ (hat:1.2)"
    assert without_commands(prompt).split() == ["a", "girl", ",", "(hat:1.2)"]


@pytest.mark.parametrize(
    ("unread", "sentence"),
    [
        (Unread(words="a b", limit=75), "Shorten P; not read (beyond 75 tokens): a b"),
        (
            Unread(words="b", is_negative=True, limit=75, encoders=("one", "two")),
            "Shorten N; not read by one and two (beyond 75 tokens): b",
        ),
        (
            Unread(words="b", is_negative=True, reason="guidance"),
            "Raise the guidance above 1 to have N read: b",
        ),
        (
            Unread(words="b", is_negative=True, reason="pipeline"),
            "Leave N empty, which this base does not read: b",
        ),
    ],
)
def test_a_sentence_says_what_to_do_and_then_the_words(unread: Unread, sentence: str) -> None:
    assert unread_sentence(unread, "P", "N") == sentence


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("a (hat:1.3) [cap] ((red)) \\(x\\) BREAK", ()),
        ("<lora:a:1> embedding:bad __colour__", ("<lora:a:1>", "embedding:bad", "__colour__")),
        ("a AND b {c|d}", ("AND", "{c|d}")),
        ("[hat:cap:0.5] [a|b] [c:0.3] [d]", ("[hat:cap:0.5]", "[a|b]", "[c:0.3]")),
        ("(hat)1.3 (cap)++ (a).and( tree++", ("(hat)1.3", "(cap)++", "(a).and(", "tree++")),
    ],
)  # fmt: skip
def test_weights_are_no_letters_where_they_are_read(prompt: str, found: tuple[str, ...]) -> None:
    assert read_as_letters(prompt, "weighted") == found


def test_a_base_that_reads_no_weights_is_said_to_ignore_them() -> None:
    assert letters_sentence("a (hat:1.3)", "weighted") == ""
    assert letters_sentence("a (hat:1.3)", "weighted", can_weigh=False) == (
        "This base ignores weights, and reads as letters: “(hat:1.3)”; write plain words instead."
    )
    assert letters_sentence("a hat", "weighted", can_weigh=False) == ""
    assert letters_sentence("a (hat:1.3)", "plain", can_weigh=False).startswith("Read as letters: ")
