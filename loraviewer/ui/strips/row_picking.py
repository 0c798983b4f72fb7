"""Selecting rows by mouse and keys: Ctrl adds one, Shift all up to it, Esc ends it."""

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.strip_list import StripList

_OTHER = Qt.FocusReason.OtherFocusReason
_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class RowPicking(QObject):
    """Between the strips of a list and their selection. Where rows are selected, the row with the
    keyboard is one of them, so that keys and menus mean the same."""

    def __init__(self, strips: StripList) -> None:
        super().__init__(strips)
        self._list = strips
        self._selection = strips.selection
        self._present, self._is_picked = "", False
        """The row with the keyboard; whether that is on the strip itself, not on a control."""
        strips.strip_added.connect(self._on_strip_added)
        self._selection.changed.connect(self._show)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    @Slot(object)
    def _on_strip_added(self, strip: ChannelStrip) -> None:
        strip.pressed.connect(self._on_pressed)
        strip.clicked.connect(self._on_clicked)
        strip.stepped.connect(self._on_stepped)
        strip.escaped.connect(self._selection.clear)
        strip.show_selected(self._selection.count_with(strip.entry_id))

    @Slot()
    def _show(self) -> None:
        for strip in self._list.strips():
            strip.show_selected(self._selection.count_with(strip.entry_id))

    # -- the mouse ------------------------------------------------------------------------

    @Slot(object)
    def _on_pressed(self, held: Qt.KeyboardModifier) -> None:
        """Qt has given the keyboard to the strip by now."""
        strip = self.sender()
        if not isinstance(strip, ChannelStrip):
            return
        before, was_picked = self._present, self._is_picked
        self._present, self._is_picked = strip.entry_id, True
        if held & _SHIFT:
            self._selection.extend(before, strip.entry_id)
        elif held & _CONTROL:
            self._toggle(strip, before if was_picked else "")
        else:
            self._selection.enter(strip.entry_id)

    def _toggle(self, strip: ChannelStrip, before: str) -> None:
        """The row that was clicked before this one is selected with it, as in any list."""
        if not self._selection.ids and before != strip.entry_id:
            self._selection.select([before])
        self._selection.toggle(strip.entry_id)
        if self._selection.ids and not self._selection.count_with(strip.entry_id):
            self._go_to(self._nearest(strip))

    @Slot()
    def _on_clicked(self) -> None:
        """One of several: it alone from now on."""
        self._selection.clear()

    def _nearest(self, strip: ChannelStrip) -> ChannelStrip:
        """The selected row that is the fewest rows away."""
        strips = self._list.strips()
        own = strips.index(strip)
        selected = (row for row, other in enumerate(strips) if other.is_selected)
        return strips[min(selected, key=lambda row: abs(row - own))]

    # -- the keyboard ---------------------------------------------------------------------

    @Slot(int, bool)
    def _on_stepped(self, step: int, selects: bool) -> None:
        strip = self.sender()
        strips = self._list.strips()
        if not isinstance(strip, ChannelStrip) or strip not in strips:
            return
        row = strips.index(strip) + step
        other = strips[max(0, min(row, len(strips) - 1))]
        if selects:
            self._selection.extend(strip.entry_id, other.entry_id)
        else:
            self._selection.enter(other.entry_id)
        self._go_to(other)

    def _go_to(self, strip: ChannelStrip) -> None:
        self._present, self._is_picked = strip.entry_id, True
        strip.setFocus(_OTHER)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        """What comes to a strip itself is told by a press or a step."""
        if now is None or isinstance(now, ChannelStrip):
            return
        self._present, self._is_picked = "", False
        if not self._list.isAncestorOf(now):
            return
        for strip in self._list.strips():
            if strip.isAncestorOf(now):
                self._present = strip.entry_id
                self._selection.enter(strip.entry_id)
