"""The columns of the table of modules: what each is called, means and holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from loraviewer.ui.lab.charts.number_words import number_text
from loraviewer.ui.lab.module_numbers import ModuleNumbers
from loraviewer.ui.widgets.quantities import share_text

translate = QCoreApplication.translate
_CONTEXT = "ModuleColumns"

Value = str | float | bool | tuple[int, int] | None


@dataclass(frozen=True)
class Column:
    """`value`: of one weight by its place, None where it is not known; `text`: how that is
    written. `widest`: what it has room for."""

    title: str
    tip: str
    value: Callable[[ModuleNumbers, int], Value]
    text: Callable[[Value], str]
    widest: str
    is_number: bool = True


def columns(names: Sequence[str]) -> list[Column]:
    """names: of the rows of the stack, one column each."""
    return [*_places(), *_sizes(), *map(_share, range(len(names)), names), *_rest()]


def _places() -> list[Column]:
    return [
        _words(
            translate(_CONTEXT, "Component"),
            translate(_CONTEXT, "The network that the weight belongs to."),
            lambda of, at: of.modules.weights[at][0],
            "text_encoder_2",
        ),
        _words(
            translate(_CONTEXT, "Block"),
            translate(_CONTEXT, "The part of the network, from input (IN) to output (OUT)."),
            lambda of, at: of.modules.blocks[at][1],
            "TE1.00m",
        ),
        _words(
            translate(_CONTEXT, "Weight"),
            translate(_CONTEXT, "Its name in the network."),
            lambda of, at: of.modules.weights[at][1],
            "attentions.0.transformer_blocks.0.attn1.to_q",
        ),
        Column(
            translate(_CONTEXT, "Shape"),
            translate(_CONTEXT, "Outputs × inputs; convolutions are flattened."),
            lambda of, at: of.modules.shapes[at],
            _shape,
            "10240 × 10240",
        ),
    ]


def _sizes() -> list[Column]:
    return [
        _number(
            "‖S‖",
            translate(_CONTEXT, "Length of the stack’s change here (Frobenius norm)."),
            lambda of, at: of.stack(at),
        ),
        Column(
            "‖S‖ / ‖W₀‖",
            translate(_CONTEXT, "The stack’s change beside the base weight itself."),
            lambda of, at: of.relative(at),
            _percent,
            "0.000 %m",
        ),
    ]


def _share(row: int, name: str) -> Column:
    tip = translate(_CONTEXT, "What part of the adapters’ energies here is that of {}.")
    return Column(
        name, tip.format(name), lambda of, at: of.share(at, row), _share_text, "> 99.9 %m"
    )


def _rest() -> list[Column]:
    return [
        _words(
            translate(_CONTEXT, "Strongest"),
            translate(_CONTEXT, "The adapter that changes it most."),
            lambda of, at: of.strongest(at),
            "adapter name",
        ),
        _number(
            "σ₁",
            translate(_CONTEXT, "The largest singular value of the stack’s change."),
            lambda of, at: of.largest(at),
        ),
        _number(
            translate(_CONTEXT, "Stable rank"),
            translate(_CONTEXT, "In how many directions its energy lies: 1 is a single one."),
            lambda of, at: of.stable_rank(at),
        ),
        _number(
            translate(_CONTEXT, "Effective rank"),
            translate(_CONTEXT, "The same, counting small directions too."),
            lambda of, at: of.effective_rank(at),
        ),
        Column(
            translate(_CONTEXT, "Spike"),
            translate(_CONTEXT, "Nearly one direction, and strong beside the base: a hint."),
            lambda of, at: of.is_spike(at),
            _spike,
            translate(_CONTEXT, "spike"),
            is_number=False,
        ),
    ]


def _words(
    title: str, tip: str, value: Callable[[ModuleNumbers, int], Value], widest: str
) -> Column:
    return Column(title, tip, value, _plain, widest, is_number=False)


def _number(title: str, tip: str, value: Callable[[ModuleNumbers, int], Value]) -> Column:
    return Column(title, tip, value, _number_text, "0.00 × 10⁻⁰")


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _shape(value: Value) -> str:
    return f"{value[0]} × {value[1]}" if isinstance(value, tuple) else ""


def _number_text(value: Value) -> str:
    return number_text(value) if isinstance(value, float) else ""


def _percent(value: Value) -> str:
    return f"{number_text(100.0 * value)} %" if isinstance(value, float) else ""


def _share_text(value: Value) -> str:
    return share_text(value) if isinstance(value, float) else ""


def _spike(value: Value) -> str:
    return translate(_CONTEXT, "spike") if value else ""
