"""What is exported, and what came of it, in sentences."""

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.exports import COMPARING, Exported, ExportSource
from loraviewer.core.numbers import short_number

_CONTEXT = "ExportWords"
_MOST_NAMES = 6
_ROUNDING = 1e-6
"""Relative error of numbers that were written as float32."""
_SAME_LEVELS = 0.5
"""Mean distance below which nobody sees a difference."""
_LEAST_LEVELS = 0.005
"""Below it, two digits behind the point say nothing."""

translate = QCoreApplication.translate


def what_words(source: ExportSource | None, base: str) -> str:
    if source is None:
        return translate(_CONTEXT, "There is no base yet.")
    if not source.adapters:
        return translate(_CONTEXT, "The active pane's stack: no adapter, on “{}”.").format(base)
    names = [f"{one.name} {figures(short_number(one.scale, 2))}" for one in source.adapters]
    if len(names) > _MOST_NAMES:
        more = translate(_CONTEXT, "{} more").format(len(names) - _MOST_NAMES)
        names = [*names[:_MOST_NAMES], more]
    words = translate(_CONTEXT, "The active pane's stack: {}; on “{}”.")
    told = words.format(", ".join(names), base)
    if source.rule.is_sum:
        return told
    rule = translate(_CONTEXT, "Merged by {}.").format(source.rule.text)
    return f"{told} {rule}"


def phase_words(phase: str) -> str:
    """As the process calls it where there are no better words."""
    known = {
        "pipeline": translate(_CONTEXT, "Opening the base…"),
        "writing": translate(_CONTEXT, "Writing…"),
        COMPARING: translate(_CONTEXT, "Comparing pictures…"),
    }
    return known.get(phase) or translate("Sentence", phase)


def done_words(exported: Exported) -> str:
    lines = [translate(_CONTEXT, "“{}” is written.").format(exported.output)]
    if exported.relative_error is not None and exported.relative_error < _ROUNDING:
        lines.append(translate(_CONTEXT, "Nothing is lost in it but rounding."))
    elif exported.relative_error is not None:
        share = figures(short_number(100 * exported.relative_error, 3))
        lines.append(translate(_CONTEXT, "{} % of the change is lost in it.").format(share))
    if exported.proof:
        lines.append(_proof_words(exported))
    return "\n".join((*lines, *(f"{shown(note)}." for note in exported.notes)))


def _proof_words(exported: Exported) -> str:
    mean = max(one.mean_levels for one in exported.proof)
    largest = max(one.largest_levels for one in exported.proof)
    words = translate(
        _CONTEXT,
        "Loaded again, its {} pictures differ from the stack's by {} of 255 levels on average, "
        "and by {} in one place: {}",
    )
    verdict = (
        translate(_CONTEXT, "nobody can see it.")
        if mean < _SAME_LEVELS
        else translate(_CONTEXT, "look at them before you rely on it.")
    )
    most = _at_most(str(largest))
    return words.format(len(exported.proof), _mean_words(mean), most, verdict)


def _mean_words(mean: float) -> str:
    """A mean of which no figure is left is told as small, not as nothing."""
    if mean < _LEAST_LEVELS:
        return translate(_CONTEXT, "less than 0.01")
    return _at_most(figures(short_number(mean, 2)))


def _at_most(levels: str) -> str:
    return translate(_CONTEXT, "at most {}").format(levels)
