"""What went wrong and belongs to no pane and no row: a column of sentences, newest first."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.widgets.theme import GAP, SignalColour

MOST_SHOWN = 3
_GOOD_NEWS_MS = 10_000


class Notices(QWidget):
    """Each failure stays until it is dismissed; beyond `MOST_SHOWN` the oldest gives way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP // 2)
        self._bars: list[tuple[FailureKind | None, MessageBar]] = []
        self.hide()

    @property
    def bars(self) -> tuple[MessageBar, ...]:
        """What is shown, newest first."""
        return tuple(bar for _, bar in self._bars)

    def take_focus(self) -> None:
        """The keyboard to the first button of the newest sentence."""
        buttons = (button for bar in self.bars[:1] for button in bar.buttons())
        first = next((button for button in buttons if button.isVisible()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(object)
    def say(self, failure: Failure) -> None:
        self._drop([bar for bar in self.bars if bar.sentence == failure.message])
        bar = MessageBar(SignalColour.ERROR, can_dismiss=True, parent=self)
        bar.say_failure(failure)
        self._show(bar, failure.kind)

    def ask(self, question: str, answer: str, icon_name: str, act: Callable[[], None]) -> None:
        """A question with one button; dismissing it is a no."""
        self._drop([bar for bar in self.bars if bar.sentence == question])
        bar = MessageBar(SignalColour.WARNING, can_dismiss=True, parent=self)
        bar.say(question)
        bar.offer(answer, icon_name)
        bar.action_requested.connect(act)
        bar.action_requested.connect(bar.dismiss)
        self._show(bar, None)

    def tell(self, sentence: str, answer: str, icon_name: str, act: Callable[[], None]) -> None:
        """What went well, with one button; goes by itself, and with the next one of its sort."""
        self._good_news(sentence, answer, icon_name, act).dismiss_after(_GOOD_NEWS_MS)

    def guide(self, sentence: str, answer: str, icon_name: str, act: Callable[[], None]) -> None:
        """What there is to see, with one button that can be pressed again and again; stays until
        it is dismissed, or the next one of its sort comes."""
        self._good_news(sentence, answer, icon_name, act)

    def _good_news(
        self, sentence: str, answer: str, icon_name: str, act: Callable[[], None]
    ) -> MessageBar:
        self._drop([bar for bar in self.bars if bar.signal is SignalColour.FINE])
        bar = MessageBar(SignalColour.FINE, can_dismiss=True, parent=self)
        bar.say(sentence)
        bar.offer(answer, icon_name)
        bar.action_requested.connect(act)
        self._show(bar, None)
        return bar

    def _show(self, bar: MessageBar, kind: FailureKind | None) -> None:
        bar.dismissed.connect(self._on_dismissed)
        self._bars.insert(0, (kind, bar))
        self._column.insertWidget(0, bar)
        self._drop(list(self.bars[MOST_SHOWN:]))
        self.setVisible(True)

    def forget(self, kind: FailureKind) -> None:
        """Take away sentences that are no longer true."""
        self._drop([bar for known, bar in self._bars if known is kind])

    @Slot()
    def _on_dismissed(self) -> None:
        self._drop([bar for bar in self.bars if not bar.sentence])

    def _drop(self, bars: list[MessageBar]) -> None:
        self._bars = [(kind, bar) for kind, bar in self._bars if bar not in bars]
        for bar in bars:
            self._column.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        self.setVisible(bool(self._bars))
