"""What one pane shows, as a value: the widget is a pure function of it."""

import msgspec

from loraviewer.core.document import PaneId
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.picture import Picture
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

    @property
    def has_settled_view(self) -> bool:
        """Whether `picture` is a finished one, not one under way."""
        return self.shown is not None and self.preview is None

    @property
    def seen_stack(self) -> AdapterStack:
        """Of `picture`."""
        return self.shown_stack if self.has_settled_view else self.stack
