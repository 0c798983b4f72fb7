"""Pages of the lab, each alone in a window of the width of a narrow dock."""

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.settings import Settings
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from tests.ui.lab.desks import LabDesk


@pytest.fixture
def desk(qapp) -> Iterator[LabDesk]:
    desk = LabDesk()
    yield desk
    desk.dispose()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    shown = QWidget()
    QVBoxLayout(shown).setContentsMargins(0, 0, 0, 0)
    shown.resize(420, 700)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    shiboken6.delete(shown)


@pytest.fixture
def dialogs(window: QWidget) -> ChartDialogs:
    return ChartDialogs(window, SettingsModel(Settings(), window))


@pytest.fixture
def put(window: QWidget) -> Callable[[QWidget], QWidget]:
    """Into the window, for as long as the test is."""

    def put_in(widget: QWidget) -> QWidget:
        layout = window.layout()
        assert layout is not None
        layout.addWidget(widget)
        widget.show()
        return widget

    return put_in
