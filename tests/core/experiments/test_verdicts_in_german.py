"""What numbers say is said in the window's language, whole and with the same numbers."""

import pickle
import re
from dataclasses import replace

import pytest

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.conclusions.estimates import Estimate, Knee
from loraviewer.core.experiments.conclusions.inner import inner
from loraviewer.core.experiments.conclusions.verdict import HINT
from loraviewer.core.experiments.conclusions.words import title_of, unit_words
from loraviewer.core.experiments.curves import curves, x_title
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.remarks import remarks
from loraviewer.core.experiments.verdicts import Verdict, verdicts
from loraviewer.core.sentences import Sentence, say
from tests.core.experiments.asked import ablation, ladder, rules, seed_wall, sweep, way
from tests.core.experiments.means import mean
from tests.core.experiments.test_verdicts import Paired
from tests.languages.said import in_german, with_marks

SURE = Paired(0.2)


def faithful(arm: str, spreads: float, half: float | None = 0.3, **fields) -> Mean:
    return mean(arm, spreads, half, measure="fidelity", **fields)


def deep(arm: str, spreads: float, half: float | None = 0.3, **fields) -> Mean:
    return faithful(arm, spreads, half, **({"policy": "one", "depth": 5} | fields))


def said(found: tuple[Verdict, ...]) -> list[str]:
    return [in_german(one.sentence) for one in found]


def test_a_movement_with_its_numbers():
    (found,) = verdicts(ladder(), [deep("real", -1.8)])
    assert in_german(found.sentence) == (
        "„Treue zum Prompt“ fällt bei Tiefe 5 um 1.8 Seed-Streuungen, in der Richtung schlechter "
        "werdender Bilder (95 %: −2.1 bis −1.5; 8 Prompts, 64 Bilder)."
    )
    assert in_german(found.overturned_by) == (
        "Mehr Prompts, deren Intervall bei Tiefe 5 die 0 enthält."
    )
    assert in_german(found.unit) == "Seed-Streuungen"


def test_of_one_prompt_the_german_keeps_its_capital():
    (found,) = verdicts(ladder(), [deep("real", -1.8, prompts=1, n=1)])
    assert found.sentence.startswith("Of one prompt only: fidelity to what was asked for falls by")
    assert in_german(found.sentence) == (
        "Nur von einem Prompt: „Treue zum Prompt“ fällt bei Tiefe 5 um 1.8 Seed-Streuungen, in der "
        "Richtung schlechter werdender Bilder (95 %: −2.1 bis −1.5; 1 Prompt, 1 Bild). Das ist "
        "keine Behauptung."
    )


def test_few_prompts_are_a_hint():
    (found,) = verdicts(ladder(), [deep("real", -1.8, prompts=5)])
    assert "; 5 Prompts, 64 Bilder; ein Hinweis)" in in_german(found.sentence)
    assert in_german(HINT) == (
        "Ein Hinweis beruht auf weniger als 8 Prompts; eine Behauptung braucht mindestens so viele."
    )


def test_what_stays_open():
    (found,) = verdicts(ladder(), [deep("real", 0.2, 3.0)])
    assert in_german(found.sentence) == (
        "Über „Treue zum Prompt“ lässt sich bei Tiefe 5 nichts sagen: das Intervall enthält "
        "Anstieg wie Abfall (95 %: −2.8 bis 3.2; 8 Prompts, 64 Bilder)."
    )


def test_beside_random_adapters():
    (found,) = verdicts(ladder(), [deep("real", -1.8), deep("random", -1.7)], SURE)
    assert in_german(found.sentence).endswith(
        "; zufällige Adapter mit gleichem Spektrum: −1.7, Unterschied −0.10 (95 %: −0.30 bis 0.10)"
        ": das meiste ist also die Norm, nicht das Gelernte."
    )


def test_policies():
    experiment = ladder(policies=("one", "mean"))
    found = verdicts(experiment, [deep("real", -3.0), deep("real", -1.0, policy="mean")], SURE)
    assert said(found)[0].startswith("„Treue zum Prompt“ fällt bei Tiefe 5, jeder mit 1 um 3.0")
    assert said(found)[2].startswith(
        "„Treue zum Prompt“ liegt bei Tiefe 5 um −1.0 Seed-Streuungen von der Basis (jeder mit 1/N)"
        " und um −3.0 (jeder mit 1): ein Unterschied von 2.0"
    )


def swept(*spreads: float) -> list[Mean]:
    places = zip(("0", "0.5", "2"), spreads, strict=True)
    return [faithful("real", one, 0.2, at=at) for at, one in places]


def test_where_a_sweep_leaves_the_seeds():
    axes = (Axis(what="text", adapter=1, points=(0.0, 0.5, 2.0)),)
    (found,) = verdicts(sweep(axes=axes), swept(0.0, -0.5, -2.0))
    assert in_german(found.sentence).startswith(
        "„Treue zum Prompt“ liegt bei „Stärke der Text-Encoder von a“ = 1 eine Seed-Streuung von "
        "der Basis (95 %: "
    )


def test_a_knee():
    at = Estimate(value=0.5, low=0.4, high=0.6, level=0.95, prompts=8, n=24)
    known = Paired(0.2, Knee(at=at, before=-0.2, after=-3.0))
    found = verdicts(sweep(), swept(0.0, -0.1, -4.6), known)
    assert said(found)[0] == (
        "„Treue zum Prompt“ knickt bei „alle Stärken, multipliziert mit“ = 0.5 ab (95 %: 0.40 bis "
        "0.60; 8 Prompts, 24 Bilder): von dort an verläuft es steiler, −3.0 Seed-Streuungen je 1 "
        "statt −0.20."
    )


