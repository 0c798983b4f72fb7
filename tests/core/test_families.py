import pytest

from loraviewer.core.families import are_strangers, family_title


@pytest.mark.parametrize(
    ("family", "title"),
    [
        ("sd1", "SD 1.5"),
        ("sdxl", "SDXL"),
        ("flux1", "Flux.1"),
        ("wan", "Wan"),
        ("brand-new", "brand-new"),
    ],
)
def test_titles_are_what_people_call_a_family(family, title):
    assert family_title(family) == title


@pytest.mark.parametrize(
    ("adapter", "base", "expected"),
    [
        ("sdxl", "sd1", True),
        ("sdxl", "sdxl", False),
        ("unknown", "sd1", False),
        ("sdxl", "unknown", False),
        ("sdxl", "", False),
    ],
)
def test_only_two_known_families_can_be_strangers(adapter, base, expected):
    assert are_strangers((adapter,), base) is expected
