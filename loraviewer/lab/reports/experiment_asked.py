"""What an experiment asked for, and with what it was made, as tables of a page."""

import platform
from collections.abc import Iterator

from loraviewer import __version__
from loraviewer.core.experiments.axes import axis_words
from loraviewer.core.experiments.description import VERSION, Experiment
from loraviewer.core.experiments.places import arm_name, policy_name
from loraviewer.core.infotext import installed_versions
from loraviewer.core.numbers import short_number
from loraviewer.lab.reports.html_text import heads, minus, safe, table


def asked_table(experiment: Experiment) -> str:
    return _table(_asked(experiment))


def adapters_table(experiment: Experiment) -> str:
    rows = [
        f'<th scope="row" class="text">{safe(one.name)}</th><td>{_number(one.scale)}</td>'
        f"<td>{_number(one.text_scale)}</td>"
        f'<td class="words"><code>{safe(one.sha256)}</code></td>'
        for one in experiment.adapters
    ]
    head = (
        '<th scope="col" class="text">adapter</th><th scope="col">strength</th>'
        '<th scope="col">text encoders</th><th scope="col" class="text">sha256 of the file</th>'
    )
    return table(head, rows)


def versions_table() -> str:
    """Of no moment, so that the same experiment gives the same page."""
    libraries = (f"{name} {version}" for name, version in installed_versions().items())
    rows = [
        ("loraviewer", f"{__version__}, descriptions of version {VERSION}"),
        ("libraries", ", ".join(libraries)),
        ("Python", f"{platform.python_version()}, {platform.machine()}"),
    ]
    return _table(iter(rows))


def _asked(experiment: Experiment) -> Iterator[tuple[str, str]]:
    base, sampling = experiment.base, experiment.base.sampling
    identity = base.checkpoint.identity or "not known"
    yield "base", f"{base.checkpoint.path} (fingerprint of its weights: {identity})"
    yield "prompts", "\n".join(experiment.prompts)
    if sampling.negative_prompt:
        yield "negative prompt", sampling.negative_prompt
    yield "seeds", _runs(experiment.seeds)
    yield (
        "sampling",
        f"{sampling.steps} steps, guidance {short_number(sampling.guidance_scale)}, "
        f"{sampling.sampler}, {sampling.width}×{sampling.height}",
    )
    yield "reckoned", f"{base.dtype} on {base.device}, adapters {base.merge_mode}"
    if not base.merge_rule.is_sum:
        yield "merge rule", base.merge_rule.text
    yield from _of_kind(experiment)
    yield "measures", ", ".join(experiment.measures)


def _of_kind(experiment: Experiment) -> Iterator[tuple[str, str]]:
    if experiment.kind == "ladder":
        yield "depths", _runs(experiment.depths)
        yield "orders", str(experiment.orders)
        yield "strengths", ", ".join(map(policy_name, experiment.policies))
        yield "arms", ", ".join(map(arm_name, experiment.arms))
    for axis in experiment.axes:
        points = ", ".join(short_number(point) for point in axis.points)
        yield f"axis “{axis_words(axis, experiment.adapters)}”", points
    if experiment.kind == "return":
        yield "ways", str(experiment.orders)
    if experiment.rules:
        yield "rules", ", ".join(rule.text for rule in experiment.rules)
    if experiment.negative:
        yield "negative prompt to compare with", experiment.negative
    if experiment.energies:
        yield "energies", ", ".join(short_number(energy) for energy in experiment.energies)
        yield "draws", str(experiment.draws)


def _runs(numbers: tuple[int, ...]) -> str:
    """“1 … 8”, or one by one where some are left out."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) > 2 and numbers == tuple(range(first, last + 1)):
        return f"{first} … {last}"
    return ", ".join(map(str, numbers))


def _table(rows: Iterator[tuple[str, str]]) -> str:
    told = [
        f'<th scope="row" class="text">{safe(label)}</th>'
        f'<td class="words">{safe(value).replace(chr(10), "<br>")}</td>'
        for label, value in rows
    ]
    return table(heads("what", "value", texts=2), told)


def _number(value: float) -> str:
    return minus(short_number(value))
