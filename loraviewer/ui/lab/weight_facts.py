"""What is known of one weight as numbers: its size, its change, its rounding, its fingerprint."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.weight_measurements import Rounding, WeightDetails
from loraviewer.core.weight_numbers import WeightName
from loraviewer.ui.lab.charts.number_words import number_text
from loraviewer.ui.lab.module_numbers import ModuleNumbers
from loraviewer.ui.widgets.quantities import share_text

translate = QCoreApplication.translate
_CONTEXT = "WeightFacts"


@dataclass(frozen=True)
class Fact:
    """`is_name`: a person may want to copy it alone."""

    label: str
    text: str
    is_name: bool = False


def base_facts(checkpoint: CheckpointInfo | None) -> list[Fact]:
    if checkpoint is None:
        return []
    kind = f"{checkpoint.name} · {checkpoint.dtype} · {checkpoint.device}"
    return [
        Fact(translate(_CONTEXT, "Base"), kind),
        Fact(translate(_CONTEXT, "Its fingerprint"), checkpoint.identity, is_name=True),
    ]


def name_facts(weight: WeightName, numbers: ModuleNumbers) -> list[Fact]:
    """Of the selected weight, from what follows the faders."""
    facts = [Fact(translate(_CONTEXT, "Weight"), ".".join(weight), is_name=True)]
    modules = numbers.modules
    if weight not in modules.weights:
        none = translate(_CONTEXT, "No adapter of the stack changes it.")
        return [*facts, Fact(translate(_CONTEXT, "Change"), none)]
    at = modules.weights.index(weight)
    rows, columns = modules.shapes[at]
    base = numbers.norms.base[modules.places[at]]
    facts += [
        Fact(translate(_CONTEXT, "Block"), modules.blocks[at][1]),
        Fact(translate(_CONTEXT, "Shape"), f"{rows} × {columns}"),
        Fact("‖W₀‖", number_text(base)),
        Fact("‖S‖", number_text(numbers.stack(at))),
    ]
    relative = numbers.relative(at)
    if relative is not None:
        facts.append(Fact("‖S‖ / ‖W₀‖", f"{number_text(100.0 * relative)} %"))
    return facts


def detail_facts(details: WeightDetails) -> list[Fact]:
    facts: list[Fact] = []
    if details.rounding is not None:
        facts += _rounding_facts(details.rounding)
    if details.fingerprint:
        label = translate(_CONTEXT, "Fingerprint of W₀")
        facts.append(Fact(label, details.fingerprint, is_name=True))
    return facts


def _rounding_facts(rounding: Rounding) -> list[Fact]:
    """Whole sentences: “gain” means nothing to people."""
    facts = [Fact(translate(_CONTEXT, "Kept as"), rounding.dtype)]
    changed = translate(_CONTEXT, "{} of its numbers differ from the base’s")
    facts.append(
        Fact(translate(_CONTEXT, "Merged"), changed.format(share_text(rounding.changed_share)))
    )
    if rounding.error is not None:
        lost = translate(_CONTEXT, "{} of the change is an error of rounding")
        error = f"{number_text(100.0 * rounding.error)} %"
        facts.append(Fact(translate(_CONTEXT, "Rounding error"), lost.format(error)))
    if rounding.gain is not None:
        arrives = translate(_CONTEXT, "{} of the change arrives")
        gain = f"{number_text(100.0 * rounding.gain, 4)} %"
        facts.append(Fact(translate(_CONTEXT, "Gain"), arrives.format(gain)))
    return facts
