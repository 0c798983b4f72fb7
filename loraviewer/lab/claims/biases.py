"""Conclusions on biases: that adapters are some, that they patch some, and that those come back."""

from __future__ import annotations

from loraviewer.core.experiments.claim_results import Finding
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.sentences import Sentence, say
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
            say(
                "No prompt asks for a manga, yet colourfulness falls from {base} to {half} at "
                "half strength and {whole} at 1 ({spreads} spreads).",
                base=told(base, 0),
                half=told(half, 0),
                whole=told(at_one, 0),
                spreads=told_spreads(at_one),
            ),
            say(
                "What the prompt names is recognised with a probability of {left}; without the "
                "adapter it is {asked}. A colour that the prompt names is part of that, and ink "
                "has none.",
                left=told_share(left),
                asked=told_share(asked),
            ),
        ),
        overturned_by=say("prompts whose pictures keep their colours with the adapter at 1."),
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
            say(
                "Without a colour in the prompt, {before} of the girls wear red; with “less-red” "
                "and “less-blue” on, {patched}; with both off again, {after}.",
                before=told_share(before),
                patched=told_share(patched),
                after=told_share(after),
            ),
            say(
                "After each way of switching on and off in random orders, {pictures} the last "
                "pictures equal the first byte for byte, and {weights} the weights are the base's.",
                pictures=_all(same[0]),
                weights=_all(same[1]),
            ),
        ),
        overturned_by=say("one way after which a picture or a weight differs in one byte."),
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
            say(
                "A base that was trained with less bias is not among the demo's, so only the patch "
                "was measured."
            ),
            say(
                "{base} of the girls wear red where no colour is named; with the patch {stack}; "
                "with the negative prompt “red dress” {words}.",
                base=told_share(base),
                stack=_beside(stack, base),
                words=_beside(words, base),
            ),
            say(
                "Pictures change by {by_patch} levels with the patch and by {by_words} with the "
                "words; the effective number of different pictures of {seeds} (Vendi) is {base} of "
                "the base, {patch} with the patch and {words} with the words.",
                by_patch=told(changes[0], 1),
                by_words=told(changes[1], 1),
                seeds=numbers.seeds,
                base=told(variety[0]),
                patch=told(variety[1]),
                words=told(variety[2]),
            ),
        ),
        overturned_by=say(
            "a second base, trained on pictures without the skew, measured the same way."
        ),
    )


def _beside(one: Mean, other: Mean) -> Sentence:
    share = told_share(one)
    if lies_below(one, other):
        return say("{share}, clearly less", share=share)
    return say("{share}, not clearly another share", share=share)


def _all(mean: Mean) -> Sentence:
    if mean.mean == 1.0:
        return say("all of {n} times", n=mean.n)
    return say("{share} of {n} times", share=f"{mean.mean:.0%}", n=mean.n)