def test_who_does_most():
    means = [
        faithful("all", -3.0, adapters="a + b + c"),
        faithful("alone", -2.0, adapters="a"),
        faithful("alone", -0.5, adapters="b"),
        faithful("without", -0.5, adapters="b + c"),
        faithful("without", -2.5, adapters="a + c"),
        faithful("interaction", -0.9, adapters="a + b + c"),
    ]
    _, owner, one, together = said(verdicts(ablation(), means, SURE))
    assert owner.startswith("„Treue zum Prompt“ liegt ohne a um 2.5 Seed-Streuungen näher an der")
    assert owner.endswith(", mehr als ohne b (0.50) oder ohne irgendeinen anderen.")
    assert one.startswith(
        "a allein bewegt „Treue zum Prompt“ um −2.0 Seed-Streuungen, mehr als b allein (−0.50) "
        "oder jeder andere"
    )
    assert together.startswith(
        "Alle zusammen bewegen „Treue zum Prompt“ um 0.90 Seed-Streuungen mehr als die Summe"
    )


def test_different_pictures_beside_quality():
    def different(arm: str, count: float) -> Mean:
        ends = {"mean": count, "low": count - 0.1, "high": count + 0.1, "unit": "pictures"}
        return mean(arm, 1.0, measure="vendi", **ends)

    means = [different("base", 4.0), different("stack", 2.0), faithful("stack", -1.0)]
    told = said(verdicts(seed_wall(), means))[0]
    assert told.startswith(
        "Über die Seeds ergibt der Stapel 0.50-mal so viele verschiedene Bilder wie die Basis"
    )
    assert told.endswith("; daneben: „Treue zum Prompt“ liegt −1.0 Seed-Streuungen von der Basis.")


def test_what_comes_back():
    last = mean("after", None, None, "bytes-equal", unit="of pictures", prompts=2, n=4)
    (found,) = verdicts(way(), [replace(last, mean=1.0)])
    assert in_german(found.sentence) == (
        "Ja: 4 von 4 Bildern der Basis sind Byte für Byte dieselben, nachdem alle Adapter an- und "
        "wieder abgelegt wurden (2 Prompts)."
    )


def test_rules_that_are_not_told_apart():
    means = [faithful("sum", -1.0), faithful("svd:4", -1.1)]
    (found,) = verdicts(rules(), means)
    assert in_german(found.sentence).startswith(
        "Es lässt sich nicht sagen, welche Merge-Regel „Treue zum Prompt“ am nächsten an der "
        "Basis hält (sum, svd:4): ihre Intervalle trennen die beiden nicht"
    )


@pytest.mark.parametrize(
    ("experiment", "means"),
    [
        (ladder(policies=("one", "mean")),
         [deep("real", -3.0), deep("real", -1.0, policy="mean"), deep("random", -1.0)]),
        (ladder(arms=("copies",)), [deep("copies", 0.2)]),
        (sweep(), swept(0.0, -0.5, -2.0)),
        (sweep(), swept(-2.0, -2.0, -2.0)),
        (ablation(), [faithful("all", -3.0, adapters="a + b"), faithful("without", -1.0),
                      faithful("without", -1.0, adapters="b")]),
        (seed_wall(), [faithful("base", 0.0), faithful("stack", -1.0)]),
        (rules(), [faithful("1", -1.0), faithful("2", -3.0)]),
    ],
)  # fmt: skip
def test_nothing_is_forgotten(experiment, means):
    found = verdicts(experiment, means, SURE)
    assert found
    for one in found:
        for text in (one.sentence, one.overturned_by, one.unit):
            assert not re.search("[A-Za-z]{2}", with_marks(text))


def test_curves_and_their_places():
    experiment = ladder(policies=("one", "mean"))
    means = [deep("real", 1.0), deep("random", 1.0, policy="mean")]
    drawn = curves(experiment, means, "fidelity")
    assert [in_german(one.name) for one in drawn] == [
        "die Adapter, jeder mit 1",
        "Zufallszwillinge, jeder mit 1/N",
    ]
    assert in_german(drawn[0].points[0].place) == "Tiefe 5"
    assert in_german(x_title(experiment)) == "Adapter im Stapel"


def test_titles_and_units_of_what_was_read_from_tables():
    assert in_german(title_of("share-red")) == "Anteil von „red“"
    assert in_german(title_of("bytes-equal")) == "Wieder dasselbe Bild"
    assert in_german(unit_words("of the output")) == "der Ausgabe"
    assert unit_words("unheard of") == "unheard of"


def test_remarks():
    (told,) = remarks(ladder(depths=(1, 8), arms=("real", "random")))
    assert in_german(told) == (
        "Die echten Adapter enden bei Tiefe 1, denn es gibt nur 5 davon; andere Arme gehen bis 8."
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"adapters": ()}, "Ein Versuch braucht mindestens einen Adapter."),
        ({"axes": (Axis(what="fader", points=(1.0,)),)},
         "Angeben, welches Adapters Regler durchlaufen werden soll."),
        ({"axes": (Axis(points=(1.0,), adapter=7),)},
         "Einen Adapter Nummer 7 für den Durchlauf gibt es nicht; angegeben sind 2."),
    ],
)  # fmt: skip
def test_what_is_no_experiment(fields, told):
    assert in_german(sweep(**fields).problem() or "") == told


def test_only_english_has_a_small_letter_in_the_midst():
    title = inner(say("Fidelity to what was asked for"))
    assert title == "fidelity to what was asked for"
    for one in (title, pickle.loads(pickle.dumps(title))):
        assert in_german(one) == "Treue zum Prompt"
        assert isinstance(one, Sentence)
        assert one.said_by(lambda pattern: pattern) == "fidelity to what was asked for"
    assert inner("Grain") == "grain"
