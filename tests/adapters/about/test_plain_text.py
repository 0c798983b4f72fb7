"""Texts of strangers: no markup, no control characters, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.adapters.about.plain_text import plain_line, plain_text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>One</p><p>Two<br/>three</p>", "One\n\nTwo\nthree"),
        ("<a href='file:///etc/passwd'>a link</a>", "a link"),
        ("a<img src='file:///etc/shadow' onerror=alert(1)>b", "ab"),
        ("<script>alert('x')</script>safe<style>p {}</style>", "safe"),
        ("<SCRIPT\nsrc=x>y</SCRIPT >safe", "safe"),
        ("<iframe src='https://x'></iframe><!-- hidden -->seen", "seen"),
        ("fish &amp; chips &lt;3", "fish & chips <3"),
        ("<lora:manga:0.8>, a <my-style> cat", "<lora:manga:0.8>, a <my-style> cat"),
        ("1 < 2 and x<y", "1 < 2 and x<y"),
        ("bell\x07 null\x00 turned\u202e", "bell null turned"),
        ("many    blanks\t here \r\n\r\n\r\n\nend", "many blanks here\n\nend"),
        ("👩‍👧 日本語", "👩‍👧 日本語"),
        ("", ""),
    ],
)
def test_markup_and_controls_go(text, plain):
    assert plain_text(text) == plain


def test_length_is_bounded():
    assert plain_text("x" * 1_000_000) == "x" * 7_999 + "…"
    assert plain_line("a\nb " + "x" * 1_000, 10) == "a b xxxxx…"


@given(st.text(alphabet=st.sampled_from("<>/!-&;#abps script\n\x00"), max_size=200))
def test_nothing_raises_and_no_script_stays(text):
    plain = plain_text(f"<b>{text}</b><script>bad()</script>")
    assert "\x00" not in plain
    assert len(plain) <= len(text) + 40


@pytest.mark.parametrize("piece", ["<!--", "<a ", "<script>", "</", "<![", "&#", "<style>x", "<"])
def test_hostile_repetitions_end(piece):
    assert len(plain_text(piece * 500_000)) <= 8_000
