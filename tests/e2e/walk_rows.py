"""What a clumsy person does with rows: faders, numbers, buttons, files that come, rows that go."""

import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.e2e.walk_blocks import paint_blocks
from tests.e2e.walk_hands import Hands, fader_of

LEFT = Qt.MouseButton.LeftButton
BLOCKS = ("IN00", "IN04", "M00", "OUT03", "TE1.01", "TIME", "D07")
FACTORS = (0.0, 0.0, 0.5, 1.0, -1.0, 2.0)
NUMBERS = ("0", "1", "0.35", "-1.5", "2.5", "22000000", "-1e12", "1e300", "a lot", "", "nan", "0,5")


class OnRows(Hands):
    def drag(self) -> None:
        if (strip := self.a_strip()) is None:
            return
        slider = fader_of(strip)
        y = slider.height() // 2
        QTest.mousePress(slider, LEFT, pos=QPoint(self.random.randrange(slider.width()), y))
        for _ in range(self.random.randrange(1, 8)):
            QTest.mouseMove(slider, QPoint(self.random.randrange(slider.width()), y))
            QApplication.processEvents()
            if not shiboken6.isValid(slider):  # another session came meanwhile
                return
        if self.random.random() < 0.9:  # else the button is let go by something else
            QTest.mouseRelease(slider, LEFT, pos=QPoint(self.random.randrange(slider.width()), y))

    def wheel(self) -> None:
        if (strip := self.a_strip()) is None:
            return
        where = QPointF(20, 10)
        turned = QPoint(0, self.random.choice((-240, -120, 40, 120, 360)))
        event = QWheelEvent(
            where,
            fader_of(strip).mapToGlobal(where),
            QPoint(),
            turned,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(fader_of(strip), event)

    def paint(self) -> None:
        """Over a few blocks of a row, in one drag or in steps of their own."""
        if not (row := self.a_row()):
            return
        stack, is_drag = self.controller.stack, self.random.random() < 0.6
        if is_drag:
            stack.begin_drag()
        for _ in range(self.random.randrange(1, 4)):
            painted = dict(stack.stack.entry(row).block_scales)
            painted[self.random.choice(BLOCKS)] = self.random.choice(FACTORS)
            stack.set_block_scales(row, painted)
            QApplication.processEvents()
            if all(entry.entry_id != row for entry in stack.stack.entries):
                break  # another session came meanwhile
        if is_drag:
            stack.end_drag()

    def type_number(self) -> None:
        if (strip := self.a_strip()) is None:
            return
        strip.build()
        number = strip.findChildren(NumberEdit)[0]
        number.selectAll()
        QTest.keyClicks(number, self.random.choice(NUMBERS))
        QTest.keyClick(number, Qt.Key.Key_Return)

    def press_button(self) -> None:
        """Any that does not open a dialog or a menu."""
        strip = self.a_strip()
        buttons = [] if strip is None else strip.findChildren(QAbstractButton)
        safe = [b for b in buttons if b.isCheckable() and b.isVisible() and b.isEnabled()]
        if safe:
            QTest.mouseClick(self.random.choice(safe), LEFT)

    def add(self) -> None:
        good = self.random.sample(self.present(), k=min(len(self.present()), 2))
        bad = self.random.sample(self.files.bad, k=self.random.randrange(3))
        paths = [*good, *bad]
        self.random.shuffle(paths)
        if len(self.controller.stack.stack.entries) < 12:
            self.controller.intake.add(paths)

    def drop(self) -> None:
        saved = [str(path) for path in self.files.pictures.iterdir()]
        if saved and self.random.random() < 0.3:
            pane = self.random.choice(self.controller.document.document.panes).pane_id
            self.controller.openings.open_dropped([self.random.choice(saved)], pane_id=pane)
            return
        paths = self.random.sample([*self.present(), *self.files.bad[2:]], k=2)
        if len(self.controller.stack.stack.entries) < 12:
            self.controller.openings.open_dropped(paths, is_on_base=self.random.random() < 0.2)

    def remove(self) -> None:
        if (row := self.a_row()) and self.random.random() < 0.6:
            self.controller.stack.remove(row)

    def move(self) -> None:
        if row := self.a_row():
            count = len(self.controller.stack.stack.entries)
            self.controller.stack.move(row, self.random.randrange(count))

    def pick(self) -> None:
        """One more row, or one fewer: a fader of several moves all of them."""
        if (strip := self.a_strip()) is not None:
            QTest.mouseClick(strip, LEFT, Qt.KeyboardModifier.ControlModifier, QPoint(4, 4))

    def switch(self) -> None:
        if row := self.a_row():
            self.controller.stack.set_enabled(row, self.random.random() < 0.6)

    def solo(self) -> None:
        if row := self.a_row():
            self.controller.stack.set_solo(row, self.random.random() < 0.3)

    def blocks(self) -> None:
        if row := self.a_row():
            paint_blocks(self.window, row, self.random)
