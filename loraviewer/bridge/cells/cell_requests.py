"""Requests of pictures that belong to no pane, as a pane would ask for them."""

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.rendering.render_scheduler import settled_request
from loraviewer.core.request import GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack


class CellRequests:
    """By the base that is loaded and what is known of adapters on it."""

    def __init__(self, base: BaseModel, adapters: AdapterModel) -> None:
        self._base = base
        self._adapters = adapters

    def heard(self, stack: AdapterStack) -> AdapterStack:
        """Without the rows that are on but do not fit the base."""
        return stack.without_muted(self._adapters.muted(stack))

    def is_ready(self, stack: AdapterStack) -> bool:
        """Whether there is a base, and all adapters that are applied are matched on it."""
        return self._base.info is not None and not self._adapters.is_waiting(stack)

    def request(self, stack: AdapterStack, sampling: Sampling) -> GenerationRequest:
        """The settled picture of a stack; only where it `is_ready`."""
        info = self._base.info
        assert info is not None
        return settled_request(info, self.heard(stack), sampling, self._base.prediction)
