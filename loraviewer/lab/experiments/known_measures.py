"""The measures of an experiment, by the names in its description."""

import re
from collections.abc import Mapping

from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.usual_measures import is_judged
from loraviewer.core.outcome import RequestError
from loraviewer.core.picture_measures import SEEN, needs_judge
from loraviewer.core.resources import demo_judge
from loraviewer.core.sentences import say
from loraviewer.lab.images.measures import Features, Measure
from loraviewer.lab.images.registry import measures
from loraviewer.lab.images.shares import shares
from loraviewer.lab.quick_judge import QuickJudge


def measures_of(
    experiment: Experiment, sights: Mapping[str, Features] | None = None
) -> list[Measure]:
    """With a judge where one is asked for and knows its pictures. sights: those that its measures
    look through. Raises `RequestError` for names that mean nothing for them, and `FileError` where
    the judge cannot be read."""
    known = measures(_judge(experiment), sights)
    unknown = [name for name in experiment.measures if name not in known]
    if unknown and unknown[0] in SEEN:
        raise RequestError(
            say(
                "“{measure}” is measured by the command line only; leave it out.",
                measure=unknown[0],
            )
        )
    if unknown:
        raise RequestError(
            say(
                "“{measure}” is only known of the demo's pictures of 128×128; leave it out.",
                measure=unknown[0],
            )
        )
    return [known[name] for name in experiment.measures]


def shares_asked_for(experiment: Experiment) -> tuple[str, ...]:
    """Measures of what its prompts leave to the seed, where a judge knows options of them."""
    if not experiment.wordings or not is_judged(experiment.base):
        return ()
    options = (one.option.lower() for wording in experiment.wordings for one in wording.shares)
    words = {word for option in options for word in re.findall(r"\w+", option)}
    known = shares(QuickJudge.load(demo_judge()))
    return tuple(one.facts.name for one in known if one.answer in words)


def _judge(experiment: Experiment) -> QuickJudge | None:
    is_asked = any(map(needs_judge, experiment.measures))
    return QuickJudge.load(demo_judge()) if is_asked and is_judged(experiment.base) else None
