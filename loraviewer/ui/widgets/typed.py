"""What is being typed when a key or a menu asks for something that it belongs to."""

from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit


def take_what_is_typed() -> None:
    """As if the field with the keyboard was left: before a snapshot of the state, or an undo of
    what was typed last."""
    field = QApplication.focusWidget()
    if isinstance(field, QComboBox):
        field = field.lineEdit()
    if isinstance(field, (QLineEdit, QAbstractSpinBox)):
        field.editingFinished.emit()
