"""What the help menu does."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.core.bug_report import bug_report
from loraviewer.core.infotext import installed_versions
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.about_box import AboutBox
from loraviewer.ui.actions import Actions
from loraviewer.ui.notices import Notices
from loraviewer.ui.shortcuts_page import ShortcutsPage
from loraviewer.ui.widgets.reveal import reveal


class HelpActions(QObject):
    """Its pages come up over the window. `log_file`: None where there is none."""

    def __init__(
        self,
        actions: Actions,
        window: QWidget,
        notices: Notices,
        base: BaseModel,
        log_file: Path | None,
    ) -> None:
        super().__init__(actions)
        self._base = base
        self._window = window
        self._notices = notices
        self._log_file = log_file
        actions["show_log"].setEnabled(log_file is not None)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are in the help menu."""
        return {
            "shortcuts": self._open_shortcuts,
            "show_log": self._show_log,
            "copy_report": self._copy_report,
            "about": self._open_about,
        }

    @Slot()
    def _open_shortcuts(self) -> None:
        ShortcutsPage(self._window).show()

    @Slot()
    def _show_log(self) -> None:
        problem = reveal(self._log_file) if self._log_file is not None else ""
        if problem:
            self._notices.say(Failure(FailureKind.FILE, problem))

    @Slot()
    def _copy_report(self) -> None:
        text = bug_report(installed_versions(), self._base.info, self._log_file, Path.home())
        QGuiApplication.clipboard().setText(text)
        self._notices.mention_good(
            self.tr("The report is copied. Read it before you pass it on: it names files.")
        )

    @Slot()
    def _open_about(self) -> None:
        AboutBox(self._window, self._log_file).show()
