from collections.abc import Iterator
from pathlib import Path

import pytest

from loraviewer.bridge.services import Services
from tests.bridge.experiments.studios import Bench


@pytest.fixture
def bench(services: Services, tmp_path: Path, qtbot) -> Iterator[Bench]:
    bench = Bench(services, tmp_path, qtbot)
    yield bench
    bench.close()
