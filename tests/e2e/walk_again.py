"""What a clumsy person saw at the end is made again, by an engine that knows nothing of it."""

import msgspec
import pytest

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Rendered
from loraviewer.core.picture import Picture
from loraviewer.core.resources import demo_checkpoint
from loraviewer.engine.studio_engine import StudioEngine
from tests.e2e.walk_files import Files
from tests.listeners import silent


class FreshEngine:
    """Makes each picture as if it were its first."""

    def __init__(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        self._files, self._patch = files, monkeypatch
        self._engine = StudioEngine("cpu", shares_cores=True)
        self._engine.load_checkpoint(str(demo_checkpoint()), CancelToken(), silent)

    def again(self, shown: Rendered) -> Picture:
        """With as many threads: what else runs may have changed by now."""
        request = msgspec.structs.replace(
            shown.request, adapters=tuple(map(self._files.where_it_is, shown.request.adapters))
        )
        self._patch.setattr(self._engine._pictures._spare_cores, "threads", lambda: shown.threads)
        self._engine.recover()  # nothing is left of the picture before
        return self._engine.render(request, CancelToken(), silent).picture

    def close(self) -> None:
        self._engine.close()
