"""The card of one adapter, of the stack or of a file: everything known about it, in a window of its
own."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainterPath, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QTabBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.adapters.preview_images import PreviewImages
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.outcome import Failure
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.ui.cards.adapter_sentences import trouble
from loraviewer.ui.cards.card_metadata import CardMetadata
from loraviewer.ui.cards.card_modules import CardModules
from loraviewer.ui.cards.card_overview import CardOverview
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import (
    GAP,
    ICON_SIZE,
    RADIUS,
    SignalColour,
    is_palette_change,
    signal_colour,
)

_SIZE = QSize(720, 680)
_SMALLEST = QSize(460, 400)
_PREVIEW_PX = 112


class AdapterCard(QDialog):
    """Not modal, follows base, stack and settings; closes itself when its row is removed. That of a
    file that is in no stack stays."""

    trigger_word_chosen = Signal(str)

    def __init__(
        self,
        stack: StackModel,
        adapters: AdapterModel,
        previews: PreviewImages,
        entry_id: str,
        parent: QWidget | None = None,
        *,
        file: StackEntry | None = None,
    ) -> None:
        """file: what would be a row, of a file that is none; None for the row `entry_id`."""
        super().__init__(parent)
        self._file = file
        self._stack = stack
        self._adapters = adapters
        self._previews = previews
        self._entry_id = entry_id
        self._sha256 = (file or stack.stack.entry(entry_id)).sha256
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(_SMALLEST)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, 64)))
        self.head = _Head()
        self.overview = CardOverview()
        self.modules = CardModules()
        self.metadata = CardMetadata()
        self._lay_out()
        self._connect()
        self._show()

    @property
    def entry_id(self) -> str:
        return self._entry_id

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setTabBar(_Tabs())
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.overview, self.tr("&Overview"))
        self.tabs.addTab(self.modules, self.tr("&Modules"))
        self.tabs.addTab(self.metadata, self.tr("M&etadata"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        column.setSpacing(2 * GAP)
        column.addWidget(self.head)
        column.addWidget(self.tabs, 1)

    def _connect(self) -> None:
        self.overview.family_chosen.connect(self._on_family_chosen)
        self.overview.strength_wanted.connect(self._on_strength_wanted)
        self.overview.trigger_word_chosen.connect(self.trigger_word_chosen)
        self._adapters.adapter_changed.connect(self._on_adapter_changed)
        self._stack.stack_changed.connect(self._on_stack_changed)
        self._previews.changed.connect(self._on_preview_changed)

    def _show(self) -> None:
        facts = self._adapters.facts(self._sha256)
        if self._file is None:
            name = row_names(self._stack.stack)[self._entry_id]
        else:
            name = self._file.name
        self.setWindowTitle(self.tr("{} — details").format(name))
        self.head.show_facts(facts, name)
        self.overview.show_facts(facts)
        self.overview.show_entry(
            None if self._file is not None else self._stack.stack.entry(self._entry_id)
        )
        self.modules.show_facts(facts)
        if facts.summary is not None:
            self.metadata.show_metadata(facts.summary.metadata)
            self._previews.request(facts.summary)
        self.head.show_preview(self._previews.image(self._sha256))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._previews.look_again()

    @Slot(str)
    def _on_family_chosen(self, family: str) -> None:
        self._adapters.set_family(self._sha256, family)

    @Slot(float)
    def _on_strength_wanted(self, value: float) -> None:
        self._stack.set_scale(self._entry_id, value)

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        if sha256 == self._sha256:
            self._show()

    @Slot(object)
    def _on_stack_changed(self, stack: AdapterStack) -> None:
        if self._file is not None:
            return
        entry = next((e for e in stack.entries if e.entry_id == self._entry_id), None)
        if entry is None:
            self.close()
        else:
            self.overview.show_entry(entry)

    @Slot(str)
    def _on_preview_changed(self, sha256: str) -> None:
        if sha256 == self._sha256:
            self.head.show_preview(self._previews.image(sha256))


class _Tabs(QTabBar):
    """Pages do not turn while somebody scrolls."""

    def wheelEvent(self, event) -> None:
        event.ignore()


class _Head(QWidget):
    """Picture, title and how it stands, above the pages."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = _Picture()
        self._title = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        font = self._title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self._title.setFont(font)
        self._file = ElidedLabel().set_look(quiet=True)
        self._mark = QLabel()
        self._state = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._signal: SignalColour | None = None
        self._lay_out()

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def state(self) -> str:
        return self._state.text()

    def show_facts(self, facts: AdapterFacts, name: str) -> None:
        title = (facts.summary.title if facts.summary else "") or name
        self._title.setText(title[:200])
        self._file.set_text(name if title != name else "")
        self._file.setVisible(title != name)
        sentence = trouble(facts)
        self._state.setText(sentence or self._untroubled(facts))
        is_known = facts.report is not None
        self._signal = SignalColour.WARNING if sentence else SignalColour.FINE
        self._mark.setVisible(is_known)
        self._draw_mark()

    def show_preview(self, image: QImage) -> None:
        self._picture.show_image(image)

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._draw_mark()

    def _untroubled(self, facts: AdapterFacts) -> str:
        report = facts.report
        if report is None or isinstance(report, Failure):
            return self.tr("Not compared with a base yet.")
        return self.tr("Everything landed: {} modules.").format(report.total)

    def _lay_out(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(GAP // 2)
        state.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        state.addWidget(self._state, 1)
        words = QVBoxLayout()
        words.setSpacing(GAP // 2)
        words.addWidget(self._title)
        words.addWidget(self._file)
        words.addLayout(state)
        words.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def _draw_mark(self) -> None:
        if self._signal is None:
            return
        colour = signal_colour(self.palette(), self._signal)
        name = "check" if self._signal is SignalColour.FINE else "warning"
        self._mark.setPixmap(pixmap(name, colour, ICON_SIZE, self.devicePixelRatioF()))


class _Picture(QWidget):
    """The adapter's preview, filling a rounded square; hidden where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setFixedSize(_PREVIEW_PX, _PREVIEW_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Preview picture"))
        self.hide()

    def show_image(self, image: QImage) -> None:
        self._image = image
        self.setVisible(not image.isNull())
        self.update()

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform)
        inside = QRectF(self.rect())
        outline = QPainterPath()
        outline.addRoundedRect(inside, RADIUS, RADIUS)
        painter.setClipPath(outline)
        painter.fillRect(inside, self.palette().color(QPalette.ColorRole.Midlight))
        side = min(self._image.width(), self._image.height())
        left, top = (self._image.width() - side) / 2, (self._image.height() - side) / 2
        painter.drawImage(inside, self._image, QRectF(left, top, side, side))
        painter.end()
