"""Requests of pictures that belong to no pane, as a pane would ask for them."""

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.rendering.render_scheduler import settled_request
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.request import GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack


class CellRequests:
    """By the base that is loaded and what is known of adapters on it."""

    def __init__(
        self, base: BaseModel, adapters: AdapterModel, settings: SettingsModel | None = None
    ) -> None:
        """settings: where pictures may be compiled as those of panes may; None where they never
        are."""
        self._base = base
        self._adapters = adapters
        self._settings = settings

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
        asks = self._settings is not None and self._settings.settings.asks_compiled
        heard, prediction = self.heard(stack), self._base.prediction
        return settled_request(info, heard, sampling, prediction, is_compiled=asks)
