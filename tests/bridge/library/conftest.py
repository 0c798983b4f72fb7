"""A studio without a window over a library in memory."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import SignalInstance
from pytestqt.qtbot import QtBot

from tests.bridge.library.fake_index import FakeIndex
from tests.ui.fakes import Desk


@pytest.fixture
def open_desk(qapp) -> Iterator[Callable[..., Desk]]:
    opened: list[Desk] = []

    def open_desk(index: FakeIndex) -> Desk:
        opened.append(Desk(open_library=lambda: index))
        return opened[-1]

    yield open_desk
    for desk in opened:
        desk.dispose()


@pytest.fixture
def look(open_desk: Callable[..., Desk], qtbot: QtBot) -> Callable[..., Desk]:
    """Open the library and wait until its folders are looked through."""

    def look(index: FakeIndex) -> Desk:
        desk = open_desk(index)
        desk.use_checkpoint()
        desk.library.open()
        qtbot.waitUntil(lambda: is_at_rest(desk))
        return desk

    return look


def is_at_rest(desk: Desk) -> bool:
    """All folders are looked through, and the newest question is answered."""
    library = desk.library
    is_scanned = library.model.folders == () or not library.scan.is_older_than(1e9)
    is_known = library.model.folders is not None and not library.scan.is_running
    return is_known and is_scanned and not library.model.is_asking


def heard(signal: SignalInstance) -> list[Any]:
    """What a signal tells from now on, the first of its values each time."""
    told: list[Any] = []
    signal.connect(lambda first=None, *_: told.append(first))
    return told
