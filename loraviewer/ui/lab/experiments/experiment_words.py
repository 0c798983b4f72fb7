"""What experiments, their arms and their parts are called, and what each answers."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import shown
from loraviewer.core.durations import duration_text
from loraviewer.core.experiments.axes import What
from loraviewer.core.experiments.description import Arm, Experiment, Kind, Policy
from loraviewer.core.experiments.hands import LOCAL, AtWork, RunsOn
from loraviewer.core.experiments.progress import Going

translate = QCoreApplication.translate
_CONTEXT = "ExperimentWords"
_MOST_NAMES, _FIRST_NAMES = 16, 4

KINDS: tuple[Kind, ...] = ("ladder", "sweep", "ablation", "seeds", "outputs", "return", "rules")
POLICIES: tuple[Policy, ...] = ("one", "mean", "sqrt")
ARMS: tuple[Arm, ...] = ("real", "random", "copies")
AXES: tuple[What, ...] = ("master", "fader", "text", "block", "guidance")


def kind_title(kind: Kind) -> str:
    return {
        "ladder": translate(_CONTEXT, "Ladder"),
        "sweep": translate(_CONTEXT, "Sweep"),
        "ablation": translate(_CONTEXT, "Ablation"),
        "seeds": translate(_CONTEXT, "Seed wall"),
        "outputs": translate(_CONTEXT, "Weights and outputs"),
        "return": translate(_CONTEXT, "There and back"),
        "rules": translate(_CONTEXT, "Merge rules"),
    }[kind]


def kind_question(kind: Kind) -> str:
    """What it answers, in one sentence."""
    return {
        "ladder": translate(_CONTEXT, "What happens to pictures as a stack gets deeper?"),
        "sweep": translate(_CONTEXT, "What happens as one number grows, and where does it break?"),
        "ablation": translate(
            _CONTEXT, "Which adapter does what: each alone, and the stack without it?"
        ),
        "seeds": translate(
            _CONTEXT, "What does a prompt show over many seeds, on the base and on the stack?"
        ),
        "outputs": translate(
            _CONTEXT, "Is a change of the weights worse than as large a change of outputs?"
        ),
        "return": translate(_CONTEXT, "Is the base the same again when the stack has gone?"),
        "rules": translate(_CONTEXT, "Which way of merging the same stack keeps most?"),
    }[kind]


def policy_words(policy: Policy) -> str:
    return {
        "one": translate(_CONTEXT, "as set"),
        "mean": translate(_CONTEXT, "divided by N"),
        "sqrt": translate(_CONTEXT, "divided by √N"),
    }[policy]


def policy_tip(policy: Policy) -> str:
    return {
        "one": translate(_CONTEXT, "N adapters at their strengths: the sum grows."),
        "mean": translate(_CONTEXT, "N adapters at 1/N of their strengths: their average."),
        "sqrt": translate(
            _CONTEXT, "N adapters at 1/√N: as large as one, where they have nothing in common."
        ),
    }[policy]


def arm_words(arm: str) -> str:
    return {
        "real": translate(_CONTEXT, "adapters"),
        "random": translate(_CONTEXT, "random twins"),
        "copies": translate(_CONTEXT, "copies of one"),
        "base": translate(_CONTEXT, "base"),
        "all": translate(_CONTEXT, "all"),
        "alone": translate(_CONTEXT, "each alone"),
        "without": translate(_CONTEXT, "all but one"),
        "pair": translate(_CONTEXT, "each two"),
        "before": translate(_CONTEXT, "base at the start"),
        "on": translate(_CONTEXT, "put on"),
        "off": translate(_CONTEXT, "taken off"),
        "after": translate(_CONTEXT, "base at the end"),
        "weights-gaussian": translate(_CONTEXT, "noise in weights"),
        "weights-random": translate(_CONTEXT, "random twin in weights"),
        "activations-fresh": translate(_CONTEXT, "fresh noise in layers"),
        "activations-frozen": translate(_CONTEXT, "frozen noise in layers"),
        "guided-fresh": translate(_CONTEXT, "fresh noise in the output"),
        "guided-frozen": translate(_CONTEXT, "frozen noise in the output"),
        "stack": translate(_CONTEXT, "stack"),
        "negative": translate(_CONTEXT, "base, negative prompt"),
    }.get(arm, arm)


def arm_tip(arm: Arm) -> str:
    return {
        "real": translate(_CONTEXT, "The adapters of the stack."),
        "random": translate(
            _CONTEXT,
            "A control: random adapters, as strong in every weight, that have learnt nothing.",
        ),
        "copies": translate(_CONTEXT, "A control: one adapter N times, which is only stronger."),
    }[arm]


def axis_words(what: What) -> str:
    return {
        "master": translate(_CONTEXT, "All strengths, multiplied"),
        "fader": translate(_CONTEXT, "One adapter’s strength"),
        "text": translate(_CONTEXT, "Its text encoder strength"),
        "block": translate(_CONTEXT, "One of its blocks, multiplied"),
        "guidance": translate(_CONTEXT, "Guidance"),
    }[what]


def controls_words(experiment: Experiment) -> str:
    """What the numbers will be held against."""
    found = [translate(_CONTEXT, "seed floor")]
    if "random" in experiment.arms:
        found.append(translate(_CONTEXT, "random twins"))
    if "copies" in experiment.arms:
        found.append(translate(_CONTEXT, "copies of one"))
    if experiment.kind == "outputs":
        found.append(translate(_CONTEXT, "noise in outputs, frozen and fresh"))
    if experiment.kind == "seeds" and experiment.negative:
        found.append(translate(_CONTEXT, "the base asked with a negative prompt"))
    if experiment.kind == "rules":
        found.append(translate(_CONTEXT, "the plain sum"))
    return translate(_CONTEXT, "Controls: {}.").format(", ".join(found))


def makers_words(runs_on: RunsOn) -> str:
    """Who will make the pictures, in one sentence; "" for the studio itself."""
    if runs_on.who == "processes":
        one = translate(_CONTEXT, "1 process of this computer makes the pictures.")
        many = translate(_CONTEXT, "{} processes of this computer make the pictures.")
        return _counted(runs_on.workers, one, many)
    if runs_on.who == "cluster" and runs_on.address == LOCAL:
        return translate(_CONTEXT, "A Ray cluster on this computer makes the pictures.")
    if runs_on.who == "cluster":
        words = translate(_CONTEXT, "The Ray cluster at {} makes the pictures.")
        return words.format(runs_on.address)
    return ""


def cost_words(cells: int, to_make: int, seconds: float | None) -> str:
    """“136 cells · 96 pictures to make · about 1 min”."""
    parts = [_counted(cells, translate(_CONTEXT, "1 cell"), translate(_CONTEXT, "{} cells"))]
    if not to_make:
        parts.append(translate(_CONTEXT, "all pictures are there"))
        return " · ".join(parts)
    one, many = translate(_CONTEXT, "1 picture to make"), translate(_CONTEXT, "{} pictures to make")
    parts.append(_counted(to_make, one, many))
    if seconds is not None:
        parts.append(translate(_CONTEXT, "about {}").format(shown(duration_text(seconds))))
    return " · ".join(parts)


def progress_words(going: Going, left_s: float | None) -> str:
    """How far a run is: “5 of 136 · 1 min left”, “2 of 7 measured”."""
    words = translate(_CONTEXT, "{} of {}").format(going.done, going.total)
    if going.stage == "calibrating":
        return translate(_CONTEXT, "{} measured").format(words)
    if left_s is None or going.done >= going.total:
        return words
    return translate(_CONTEXT, "{} · {} left").format(words, shown(duration_text(left_s)))


def prompts_words(count: int, enough: int) -> str:
    """Under the prompts, always one line."""
    if count >= enough:
        return translate(_CONTEXT, "{} prompts: enough for a claim.").format(count)
    one, many = translate(_CONTEXT, "1 prompt"), translate(_CONTEXT, "{} prompts")
    words = translate(_CONTEXT, "{}; {} carry a claim")
    return words.format(_counted(count, one, many), enough)


def adapters_words(names: Sequence[str]) -> str:
    """Of a crowd only some."""
    if not names:
        return translate(_CONTEXT, "no adapters")
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    words = translate(_CONTEXT, "{} of them, {} … {}")
    return words.format(len(names), ", ".join(names[:_FIRST_NAMES]), names[-1])


def _counted(count: int, one: str, many: str) -> str:
    return one if count == 1 else many.format(count)


def hands_words(now: AtWork) -> str:
    """Who makes the pictures: “4 workers on 2 nodes, 3 at work”, and what happened to them."""
    if not now.workers:
        return translate(_CONTEXT, "workers are starting")
    one, many = translate(_CONTEXT, "1 worker"), translate(_CONTEXT, "{} workers")
    words = translate(_CONTEXT, "{workers} on {nodes}, {running} at work").format(
        workers=_counted(now.workers, one, many),
        nodes=_counted(now.nodes, translate(_CONTEXT, "1 node"), translate(_CONTEXT, "{} nodes")),
        running=now.running,
    )
    return f"{words} · {shown(now.sentence)}" if now.sentence else words
