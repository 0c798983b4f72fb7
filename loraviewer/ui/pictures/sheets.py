"""The panes that are seen as one sheet: pictures as they are shown, and what they were made of."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.captions import stack_caption
from loraviewer.core.contact_sheet import ContactSheet, SheetCell, cell_width
from loraviewer.core.document import Document
from loraviewer.core.numbers import short_number
from loraviewer.core.pane import PaneState
from loraviewer.core.pane_names import pane_name
from loraviewer.core.request import Sampling
from loraviewer.ui.pictures.captions import caption

translate = QCoreApplication.translate
_CONTEXT = "Sheets"

_COLUMNS = {1: 1, 2: 2, 4: 2, 6: 3}


def sheet_of(document: Document, states: Sequence[PaneState], base: str) -> ContactSheet | None:
    """states: of the panes that are seen, in their order; those without a finished picture are left
    out. base: what it is called. None where nothing can be shown."""
    seen = [state for state in states if state.shown is not None]
    if not seen:
        return None
    pictures = tuple(state.shown.picture for state in seen if state.shown)
    width = cell_width(pictures)
    first = seen[0].shown
    shared = first.request.sampling if first else Sampling()
    columns = min(_COLUMNS[document.layout], len(seen))
    cells = tuple(_cell(document, state, shared, width) for state in seen)
    whole = columns * width + (columns - 1) * 20
    return ContactSheet(cells, columns, caption("", _footer(shared, base), whole))


def _cell(document: Document, state: PaneState, shared: Sampling, width: int) -> SheetCell:
    assert state.shown is not None
    name = shown(pane_name(document, state.pane_id))
    sampling = state.shown.request.sampling
    lines = [shown(stack_caption(state.shown_stack))]
    if sampling != shared:
        lines += [sampling.prompt, _numbers(sampling)]
    if state.shown.request.is_draft:
        lines.append(translate(_CONTEXT, "draft"))
    elif state.is_outdated:
        lines.append(translate(_CONTEXT, "from before the last change"))
    return SheetCell(name, state.shown, caption(name, lines, width))


def _footer(sampling: Sampling, base: str) -> list[str]:
    without = translate(_CONTEXT, "Without: {}").format(sampling.negative_prompt)
    return [
        sampling.prompt,
        without if sampling.negative_prompt else "",
        f"{base} · {_numbers(sampling)}",
    ]


def _numbers(sampling: Sampling) -> str:
    words = translate(
        _CONTEXT, "seed {seed} · {steps} steps · {sampler} · guidance {guidance} · {size}"
    )
    return words.format(
        seed=sampling.seed,
        steps=sampling.steps,
        sampler=sampling.sampler,
        guidance=figures(short_number(sampling.guidance_scale)),
        size=f"{sampling.width}×{sampling.height}",
    )
