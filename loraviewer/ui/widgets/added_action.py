"""Entries of menus that are made while the studio runs."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu


def added(menu: QMenu, text: str) -> QAction:
    """A new entry at the end, made here: the action that `menu.addAction(text)` hands out was once
    wrapped as what had lain at its address before."""
    action = QAction(text, menu)
    menu.addAction(action)
    return action
