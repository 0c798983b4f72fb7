"""The measures of an experiment, by the names in its description."""

from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.usual_measures import is_judged
from loraviewer.core.outcome import RequestError
from loraviewer.core.resources import demo_judge
from loraviewer.lab.images.measures import Measure
from loraviewer.lab.images.registry import measures
from loraviewer.lab.judge import Judge


def measures_of(experiment: Experiment) -> list[Measure]:
    """With a judge where one knows its pictures. Raises `RequestError` for names that mean nothing
    for them, and `FileError` where the judge cannot be read."""
    judge = Judge.load(demo_judge()) if is_judged(experiment.base) else None
    known = measures(judge)
    if unknown := [name for name in experiment.measures if name not in known]:
        raise RequestError(
            f"“{unknown[0]}” is only known of the demo's pictures of 128×128; leave it out."
        )
    return [known[name] for name in experiment.measures]
