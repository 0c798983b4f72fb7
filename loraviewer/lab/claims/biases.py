"""Conclusions on biases: that adapters are some, that they patch some, and that those come back."""

from __future__ import annotations

from loraviewer.core.experiments.claim_results import Finding
from loraviewer.core.experiments.numbers import Mean
from loraviewer.lab.claims.numbers import Numbers, lies_below, told, told_share, told_spreads

_GREY = 0.5
"""Of the base's colourfulness: below this a picture is nearly black and white."""


def manga(numbers: Numbers) -> Finding:
    """Colour over the fader, with prompts that ask for none of it."""
    base, at_one = numbers.base("colourfulness"), numbers.mean("colourfulness", at="1")
    half = numbers.mean("colourfulness", at="0.5")
    asked, left = numbers.base("fidelity"), numbers.mean("fidelity", at="1")
    is_grey = at_one.high is not None and at_one.high < _GREY * base.mean
    return Finding(
        name="manga",
        holds="yes" if is_grey else "in part" if lies_below(at_one, base) else "no",
        sentences=(
            "No prompt asks for a manga, yet colourfulness falls from "
            f"{told(base, 0)} to {told(half, 0)} at half strength and {told(at_one, 0)} at 1 "
            f"({told_spreads(at_one)} spreads).",
            "What the prompt names is recognised with a probability of "
            f"{told_share(left)}; without the adapter it is {told_share(asked)}. A colour that the "
            "prompt names is part of that, and ink has none.",
        ),
        overturned_by="prompts whose pictures keep their colours with the adapter at 1.",
    )


def returned(numbers: Numbers) -> Finding:
    """The skew before, with the patch, and after; and whether the last picture is the first."""
    before, after = (numbers.share("share-red", arm=arm) for arm in ("before", "after"))
    deepest = max(mean.depth for mean in numbers.all("share-red", arm="on"))
    patched = numbers.share("share-red", arm="on", depth=deepest)
    same = [numbers.mean(f"{what}-equal", arm="after") for what in ("bytes", "weights")]
    is_same = all(mean.mean == 1.0 for mean in same)
    return Finding(
        name="return",
        holds="yes" if is_same and before.mean == after.mean else "no",
        sentences=(
            f"Without a colour in the prompt, {told_share(before)} of the girls wear red; with "
            f"“less-red” and “less-blue” on, {told_share(patched)}; with both off again, "
            f"{told_share(after)}.",
            f"After each way of switching on and off in random orders, {_all(same[0])} the last "
            f"pictures equal the first byte for byte, and {_all(same[1])} the weights are the "
            "base's.",
        ),
        overturned_by="one way after which a picture or a weight differs in one byte.",
    )


def patch(numbers: Numbers) -> Finding:
    """The patch beside a negative prompt. A base with less bias would be the other half."""
    base, stack, words = (
        numbers.share("share-red", arm=arm) for arm in ("base", "stack", "negative")
    )
    changes = [numbers.mean("difference", arm=arm) for arm in ("stack", "negative")]
    variety = [numbers.mean("vendi", arm=arm) for arm in ("base", "stack", "negative")]
    return Finding(
        name="patch",
        holds="open",
        sentences=(
            "A base that was trained with less bias is not among the demo's, so only the patch "
            "was measured.",
            f"{told_share(base)} of the girls wear red where no colour is named; with the patch "
            f"{told_share(stack)}{_clearly(stack, base)}; with the negative prompt “red dress” "
            f"{told_share(words)}{_clearly(words, base)}.",
            f"Pictures change by {told(changes[0], 1)} levels with the patch and by "
            f"{told(changes[1], 1)} with the words; the effective number of different pictures of "
            f"{numbers.seeds} (Vendi) is {told(variety[0])} of the base, {told(variety[1])} with "
            f"the patch and {told(variety[2])} with the words.",
        ),
        overturned_by="a second base, trained on pictures without the skew, measured the same way.",
    )


def _clearly(one: Mean, other: Mean) -> str:
    return ", clearly less" if lies_below(one, other) else ", not clearly another share"


def _all(mean: Mean) -> str:
    return f"all of {mean.n} times" if mean.mean == 1.0 else f"{mean.mean:.0%} of {mean.n} times"
