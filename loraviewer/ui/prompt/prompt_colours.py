"""Light colours for what commands something in a prompt: weights, BREAK, choices, wildcards, and
tags of adapters."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QInputMethodEvent,
    QPalette,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
)

from loraviewer.core.prompt_marks import MarkKind, marks
from loraviewer.ui.prompt.letter_units import place_of
from loraviewer.ui.widgets.theme import SignalColour, signal_colour

_AT_ONCE_CHARS = 600
"""Of a longer prompt colours come in a pause of typing, and only where it is seen: all of a line is
laid out anew for them, and with each key as long as they are there."""
_SEEN_CHARS = 400
"""At most, on either side of the caret."""
_PAUSE_MS = 150
_MOST_CHARS = 50_000
_Role = QPalette.ColorRole
_TEXT_FORMAT = QInputMethodEvent.AttributeType.TextFormat

Formats = Mapping[MarkKind, QTextCharFormat]


def mark_formats(palette: QPalette) -> Formats:
    """By the palette, so that a dark window has light ones."""
    link, visited = palette.color(_Role.Link), palette.color(_Role.LinkVisited)
    return {
        "weight": _format(link),
        "break": _format(link, is_bold=True),
        "choice": _format(visited),
        "wildcard": _format(visited, is_bold=True),
        "adapter": _format(signal_colour(palette, SignalColour.FINE)),
    }


def _format(colour: QColor, *, is_bold: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(colour)
    if is_bold:
        made.setFontWeight(QFont.Weight.Bold)
    return made


class PromptHighlighter(QSyntaxHighlighter):
    """Of a text with a prompt on each line."""

    def __init__(self, document: QTextDocument, palette: QPalette) -> None:
        super().__init__(document)
        self._formats = mark_formats(palette)

    def use_palette(self, palette: QPalette) -> None:
        self._formats = mark_formats(palette)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if len(text) > _MOST_CHARS:
            return
        place = place_of(text)
        for mark in marks(text):
            start, end = place(mark.start), place(mark.start + mark.length)
            self.setFormat(start, end - start, self._formats[mark.kind])


class LineColours(QObject):
    """Says when a line is to be coloured: at once, or where it is long in a pause. A line has no
    document for a highlighter, and shows formats as input methods send them."""

    due = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.due)

    @Slot(str)
    def ask(self, text: str) -> None:
        if len(text) <= _AT_ONCE_CHARS:
            self._pause.stop()
            self.due.emit()
        else:
            self._pause.start()

    def ask_where_long(self, text: str) -> None:
        """The caret is elsewhere, and something else is seen."""
        if len(text) > _AT_ONCE_CHARS:
            self._pause.start()

    @staticmethod
    def event_of(text: str, caret: int, palette: QPalette, *, weighs: bool) -> QInputMethodEvent:
        """What the line is to be sent. caret: in units of Qt, from which it counts."""
        if len(text) > _MOST_CHARS:
            return QInputMethodEvent("", [])
        formats, place = mark_formats(palette), place_of(text)
        attributes = list[QInputMethodEvent.Attribute]()
        for mark in marks(text, weighs=weighs):
            start = place(mark.start) - caret
            if len(text) <= _AT_ONCE_CHARS or abs(start) <= _SEEN_CHARS:
                length = place(mark.start + mark.length) - caret - start
                told = (start, length, formats[mark.kind])
                attributes.append(QInputMethodEvent.Attribute(_TEXT_FORMAT, *told))
        return QInputMethodEvent("", attributes)
