"""The stack of the current pane: widget → command → new stack → signal → widgets."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.commands import SwapValue
from loraviewer.core.stack import AdapterStack, StackEntry


class StackModel(QObject):
    """Holds one `AdapterStack`; every method that changes it is one undo step.

    Between `begin_drag` and `end_drag` all changes of scales merge into a single step.
    """

    stack_changed = Signal(object)  # AdapterStack
    drag_changed = Signal(bool)
    switched_by_hand = Signal(str, bool)
    """A row's id, and whether its person wants it applied; sent before the stack changes."""

    def __init__(self, undo_stack: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._undo_stack = undo_stack
        self._stack = AdapterStack()
        self._drag_count = 0
        self._open_drags = 0
        self._move_count = 0
        self._before_drag = self._stack
        self._held = ""

    @property
    def stack(self) -> AdapterStack:
        return self._stack

    @property
    def is_dragging(self) -> bool:
        return self._open_drags > 0

    def reset(self, stack: AdapterStack) -> None:
        """Install a stack without an undo step (start-up, restored sessions)."""
        self._install(stack)

    def add(self, entry: StackEntry, index: int | None = None) -> None:
        self._push(self.tr("Add {}").format(entry.name), self._stack.with_added(entry, index))

    def add_all(self, entries: Sequence[StackEntry]) -> None:
        """At the end, in one step."""
        if len(entries) == 1:
            self.add(entries[0])
            return
        text = self.tr("Add {} adapters").format(len(entries))
        stack = self._stack
        for entry in entries:
            stack = stack.with_added(entry)
        self._push(text, stack)

    def remove(self, entry_id: str) -> None:
        name = self._stack.entry(entry_id).name
        self._push(self.tr("Remove {}").format(name), self._stack.without(entry_id))

    def move(self, entry_id: str, index: int, *, is_continued: bool = False) -> None:
        """`is_continued`: by the same gesture as the last move, such as a key that is held."""
        self._move_count += not is_continued
        text = self.tr("Move {}").format(self._stack.entry(entry_id).name)
        moved = self._stack.with_moved(entry_id, index)
        self._push(text, moved, f"move {entry_id} {self._move_count}")

    def set_enabled(self, entry_id: str, on: bool) -> None:
        self.switched_by_hand.emit(entry_id, on)
        text = self.tr("Turn {} on") if on else self.tr("Turn {} off")
        name = self._stack.entry(entry_id).name
        self._push(text.format(name), self._stack.with_entry(entry_id, is_enabled=on))

    def set_solo(self, entry_id: str, on: bool) -> None:
        text = self.tr("Solo {}") if on else self.tr("Stop solo of {}")
        name = self._stack.entry(entry_id).name
        self._push(text.format(name), self._stack.with_entry(entry_id, is_solo=on))

    def set_scale(self, entry_id: str, value: float) -> None:
        text = self.tr("Strength of {}").format(self._stack.entry(entry_id).name)
        changed = self._stack.with_entry(entry_id, scale=float(value))
        self._push(text, changed, self._drag_key(f"scale {entry_id}"))

    def set_text_scale(self, entry_id: str, value: float | None) -> None:
        """A separate strength in the text encoders; None follows the main one."""
        text = self.tr("Text strength of {}").format(self._stack.entry(entry_id).name)
        scale = None if value is None else float(value)
        changed = self._stack.with_entry(entry_id, text_scale=scale)
        self._push(text, changed, self._drag_key(f"text {entry_id}"))

    def set_master(self, value: float) -> None:
        changed = self._stack.with_master(float(value))
        self._push(self.tr("Master strength"), changed, self._drag_key("master"))

    def all_off(self) -> None:
        for entry in self._stack.entries:
            self.switched_by_hand.emit(entry.entry_id, False)
        self._push(self.tr("All off"), self._stack.with_all_off())

    def switch_quietly(self, *, on: Iterable[str] = (), off: Iterable[str] = ()) -> None:
        """Switch rows whose adapters can or cannot be used: not the person's edit, no step."""
        stack = self._stack
        for entry_id in on:
            stack = stack.with_entry(entry_id, is_enabled=True)
        for entry_id in off:
            stack = stack.with_entry(entry_id, is_enabled=False, is_solo=False)
        self._install(stack)

    def begin_drag(self) -> None:
        """Faders may overlap: a wheel turns one while the burst of another has not ended."""
        self._drag_count += 1
        self._before_drag, self._held = self._stack, ""
        self._open_drag()

    def resume_drag(self) -> None:
        """The drag that ended last goes on: what follows belongs to its step."""
        self._open_drag()

    def end_drag(self) -> None:
        if self._open_drags:
            self._open_drags -= 1
            if not self._open_drags:
                self.drag_changed.emit(False)

    def _open_drag(self) -> None:
        self._open_drags += 1
        if self._open_drags == 1:
            self.drag_changed.emit(True)

    @property
    def held_adapter(self) -> str:
        """sha256 of the adapter whose fader is held, from its first move on; "" while none or the
        master is."""
        return self._held if self.is_dragging else ""

    def _drag_key(self, what: str) -> str:
        """Steps of one drag have the same."""
        return f"{what} {self._drag_count}" if self.is_dragging else ""

    def _push(self, text: str, stack: AdapterStack, key: str = "") -> None:
        if stack == self._stack:
            return
        self._undo_stack.push(SwapValue(text, self._install, self._stack, stack, key))

    def _install(self, stack: AdapterStack) -> None:
        if stack != self._stack:
            self._stack = stack
            # Back where it was when it was grasped, the fader is still held.
            self._held = stack.moved_adapter(self._before_drag) or self._held
            self.stack_changed.emit(stack)
