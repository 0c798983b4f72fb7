"""What an experiment, once it is settled, does not show as it was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.ladder import reached
from loraviewer.core.numbers import short_number
from loraviewer.core.prompt_syntax import letters_sentence
from loraviewer.core.sentences import figure, say
from loraviewer.core.variants.template import is_open, plain_text


def remarks(experiment: Experiment) -> tuple[str, ...]:
    """A sentence each."""
    return (*_ended(experiment), *_missed(experiment), *_as_letters(experiment))


def _ended(experiment: Experiment) -> Iterator[str]:
    if experiment.kind != "ladder" or "real" not in experiment.arms:
        return
    if not (depths := reached("real", experiment)):
        yield say("No depth is small enough for the real adapters: there are fewer of them.")
    elif depths != experiment.depths:
        yield say(
            "The real adapters end at depth {depth}, for there are only {count} of them; other "
            "arms go on to {deepest}.",
            depth=max(depths),
            count=len(experiment.adapters),
            deepest=max(experiment.depths),
        )


def _missed(experiment: Experiment) -> Iterator[str]:
    for one in experiment.nominals:
        if not one.is_met:
            yield say(
                "{arm}, draw {draw}: at an energy of {energy} one step moves by {moved} at the "
                "nearest.",
                arm=one.arm,
                draw=one.draw,
                energy=figure(short_number(one.energy, 3)),
                moved=figure(short_number(one.mean, 3)),
            )


def _as_letters(experiment: Experiment) -> Iterator[str]:
    """What of its prompts commands nothing, each sentence once."""
    sampling = experiment.base.sampling
    prompts = [plain_text(p) if experiment.is_drawn(p) else p for p in experiment.prompts]
    negatives = (sampling.negative_prompt, experiment.negative)
    told = (letters_sentence(text, sampling.words) for text in (*prompts, *negatives))
    yield from filter(None, dict.fromkeys(told))
    if experiment.kind != "seeds" and any(map(is_open, experiment.prompts)):
        yield say("Of all experiments only a seed wall leaves words of its prompts to the seed.")
