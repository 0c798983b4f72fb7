"""The choice of the base checkpoint, with its loading progress in place."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from loraviewer.bridge.base_choices import BaseChoices
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.languages import figures, shown
from loraviewer.bridge.rendering.jobs import LoadStep
from loraviewer.core.sizes import bytes_of_text, bytes_text
from loraviewer.ui.base.base_popup import BasePopup
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import (
    antialiased,
    draw_focus_ring,
    fill_rounded,
    outline_rounded,
)
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, ICON_SIZE, idle, mix

_OPENERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_F4)
_NARROWEST = 190
_TEXT_ENCODER = "text_encoder"


def loading_text(step: LoadStep) -> str:
    """What is being loaded (a component as diffusers spells it, or words), and how far it is."""
    what = _component(step.what)
    if step.total_bytes:
        return f"{what} · {figures(bytes_of_text(step.done_bytes, step.total_bytes))}"
    words = QCoreApplication.translate("BasePicker", "Loading {what} … {percent} %")
    return words.format(what=what, percent=round(step.fraction * 100))


_OF_FILES = (".safetensors", ".gguf")


class BasePicker(QAbstractButton):
    """Shows the loaded base, or how far the next one is; opens the list of bases."""

    folder_requested = Signal()
    file_requested = Signal()
    card_requested = Signal()
    loading_changed = Signal(bool)

    def __init__(self, base: BaseModel, bases: BaseChoices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = base
        self._demo = bases.demo
        self._step: LoadStep | None = None
        self._gone = ""
        self._bases = bases
        self._popup: BasePopup | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open_list)
        base.loading.connect(self._on_loading)
        base.stopping.connect(self._tell)
        base.changed.connect(self._on_ended)
        base.failed.connect(self._on_ended)
        base.planned.connect(self._tell)
        self._tell()

    @property
    def popup(self) -> BasePopup:
        """Built by that, where nobody has opened it yet."""
        if self._popup is None:
            self._popup = BasePopup(self._base, self._bases, self)
            self._popup.folder_requested.connect(self.folder_requested)
            self._popup.file_requested.connect(self.file_requested)
            self._popup.card_requested.connect(self.card_requested)
        return self._popup

    @property
    def loading_fraction(self) -> float | None:
        """0 … 1 while a checkpoint is being loaded, and nobody has stopped that."""
        if self._step is None or self._base.is_stopping:
            return None
        if self._step.total_bytes:
            return min(1.0, self._step.done_bytes / self._step.total_bytes)
        return max(0.0, min(1.0, self._step.fraction))

    def show_gone(self, path: str) -> None:
        """That a base is wanted which is not there; until another one is loaded."""
        self._gone = path
        self._tell()

    @Slot()
    def open_list(self) -> None:
        self.popup.open_below(self.mapToGlobal(QPoint(0, self.height() + 2)), self.width())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.text()) + ICON_SIZE + 4 * GAP
        return QSize(max(_NARROWEST, width), FIELD_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, FIELD_HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENERS:
            self.open_list()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        palette = self.palette()
        field = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = palette.color(QPalette.ColorRole.Base)
        if self.underMouse():
            ground = mix(ground, palette.color(QPalette.ColorRole.Midlight), 0.5)
        fill_rounded(painter, field, ground, 4)
        self._paint_progress(painter, field)
        outline_rounded(painter, field, palette.color(QPalette.ColorRole.Mid), 4)
        self._paint_words(painter)
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), palette, 4)
        painter.end()

    def _paint_progress(self, painter: QPainter, field: QRectF) -> None:
        fraction = self.loading_fraction
        if not fraction:
            return
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Accent)
        painter.save()
        painter.setClipRect(QRectF(field.x(), field.y(), field.width() * fraction, field.height()))
        fill_rounded(painter, field, mix(palette.color(QPalette.ColorRole.Base), accent, 0.22), 4)
        painter.fillRect(QRectF(field.x() + 2, field.bottom() - 2.5, field.width(), 2.5), accent)
        painter.restore()

    def _paint_words(self, painter: QPainter) -> None:
        palette = self.palette()
        inside = self.rect().adjusted(GAP, 0, -GAP - ICON_SIZE, 0)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        words = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, inside.width()
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, words)
        chevron = pixmap("chevron", idle(palette), ICON_SIZE, self.devicePixelRatioF())
        x = self.width() - ICON_SIZE - GAP // 2
        painter.drawPixmap(x, (self.height() - ICON_SIZE) // 2, chevron)

    @Slot()
    def _tell(self) -> None:
        """The words of the button, and what is said aloud about it."""
        self.setText(self._words())
        self.setAccessibleName(self.tr("Base checkpoint"))
        self.setAccessibleDescription(self.text())
        tip = self.tr("Base: the checkpoint that all adapters are added to.")
        plan = shown(self._base.plan_sentence)
        self.setToolTip(plain_tip("\n".join(filter(None, (self.text(), plan, tip)))))
        self.update()

    def _words(self) -> str:
        if self._step is not None and self._base.is_stopping:
            return self.tr("Stopping…")
        if self._step is not None:
            return loading_text(self._step)
        info = self._base.info
        if info is None and self._gone:
            return self.tr("{}: not found").format(_name(self._gone))
        if info is None:
            return self.tr("Choose a base…")
        name = shown(info.name) if info.source == self._demo else _name(info.source)
        return f"{name} · {figures(bytes_text(info.weight_bytes))}"

    @Slot(object)
    def _on_loading(self, step: LoadStep) -> None:
        was_loading, self._step = self._step is not None, step
        self._tell()
        if not was_loading:
            self.loading_changed.emit(True)

    @Slot(object)
    def _on_ended(self, _: object) -> None:
        was_loading, self._step = self._step is not None, None
        self._tell()
        if was_loading:
            self.loading_changed.emit(False)


def _component(what: str) -> str:
    if not what.startswith(_TEXT_ENCODER):
        return shown(what).replace("_", " ")
    words = QCoreApplication.translate("BasePicker", "text encoder {}")
    return words.format(what.removeprefix(_TEXT_ENCODER).strip("_")).strip()


def _name(path: str) -> str:
    return Path(path).stem if Path(path).suffix in _OF_FILES else Path(path).name
