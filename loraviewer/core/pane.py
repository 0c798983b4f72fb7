"""What one pane shows, as a value: the widget is a pure function of it."""

import msgspec

from loraviewer.core.document import PaneId
from loraviewer.core.numbers import short_number
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.picture import Picture
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack


class PaneState(msgspec.Struct, frozen=True, kw_only=True):
    """`shown` is the last finished image; `preview` a partial picture of the one under way.

    `stack` is what the pane is to show, `shown_stack` what `shown` does. `is_outdated`: the pane's
    stack or prompt is ahead of `shown`. `step` of `steps` counts the job under way, 0 of 0 while
    none has told of its steps.
    """

    pane_id: PaneId
    stack: AdapterStack = AdapterStack()
    shown: Rendered | None = None
    shown_stack: AdapterStack = AdapterStack()
    preview: Picture | None = None
    is_outdated: bool = False
    is_busy: bool = False
    step: int = 0
    steps: int = 0
    failure: Failure | None = None

    def picture(self) -> Picture | None:
        """What to paint: the partial picture while one is under way, else the finished one."""
        if self.preview is not None:
            return self.preview
        return self.shown.picture if self.shown else None


def stack_caption(stack: AdapterStack) -> str:
    """Names and effective strengths, as "manga .8 + birds 1.2"; "no adapters" for an empty one."""
    rows = row_names(stack)
    names = {entry.sha256: rows[entry.entry_id] for entry in reversed(stack.entries)}
    parts = [f"{names[a.sha256]} {_short(a.scale)}" for a in _in_row_order(stack)]
    return " + ".join(parts) if parts else "no adapters"


def _in_row_order(stack: AdapterStack):
    rows = {e.sha256: i for i, e in reversed(list(enumerate(stack.entries)))}
    return sorted(stack.applied(), key=lambda a: rows[a.sha256])


def _short(value: float) -> str:
    text = short_number(value, digits=2)
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
