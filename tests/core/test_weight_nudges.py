import pytest

from loraviewer.core.weight_nudges import nudged


def at(marked: str) -> tuple[str, int, int]:
    """`marked`: a prompt with | where the cursor stands, or at both ends of the selection."""
    start = marked.index("|")
    end = marked.rindex("|")
    text = marked.replace("|", "")
    return text, start, end - 1 if end > start else start


@pytest.mark.parametrize(
    ("marked", "steps", "wanted"),
    [
        ("a red c|at, x", 1, "a red (|cat|:1.05), x"),
        ("a red cat|", 1, "a red (|cat|:1.05)"),
        ("|a red| cat", -2, "(|a red|:0.9) cat"),
        ("x | a red | cat", 1, "x  (|a red|:1.05)  cat"),
        ("a (|red|:1.05) cat", 1, "a (|red|:1.1) cat"),
        ("a (r|ed hat:1.05) cat", 1, "a (|red hat|:1.1) cat"),
        ("a |(red:1.05)| cat", 1, "a (|red|:1.1) cat"),
        ("a (|red|:1.05) cat", -1, "a |red| cat"),
        ("a (|red|:0.95) cat", 1, "a |red| cat"),
        ("a (|red|:0.95) cat", -1, "a (|red|:0.9) cat"),
        ("a (|red|:.5) cat", 1, "a (|red|:0.55) cat"),
        ("a (|red|:9.98) cat", 1, "a (|red|:10) cat"),
        ("a (r|ed) cat", 1, "a (|red|:1.15) cat"),
        ("a (r|ed) cat", -2, "a |red| cat"),
        ("a \\(r|ed\\)", 1, "a \\((|red|:1.05)\\)"),
        ("|a (red:1.2)|", 1, "(|a (red:1.2)|:1.05)"),
        ("x (|a (red:1.2)|:1.05)", 1, "x (|a (red:1.2)|:1.1)"),
        ("(|a (red:1.2)|:1.05)", -1, "|a (red:1.2)|"),
        ("(red:1.2), bl|ue", 1, "(red:1.2), (|blue|:1.05)"),
        ("😀 ca|t", 1, "😀 (|cat|:1.05)"),
    ],
)  # fmt: skip
def test_a_weight_moves_by_a_twentieth(marked, steps, wanted):
    changed = nudged(*at(marked), steps)
    assert changed is not None
    text, start, end = at(wanted)
    assert (changed.prompt, changed.selected) == (text, (start, end))


def test_up_and_down_again_gives_the_words_back():
    prompt, selected = "a red cat", (2, 5)
    for steps in (1, 1, 1, -1, -1, -1, -1, 1):
        changed = nudged(prompt, *selected, steps)
        assert changed is not None
        prompt, selected = changed.prompt, changed.selected
        assert prompt[slice(*selected)] == "red"
    assert (prompt, selected) == ("a red cat", (2, 5))


@pytest.mark.parametrize("marked", ["|", "a  |  b", "a |  | b", "(|:1.2)", "(a|:1.2.3)"])
def test_where_no_word_is_nothing_changes(marked):
    assert nudged(*at(marked), 1) is None
