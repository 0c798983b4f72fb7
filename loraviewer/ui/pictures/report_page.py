"""What came of opening a picture: a sentence, and a page with all of it."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.bridge.pictures.picture_opening import PictureReport
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

translate = QCoreApplication.translate
_CONTEXT = "PictureReport"

_SIZE = QSize(560, 420)
_MOST_NAMED = 3


def report_sentence(report: PictureReport) -> str:
    """Short, the most important first; the page has the rest."""
    opened = translate(_CONTEXT, "Opened “{name}” ({source}).")
    parts = [opened.format(name=report.name, source=shown(report.source))]
    lost = (*report.missing, *(name for name, _ in report.ambiguous))
    if lost:
        parts.append(translate(_CONTEXT, "Not found: {}.").format(_names(lost)))
    if report.changed:
        parts.append(
            translate(_CONTEXT, "Another file than then: {}.").format(_names(report.changed))
        )
    if report.base:
        parts.append(translate(_CONTEXT, "It was made on the base “{}”.").format(report.base))
    parts += map(shown, report.refused[:1])
    if report.kept:
        parts.append(
            translate(_CONTEXT, "Left as it was: {}.").format(", ".join(map(shown, report.kept)))
        )
    if report.not_understood:
        parts.append(
            translate(_CONTEXT, "Not understood: {}.").format(_names(report.not_understood))
        )
    return " ".join(parts)


def report_groups(report: PictureReport) -> list[tuple[str, list[str]]]:
    """Title and lines of each part of the page, without empty ones."""
    ambiguous = [f"{name}: {', '.join(files)}" for name, files in report.ambiguous]
    groups = [
        (
            translate(_CONTEXT, "Adapters that were not found; their rows keep name and strength"),
            report.missing,
        ),
        (translate(_CONTEXT, "Several files have this name; add the right one"), ambiguous),
        (
            translate(_CONTEXT, "Found by name, and another file than the picture was made with"),
            report.changed,
        ),
        (
            translate(_CONTEXT, "Found by name only: the picture says nothing else of them"),
            report.by_name,
        ),
        (
            translate(_CONTEXT, "Made on another base, which was not opened"),
            (report.base,) if report.base else (),
        ),
        (translate(_CONTEXT, "Cannot be taken here, left as it was"), report.refused),
        (translate(_CONTEXT, "Not taken from the picture, left as it was"), report.kept),
        (translate(_CONTEXT, "Not understood, and left out"), report.not_understood),
    ]
    return [(title, list(map(shown, lines))) for title, lines in groups if lines]


class ReportPage(QDialog):
    """Not modal: the studio goes on behind it."""

    def __init__(self, report: PictureReport, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("{} — opened").format(report.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        column.setSpacing(GAP // 2)
        for title, lines in report_groups(report):
            column.addWidget(_label(QLabel(), title, is_bold=True))
            for line in lines:
                column.addWidget(_label(QuietLabel(), line))
            column.addSpacing(GAP)
        column.addStretch()
        area = ScrollArea(page)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName(self.windowTitle())
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, 64)))


def _label(label: QLabel, text: str, *, is_bold: bool = False) -> QLabel:
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    font = label.font()
    font.setBold(is_bold)
    label.setFont(font)
    return label


def _names(names: Sequence[str]) -> str:
    told = ", ".join(map(shown, names[:_MOST_NAMED]))
    more = len(names) - _MOST_NAMED
    return (
        translate(_CONTEXT, "{names} and {more} more").format(names=told, more=more)
        if more > 0
        else told
    )
