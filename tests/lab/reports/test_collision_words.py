"""What the page says of two adapters, on real Gram matrices with known answers."""

from loraviewer.core.collisions import collisions
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.reports.collision_words import collision_sentences
from loraviewer.lab.weights.known_geometry import KnownGeometry
from tests.lab.weights.stacks import copied, measured, some

NAMES = ["ink", "glow", "more"]


def said(adapters, scales):
    live = KnownGeometry("toy", measured(*adapters))
    rows = [AppliedAdapter(a.sha256, s, s) for a, s in zip(adapters, scales, strict=True)]
    return [collision_sentences(pair, NAMES) for pair in collisions(live, rows)]


def test_words_for_those_that_pull_the_same_way():
    """‖a + a‖² = 4‖a‖², of which 2‖a‖² is what they have alone."""
    (first,) = some(1)
    (told,) = said([first, copied(first, "t")], (1.0, 1.0))
    count = len(first.weights)
    assert told.startswith(
        f"“ink” and “glow” pull the same way in {count} of the {count} weights that both change, "
        "most in block "
    )
    assert "(cosine +1.000, where chance gives ± 0.0" in told
    assert told.endswith("Together they have 100.0% more energy than apart.")


def test_words_for_those_that_cancel():
    """‖a − a/2‖² = ‖a‖²/4, and alone they have 5‖a‖²/4."""
    (first,) = some(1)
    (told,) = said([first, copied(first, "t")], (1.0, -0.5))
    assert " cancel each other in " in told
    assert "cosine −1.000" in told
    assert told.endswith("Together they have 80.0% less energy than apart.")


def test_words_for_those_that_hardly_meet():
    """2‖a‖·‖a/1000‖ of ‖a‖²."""
    (first,) = some(1)
    (told,) = said([first, copied(first, "t")], (1.0, 0.001))
    assert " hardly meet: beyond chance in " in told
    assert told.endswith("Beside what they do alone that hardly counts.")


def test_words_for_those_that_keep_apart():
    """Two adapters of disjoint weights."""
    first, second = some(2)
    alone = [key for key in first.weights if key not in second.weights]
    apart = copied(first, "p")
    apart = type(apart)(apart.sha256, "p", "", {key: apart.weights[key] for key in alone})
    (told,) = said([apart, second], (1.0, 1.0))
    assert told == "“ink” and “glow” change no weight in common."
