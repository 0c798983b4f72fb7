"""Conclusions from means that are known: each of them can come out another way."""

import pytest

from loraviewer.core.experiments.numbers import Mean
from loraviewer.lab.claims.biases import manga, patch, returned
from loraviewer.lab.claims.numbers import Numbers
from loraviewer.lab.claims.outputs import outputs
from loraviewer.lab.claims.spread import Spread
from loraviewer.lab.claims.stacking import details, hundreds
from loraviewer.lab.claims.timing import Timed
from loraviewer.lab.claims.weights import merged, rows
from tests.languages.said import in_german


def mean(measure, value, arm="real", policy="one", depth=0, at="", width=0.01):
    return Mean(
        arm=arm, policy=policy, depth=depth, adapters="", scales="", measure=measure, unit="",
        mean=value, low=value - width, high=value + width,
        in_seed_spreads=value, spreads_low=value - width, spreads_high=value + width,
        level=0.95, over="prompts", prompts=8, n=32, at=at,
    )  # fmt: skip


def ladder(detail, fidelity, twin_detail=-2.0, twin_fidelity=0.1):
    """By depth 1, 2, 4 …, beside a base of fidelity 0.9."""
    depths = [2**i for i in range(len(detail))]
    return Numbers(
        [
            mean("detail", 0.0, "base", ""), mean("fidelity", 0.9, "base", ""),
            *(mean("detail", v, depth=d) for v, d in zip(detail, depths, strict=True)),
            *(mean("fidelity", v, depth=d) for v, d in zip(fidelity, depths, strict=True)),
            mean("detail", twin_detail, "random", depth=depths[-1]),
            mean("fidelity", twin_fidelity, "random", depth=depths[-1]),
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "fidelity", "holds"),
    [
        ((-0.5, -1, -2), (0.9, 0.7, 0.1), "yes"),
        ((-0.5, -1, -2), (0.9, 0.9, 0.9), "in part"),
        ((0.5, 1, 2), (0.9, 0.5, 0.1), "in part"),
        ((-0.5, 1, -2), (0.9, 0.9, 0.9), "no"),
    ],
)
def test_details(detail, fidelity, holds):
    assert details(ladder(detail, fidelity)).holds == holds


def test_twins_decide_whether_it_is_what_was_learnt():
    same = details(ladder((-1, -2), (0.9, 0.1), twin_detail=-2.0, twin_fidelity=0.1))
    other = details(ladder((-1, -2), (0.9, 0.1), twin_detail=-0.1, twin_fidelity=0.8))
    assert sum("it is the strength" in sentence for sentence in same.sentences) == 2
    assert sum("what was learnt matters" in sentence for sentence in other.sentences) == 2


@pytest.mark.parametrize(
    ("one", "root", "calm", "holds", "said"),
    [
        (0.1, 0.8, 0.9, "in part", "how strong their sum is"),
        (0.1, 0.1, 0.9, "in part", "learnt to pull the same ways"),
        (0.1, 0.1, 0.1, "yes", "their number decides"),
        (0.8, 0.8, 0.9, "no", "Neither"),
    ],
)
def test_hundreds(one, root, calm, holds, said):
    finding = hundreds(
        Numbers(
            [
                mean("fidelity", 0.9, "base", ""),
                *(mean("fidelity", one, policy="one", depth=d) for d in (1, 113)),
                mean("fidelity", root, policy="sqrt", depth=113),
                mean("fidelity", 0.9, policy="mean", depth=113),
                mean("fidelity", 0.1, "random", "one", depth=400),
                mean("fidelity", calm, "random", "sqrt", depth=400),
            ]
        )
    )
    assert finding.holds == holds
    assert said in finding.sentences[3]
    assert "with 113 at full strength" in finding.sentences[0]
    assert "400 at 1/√400 each" in finding.sentences[2]


@pytest.mark.parametrize(("colour", "holds"), [(5, "yes"), (25, "in part"), (50, "no")])
def test_manga(colour, holds):
    assert manga(sweep(colour)).holds == holds


