"""The list of bases under the picker: the demo, favourites, recent ones, and opening others."""

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from loraviewer.bridge.base_choices import BaseChoices
from loraviewer.bridge.base_model import BaseModel
from loraviewer.ui.base.base_list import BaseList
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import GAP

_NARROWEST, _WIDEST = 360, 560


class BasePopup(QFrame):
    """Closes by itself when a choice is made, Esc is pressed or another place is clicked."""

    folder_requested = Signal()
    file_requested = Signal()
    card_requested = Signal()

    def __init__(self, base: BaseModel, bases: BaseChoices, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._base = base
        self._bases = bases
        # The click that closes the list must not open it again.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setAutoFillBackground(True)
        self.list = BaseList()
        self.list.base_chosen.connect(self._on_base_chosen)
        self.list.folder_chosen.connect(self._on_folder_chosen)
        self.list.file_chosen.connect(self._on_file_chosen)
        self.list.card_chosen.connect(self._on_card_chosen)
        self.list.starred.connect(bases.set_favourite)
        self.list.forgotten.connect(bases.forget)
        hint = QuietLabel(self.tr("Enter opens · F marks a favourite · Del takes off the list"))
        hint.setContentsMargins(GAP, 0, GAP, 0)
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP // 2, GAP // 2, GAP // 2, GAP)
        column.setSpacing(GAP // 2)
        column.addWidget(self.list)
        column.addWidget(hint)
        bases.changed.connect(self._on_bases_changed)

    def open_below(self, where: QPoint, width: int) -> None:
        """At a point of the screen, at least as wide as what it belongs to."""
        self._bases.look()
        self.list.show_rows(self._bases.rows())
        self.list.select_current()
        room = self.screen().availableGeometry()
        self.setFixedWidth(min(max(width, _NARROWEST), _WIDEST, room.width()))
        self._fit_height(room.bottom() - where.y() - GAP)
        x = min(where.x(), room.right() - self.width())
        self.move(max(room.left(), x), where.y())
        self.show()
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fit_height(self, room: int) -> None:
        around = self.sizeHint().height() - self.list.sizeHint().height()
        self.list.setFixedHeight(min(self.list.contents_height(), max(120, room - around)))
        self.setFixedHeight(self.list.height() + around)

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    @Slot()
    def _on_bases_changed(self) -> None:
        if self.isVisible():
            self.list.show_rows(self._bases.rows())
            room = self.screen().availableGeometry()
            self._fit_height(room.bottom() - self.y() - GAP)

    @Slot(str)
    def _on_base_chosen(self, path: str) -> None:
        self.hide()
        self._base.choose(path)

    @Slot()
    def _on_folder_chosen(self) -> None:
        self.hide()
        self.folder_requested.emit()

    @Slot()
    def _on_file_chosen(self) -> None:
        self.hide()
        self.file_requested.emit()

    @Slot()
    def _on_card_chosen(self) -> None:
        self.hide()
        self.card_requested.emit()
