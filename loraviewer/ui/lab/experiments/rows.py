"""Rows of a form: a quiet name, and the field beside it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QWidget

from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import GAP

_NAME_PX = 74


def field_rows(parent: QWidget | None = None) -> QFormLayout:
    rows = QFormLayout(parent) if parent is not None else QFormLayout()
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setHorizontalSpacing(GAP)
    rows.setVerticalSpacing(GAP // 2)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return rows


def add_row(rows: QFormLayout, name: str, field: QWidget) -> None:
    """Names are of one width, so that fields of several forms stand in one column."""
    label = QuietLabel(name)
    label.setMinimumWidth(_NAME_PX)
    label.setBuddy(field)
    label.setContentsMargins(0, 4, 0, 0)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    rows.addRow(label, field)
