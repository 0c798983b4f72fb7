"""Labels: one that elides what does not fit, one in the quiet colour."""

import html

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.ui.widgets.theme import SignalColour, is_palette_change, quiet_text, signal_colour


def plain_tip(text: str) -> str:
    """Text from outside for a tooltip, which would read `<…>` in it as markup."""
    text = shown(text)
    escaped = html.escape(text, quote=False)
    return text if escaped == text else f'<p style="white-space:pre-wrap">{escaped}</p>'


class QuietLabel(QLabel):
    """Captions and notes, behind the words that matter."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(shown(text), parent, textFormat=Qt.TextFormat.PlainText)
        self._colour_text()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # Setting a palette raises the next change of it: only the application's counts.
        if event.type() == QEvent.Type.ApplicationPaletteChange or is_palette_change(event):
            self._colour_text()

    def _colour_text(self) -> None:
        palette = self.palette()
        wanted = quiet_text(palette)
        if palette.color(QPalette.ColorRole.WindowText) != wanted:
            palette.setColor(QPalette.ColorRole.WindowText, wanted)
            self.setPalette(palette)


class ElidedLabel(QWidget):
    """One line that shortens itself with "…"; the whole text is its tooltip while cut."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text = shown(text)
        self._tip = ""
        self._is_bold = False
        self._is_quiet = False
        self._signal: SignalColour | None = None
        self._alignment = Qt.AlignmentFlag.AlignLeft
        self._vertical = Qt.AlignmentFlag.AlignVCenter
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        text = shown(text)
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self._on_appearance_changed()

    def set_tip(self, tip: str) -> None:
        self._tip = shown(tip)
        self._on_appearance_changed()

    def set_look(
        self,
        *,
        bold: bool | None = None,
        quiet: bool | None = None,
        signal: SignalColour | None = None,
        alignment: Qt.AlignmentFlag | None = None,
    ) -> "ElidedLabel":
        """None keeps a trait, except `signal`, where it means no signal colour."""
        self._is_bold = self._is_bold if bold is None else bold
        self._is_quiet = self._is_quiet if quiet is None else quiet
        self._alignment = self._alignment if alignment is None else alignment
        self._signal = signal
        font = self.font()
        if font.bold() != self._is_bold:
            font.setBold(self._is_bold)
            self.setFont(font)
        self._on_appearance_changed()
        return self

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        shortest = min(self.sizeHint().width(), metrics.horizontalAdvance("mmm…"))
        return QSize(shortest, metrics.height() + 2)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._on_appearance_changed()

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.setPen(self._colour())
        text = self._elided()
        painter.drawText(self.rect().adjusted(0, 1, 0, -1), self._alignment | self._vertical, text)
        painter.end()

    def _elided(self) -> str:
        return self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())

    def _is_cut(self) -> bool:
        return self._elided() != self._text

    def _colour(self):
        if self._signal is not None:
            return signal_colour(self.palette(), self._signal)
        if self._is_quiet or not self.isEnabled():
            return quiet_text(self.palette())
        return self.palette().color(QPalette.ColorRole.WindowText)

    def _on_appearance_changed(self) -> None:
        lines = [self._text] if self._is_cut() else []
        self.setToolTip(plain_tip("\n".join([*lines, self._tip] if self._tip else lines)))
        self.update()
