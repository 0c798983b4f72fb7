"""A desk that reads and writes picture files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.app.pictures import picture_services
from loraviewer.bridge.services import DemoAdapter
from tests.ui.fakes import Desk
from tests.ui.pictures.picture_files import PATHS

DEMOS = tuple(DemoAdapter(name, str(path)) for name, path in PATHS.items())


@pytest.fixture
def controller(qapp, tmp_path: Path) -> Iterator[Desk]:
    services = picture_services(lambda: HashCache(tmp_path / "hashes.sqlite"))
    desk = Desk(DEMOS, pictures=services)
    yield desk
    desk.dispose()
