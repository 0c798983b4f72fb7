import pytest

from loraviewer.core.durations import duration_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "under 1 s"),
        (2.6, "3 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200.0, "3 min"),
        (3_580.0, "1 h"),
        (5_400.0, "1.5 h"),
    ],
)
def test_a_duration_is_as_short_as_it_can_be(seconds, text):
    assert duration_text(seconds).replace("\u00a0", " ") == text