def sweep(colour):
    return Numbers(
        [
            mean("colourfulness", 40, "base", ""), mean("fidelity", 0.9, "base", ""),
            mean("colourfulness", 30, at="0.5"), mean("colourfulness", colour, at="1"),
            mean("fidelity", 0.6, at="1"),
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("equal", "red", "holds"), [(1, 0.9, "yes"), (0.5, 0.9, "no"), (1, 0.8, "no")]
)
def test_return(equal, red, holds):
    finding = returned(
        Numbers(
            [
                mean("share-red", 0.9, "before", ""), mean("share-red", 0.8, "on", "", 1),
                mean("share-red", 0.4, "on", "", 2), mean("share-red", red, "after", ""),
                mean("bytes-equal", equal, "after", ""), mean("weights-equal", 1, "after", ""),
            ],
            seeds=100,
        )
    )  # fmt: skip
    assert finding.holds == holds
    assert "40 % (31 … 50 %)" in finding.sentences[0]


def test_patch_says_what_it_cannot_say():
    arms = ("base", "stack", "negative")
    shares = [mean("share-red", v, a, "") for v, a in zip((0.9, 0.4, 0.9), arms, strict=True)]
    others = [mean(name, 3, arm, "") for name in ("difference", "vendi") for arm in arms]
    finding = patch(Numbers([*shares, *others], seeds=100))
    assert finding.holds == "open"
    assert finding.sentences[1].count("clearly less") == 1
    assert finding.sentences[1].count("not clearly another share") == 1


def way(name, adapters, ratio, width=0.01):
    return Timed(name, adapters, ratio, ratio - width, ratio + width, 12.0, 300.0, 9)


@pytest.mark.parametrize(
    ("ratio", "width", "holds"), [(1.0, 0.01, "yes"), (1.2, 0.01, "no"), (1.0, 0.1, "open")]
)
def test_merged(ratio, width, holds):
    times = [way("merged", 0, 1, 0), way("merged", 4, ratio, width), way("beside", 4, 1.5)]
    finding = merged(times, "merged", "beside")
    assert finding.holds == holds
    assert "each adapter is paid for" in finding.sentences[1]


@pytest.mark.parametrize(("taken", "holds"), [(0.5, "in part"), (0.1, "yes")])
def test_rows(taken, holds):
    assert rows([Spread("a", 9, taken, 0.6, 0.5, 0.6, 0.02, 0.1)]).holds == holds


def disturbed(weights, fresh, frozen):
    values = {
        **dict.fromkeys(("weights-gaussian", "weights-random"), weights),
        **dict.fromkeys(("activations-fresh", "guided-fresh"), fresh),
        **dict.fromkeys(("activations-frozen", "guided-frozen"), frozen),
    }
    small = [mean("ssim", 0.99, arm, "", at="0.1") for arm in values]
    return Numbers([*small, *(mean("ssim", v, arm, "", at="0.4") for arm, v in values.items())])


@pytest.mark.parametrize(
    ("weights", "fresh", "frozen", "holds", "said"),
    [
        (0.8, 0.5, 0.4, "yes", "errors that repeat add up"),
        (0.5, 0.8, 0.4, "in part", "errors that repeat add up"),
        (0.4, 0.5, 0.8, "no", "drawn anew at each step harms more"),
        (0.4, 0.5, 0.5, "no", "no clear difference"),
    ],
)
def test_outputs(weights, fresh, frozen, holds, said):
    finding = outputs(disturbed(weights, fresh, frozen))
    assert finding.holds == holds
    assert "changes by 0.4" in finding.sentences[0]
    assert said in finding.sentences[1]


def test_few_seeds_leave_a_skew_in_doubt():
    arms = ("base", "stack", "negative")
    shares = [mean("share-red", v, a, "") for v, a in zip((0.9, 0.4, 0.9), arms, strict=True)]
    others = [mean(name, 3, arm, "") for name in ("difference", "vendi") for arm in arms]
    finding = patch(Numbers([*shares, *others], seeds=6))
    assert "clearly less" not in finding.sentences[1]


def test_conclusions_are_said_in_german_with_their_numbers():
    finding = details(ladder((-0.5, -1), (0.9, 0.1), twin_detail=-1.0, twin_fidelity=0.8))
    assert [in_german(one) for one in finding.sentences] == [
        "Feine Einzelheiten, als Zweierpotenz ihres Anteils gegenüber der Basis: −0.5 (−0.51 … "
        "−0.49) bei Tiefe 1, −1 (−1.01 … −0.99) bei Tiefe 2; sie nehmen mit der Tiefe ab.",
        "Das Prüfnetz erkennt, was der Prompt nennt, in den Bildern der Basis mit einer "
        "Wahrscheinlichkeit von 90 % (89 … 91 %), danach von 90 % (89 … 91 %) bei Tiefe 1, 10 % "
        "(9 … 11 %) bei Tiefe 2: bei Tiefe 2 ist nur noch Unsinn übrig.",
        "Bei Tiefe 2 ergeben zufällige Adapter mit denselben Singulärwerten eine Treue zum Prompt "
        "von 80 % (79 … 81 %), die trainierten dagegen 10 % (9 … 11 %): Auf das Gelernte kommt es "
        "an.",
        "Bei Tiefe 2 ergeben zufällige Adapter mit denselben Singulärwerten bei feinen "
        "Einzelheiten −1 (−1.01 … −0.99), was sich von −1 (−1.01 … −0.99) der trainierten nicht "
        "unterscheiden lässt: Es liegt an der Stärke.",
    ]
    assert in_german(finding.headline) == "Sie trifft zu."


def test_times_are_said_in_german():
    times = [way("merged", 0, 1.0), way("merged", 1, 1.0), way("beside", 4, 1.5)]
    assert [in_german(one) for one in merged(times, "merged", "beside").sentences] == [
        "Eingerechnet dauert das Entrauschen das 1.00-Fache (0.99 … 1.01) mit 1 Adapter der 300 ms "
        "der Basis.",
        "Neben den Gewichten berechnet dauert es das 1.50-Fache (1.49 … 1.51) mit 4 Adaptern; "
        "jeder Adapter kostet also bei jedem Bild.",
        "Das Einrechnen selbst kostet einmal bei jeder Änderung des Stapels: 12 ms bei 1 Adapter.",
    ]
