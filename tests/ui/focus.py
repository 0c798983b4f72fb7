from PySide6.QtWidgets import QApplication, QWidget


def focused() -> QWidget:
    """The widget that the keyboard goes to; fails where it goes nowhere."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget
