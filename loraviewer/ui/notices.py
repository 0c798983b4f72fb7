"""What went wrong or well and belongs to no pane and no row: sentences over the pictures' upper
edge, newest first. Nothing moves to make room for them."""

import os
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.sentences import Sentence
from loraviewer.ui.failure_list import FailureList
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.widgets.one_window import OneWindow
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, SignalColour

MOST_SHOWN = 3
MOST_FAILURES = 2
"""More of them at once are a wall of red that nobody reads."""
MOST_KEPT = 60
_GOOD_NEWS_MS = 10_000
_WIDEST_PX = 820
_NARROW_PX = 480
_MOVED = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show)


class Notices(QWidget):
    """Each failure stays until it is dismissed, or until a newer one is about the same file. Of
    more than `MOST_FAILURES` the newest is shown; one sentence counts the others and leads to all
    of them. Of what is no failure the oldest gives way beyond `MOST_SHOWN`. What there is no room
    for is shown once a newer one is gone.
    """

    leaving = Signal()
    """The last sentence is about to go, and the keyboard is on it."""

    def __init__(self, place: QWidget) -> None:
        """place: over whose upper edge they lie, below a line of fields. An ancestor of it may be
        made their parent, so that in a small place they are not cut."""
        super().__init__(place)
        self._place = place
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP // 2)
        self._bars: list[tuple[FailureKind | None, MessageBar]] = []
        self._files: dict[MessageBar, frozenset[str]] = {}
        """Which each failure names."""
        self._is_held_back = False
        self._list = OneWindow[FailureList]()
        self._others = MessageBar(SignalColour.ERROR, can_dismiss=True, parent=self)
        """Stands for failures that are not shown."""
        self._others.dismissed.connect(self._on_others_dismissed)
        self._others.leaving.connect(self._on_others_leaving)
        self._others.action_requested.connect(self._show_list)
        self._column.addWidget(self._others)
        place.installEventFilter(self)
        self.hide()

    @property
    def bars(self) -> tuple[MessageBar, ...]:
        """What is to be told, newest first."""
        return tuple(bar for _, bar in self._bars)

    @property
    def others(self) -> str:
        """The sentence that stands for failures that are not shown; "" where all are."""
        return self._others.sentence

    @property
    def shown_list(self) -> FailureList | None:
        """All failures, or the reasons of one, while somebody reads them."""
        return self._list.shown

    def take_focus(self) -> None:
        """The keyboard to the first button of the newest sentence."""
        for bar in self.bars[:1]:
            bar.take_focus()

    @Slot(object)
    def say(self, failure: Failure) -> None:
        files = _files_in(failure.message)
        self._drop([bar for bar in self.bars if bar.sentence == shown(failure.message)])
        self._drop([bar for bar in self.bars if files and self._files.get(bar) == files])
        bar = MessageBar(SignalColour.ERROR, can_dismiss=True, parent=self)
        bar.say_failure(failure)
        if failure.reasons:
            bar.offer(self.tr("Show reasons"), "info")
            bar.action_requested.connect(lambda: self._show_reasons(failure))
        self._files[bar] = files
        self._show(bar, failure.kind)

    def ask(
        self, question: str, answer: str, icon_name: str, act: Callable[[], None]
    ) -> MessageBar:
        """A question with one button; dismissing it is a no."""
        self._drop([bar for bar in self.bars if bar.sentence == shown(question)])
        bar = MessageBar(SignalColour.WARNING, can_dismiss=True, parent=self)
        bar.say(question)
        bar.offer(answer, icon_name)
        bar.action_requested.connect(act)
        bar.action_requested.connect(bar.dismiss)
        self._show(bar, None)
        return bar

    def tell(
        self, sentence: str, answer: str, icon_name: str, act: Callable[[], None], whole: str = ""
    ) -> None:
        """What went well, with one button; goes by itself, and with the next one of its sort.
        whole: what the sentence names in short."""
        self._drop([bar for bar in self.bars if bar.signal is SignalColour.FINE])
        bar = MessageBar(SignalColour.FINE, can_dismiss=True, parent=self)
        bar.say(sentence)
        bar.set_whole(whole)
        bar.offer(answer, icon_name)
        bar.action_requested.connect(act)
        self._show(bar, None)
        bar.dismiss_after(_GOOD_NEWS_MS)

    @Slot(str)
    def mention(self, sentence: str) -> None:
        """Why nothing happened, where nothing went wrong; goes by itself."""
        self._drop([bar for bar in self.bars if bar.sentence == shown(sentence)])
        bar = MessageBar(SignalColour.WARNING, can_dismiss=True, parent=self)
        bar.say(sentence)
        self._show(bar, None)
        bar.dismiss_after(_GOOD_NEWS_MS)

    def mention_good(self, sentence: str, *, stays: bool = False) -> None:
        """What went well, where there is nothing to be done about it; goes by itself, but for what
        somebody waits for who may be elsewhere."""
        self._drop([bar for bar in self.bars if bar.signal is SignalColour.FINE])
        bar = MessageBar(SignalColour.FINE, can_dismiss=True, parent=self)
        bar.say(sentence)
        self._show(bar, None)
        if not stays:
            bar.dismiss_after(_GOOD_NEWS_MS)

    def forget(self, kind: FailureKind) -> None:
        """Take away sentences that are no longer true."""
        self._drop([bar for known, bar in self._bars if known is kind])

    def forget_file(self, path: str) -> None:
        """What went wrong with it, now that it went well."""
        self._drop([bar for bar in self.bars if path in self._files.get(bar, ())])

    def take_away(self, bar: MessageBar) -> None:
        """One that is no longer true; nothing where it is gone already."""
        self._drop([known for known in self.bars if known is bar])

    def dismiss_newest(self) -> bool:
        """Whether there was one."""
        for bar in self.bars[:1]:
            bar.dismiss()
            return True
        return False

    def hold_back(self, on: bool) -> None:
        """While on, nothing is shown, and nothing goes: all of it is told afterwards."""
        self._is_held_back = on
        self._lie_down()

    # -- coming and going -----------------------------------------------------------------

    def _show(self, bar: MessageBar, kind: FailureKind | None) -> None:
        bar.dismissed.connect(self._on_dismissed)
        bar.leaving.connect(self._on_leaving)
        self._bars.insert(0, (kind, bar))
        self._column.insertWidget(0, bar)
        failures, others = self._failures(), [bar for bar in self.bars if bar not in self._files]
        too_many = [*failures[MOST_KEPT:], *others[MOST_SHOWN:]]
        self._drop([] if self._is_held_back else too_many)

    def _failures(self) -> list[MessageBar]:
        return [bar for bar in self.bars if bar in self._files]

    def _folded(self) -> list[MessageBar]:
        """Those that one sentence stands for."""
        failures = self._failures()
        return failures[1:] if len(failures) > MOST_FAILURES else []

    @Slot()
    def _on_dismissed(self) -> None:
        self._drop([bar for bar in self.bars if not bar.sentence])

    def _drop(self, bars: list[MessageBar]) -> None:
        if any(bar.has_keyboard for bar in bars):
            self._hand_on(bars)
        self._bars = [(kind, bar) for kind, bar in self._bars if bar not in bars]
        for bar in bars:
            self._files.pop(bar, None)
            self._column.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        self._lie_down()

    @Slot()
    def _on_leaving(self) -> None:
        self._hand_on([bar for bar in self.bars if bar is self.sender()])

    @Slot()
    def _on_others_dismissed(self) -> None:
        self._drop(self._folded())

    @Slot()
    def _on_others_leaving(self) -> None:
        self._hand_on(self._folded())

    @Slot()
    def _show_list(self) -> None:
        made = self._list.open(lambda: FailureList(self.window()))
        made.show_failures([(bar.sentence, bar.detail) for bar in self._failures()])

    def _show_reasons(self, failure: Failure) -> None:
        made = self._list.open(lambda: FailureList(self.window()))
        made.show_failures([(shown(text), "") for text in (failure.message, *failure.reasons)])

    def _hand_on(self, going: list[MessageBar]) -> None:
        """The keyboard, before its place is gone and Qt puts it anywhere."""
        others = [bar for bar in self.bars if bar not in going]
        heir = next((bar for bar in others if bar.isVisible()), others[0] if others else None)
        if heir is not None:
            heir.setVisible(True)
            heir.take_focus()
        else:
            self.leaving.emit()

    # -- its place ------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._place and event.type() in _MOVED:
            self._lie_down()
        return False

    def _lie_down(self) -> None:
        """Over the pictures, below their captions; the newest sentence is shown whatever its
        height is, others as far as there is room."""
        width = max(0, min(_WIDEST_PX, self._place.width() - 2 * GAP))
        top = FIELD_HEIGHT + GAP
        height = self._share_room(width, self._place.height() - top - GAP)
        x = (self._place.width() - width) // 2
        corner = self._place.mapTo(self.parentWidget() or self._place, QPoint(x, top))
        self.setGeometry(QRect(corner, QSize(width, max(0, height))))
        self.setVisible(bool(self._bars) and not self._is_held_back)
        self.raise_()

    def _share_room(self, width: int, room: int) -> int:
        """Which are shown; the height of those."""
        folded = self._folded()
        self._count(len(folded))
        height, count = -self._column.spacing(), 0
        own = [bar for bar in self.bars if bar not in folded]
        for bar in [*own, self._others] if folded else own:
            bar.set_brief(width < _NARROW_PX)
            needed = bar.heightForWidth(width) + self._column.spacing()
            is_shown = count == 0 or (count < MOST_SHOWN and height + needed <= room)
            bar.setVisible(is_shown)
            height += needed if is_shown else 0
            count += is_shown
        for bar in folded:
            bar.hide()
        return height

    def _count(self, folded: int) -> None:
        counted = self.tr("{} earlier failures are not shown here.").format(folded)
        words = counted if folded else ""
        if words != self._others.sentence:
            self._others.say(words)
            self._others.offer(self.tr("Show all"), "info")


def _files_in(message: str) -> frozenset[str]:
    """Paths that a sentence from below names; none of other text."""
    values = message.values.values() if isinstance(message, Sentence) else ()
    return frozenset(str(value) for value in values if os.path.isabs(str(value)))
