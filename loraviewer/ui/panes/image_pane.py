"""One pane: whose picture it is, the picture, and what went wrong with it."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from loraviewer.bridge.images import to_qimage
from loraviewer.bridge.languages import figures, shown
from loraviewer.core.captions import Beside, left_out_words, pane_caption
from loraviewer.core.document import PaneId
from loraviewer.core.numbers import short_number
from loraviewer.core.outcome import Rendered
from loraviewer.core.pane import PaneState
from loraviewer.core.picture import Picture
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.panes.pane_words import badge_of
from loraviewer.ui.panes.picture_view import PictureView
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.held_drag import HeldDrag
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, SignalColour

_Seen = tuple[Rendered | None, AdapterStack, tuple[Beside, ...], tuple[str, ...]]
"""What a caption is about: compared by identity, since stacks may be deep."""


class ImagePane(QWidget):
    """A function of the `PaneState` it was last shown."""

    save_requested = Signal(str)
    """The pane's id."""
    dragged = Signal(QPoint)
    dropped = Signal(QPoint)
    """Where on the screen the line above the picture is dragged to, or let go."""
    drag_cancelled = Signal()
    entered = Signal(str)
    """The pane's id: the person came here by mouse or key."""
    copied = Signal(bool)
    """A picture lies on the clipboard; whether it is an unfinished one."""

    def __init__(self, state: PaneState, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pane_id = state.pane_id
        self._own_title = ""
        self._state = state
        self._picture: Picture | None = None
        self._waiting = ""
        self._seen: _Seen | None = None
        self._others: tuple[Beside, ...] = ()
        self._own: tuple[str, ...] = ()
        self._recipe_of: Rendered | None = None
        self._viewport = viewport
        self._menu_actions: tuple[QAction, ...] = ()
        self._drag = HeldDrag(self)
        self._drag.moved.connect(self.dragged)
        self._drag.dropped.connect(self.dropped)
        self._drag.cancelled.connect(self.drag_cancelled)
        self.view = PictureView(viewport)
        self.view.menu_requested.connect(self._on_menu_requested)
        self.view.entered.connect(self._on_entered)
        self._title = QLabel(textFormat=Qt.TextFormat.PlainText)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._caption = ElidedLabel().set_look(quiet=True)
        # Gives way altogether, so that both pictures are of one size in a narrow window, too.
        self._caption.setMinimumWidth(1)
        self._badge = ElidedLabel().set_look(quiet=True)
        self._badge.setSizePolicy(self._title.sizePolicy())
        self.thaw = IconButton(
            "frozen",
            self.tr("Let it follow the other panes"),
            self.tr(
                "Frozen: it keeps its own prompt, seed and size. While it is active, the fields "
                "below edit only these. Click to let it follow the other panes again."
            ),
        )
        self.thaw.hide()
        self._trouble = MessageBar(SignalColour.ERROR, parent=self.view)
        self._lay_out()
        self.show_state(state)

    @property
    def pane_id(self) -> PaneId:
        return self._pane_id

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def caption(self) -> str:
        return self._caption.text()

    @property
    def trouble(self) -> MessageBar:
        return self._trouble

    @property
    def recipe(self) -> str:
        """The caption's tooltip: how the picture was made."""
        return self._caption.toolTip()

    @property
    def badge(self) -> str:
        return self._badge.text()

    def set_title(self, title: str) -> None:
        """What the pane is called, until another one's state is held up here."""
        self._own_title = title

    def set_others(self, others: Sequence[Beside]) -> None:
        """The panes that its caption may speak of; none for the whole stack."""
        if tuple(others) != self._others:
            self._others = tuple(others)
            self._tell_picture(self._state)

    def set_own(self, is_frozen: bool, own: Sequence[str]) -> None:
        """Whether it keeps its own prompt, seed and size, and in what they differ."""
        if tuple(own) != self._own:
            self._own = tuple(own)
            self._tell_picture(self._state)
        if self.thaw.hasFocus() and not is_frozen:
            self.view.setFocus()  # before Qt gives the keyboard to another pane
        self.thaw.setVisible(is_frozen)

    def set_active(self, is_active: bool) -> None:
        """Whether it has the frame of the pane that the strips edit."""
        self.view.set_framed(is_active)

    def show_state(self, state: PaneState, title: str = "") -> None:
        """`title` names whose state it is while another pane's is held up here."""
        is_first = self._state.picture() is None
        self._state = state
        self._title.setText(title or self._own_title)
        self._show_picture(state.picture())
        is_veiled = state.is_outdated and state.preview is None
        self.view.set_veiled(is_veiled)
        if is_first:
            self.view.settle_veil()
        self.view.set_progress(state.step, state.steps if state.is_busy else 0)
        self._say_why_empty()
        self._tell_picture(state)
        self._badge.set_text(badge_of(state))
        self._trouble.say_failure(state.failure)
        self._place_trouble()
        self.view.setAccessibleName(f"{self._title.text()}: {self.caption}")

    def _tell_picture(self, state: PaneState) -> None:
        """Words for what is seen, only where something else is: stacks may be deep, and a pane
        hears of every tick."""
        shown = state.shown if state.has_settled_view else None
        is_own = state.pane_id == self._pane_id
        others, own = (self._others, self._own) if is_own else ((), ())
        seen = (shown, state.seen_stack, others, own)
        if self._seen is None or any(a is not b for a, b in zip(seen, self._seen, strict=True)):
            self._seen = seen
            self._caption.set_text(_caption(*seen))
        if state.shown is not self._recipe_of:
            self._recipe_of = state.shown
            self._caption.set_tip(self._recipe(state.shown))

    def set_menu_actions(self, actions: Sequence[QAction]) -> None:
        """What the context menu offers besides, about the active pane."""
        self._menu_actions = tuple(actions)

    def add_tool(self, tool: QWidget) -> None:
        """At the right end of the line above the picture."""
        self._head.addWidget(tool)
        tool.show()

    def show_waiting(self, words: str) -> None:
        """What the pane says until its first picture is under way."""
        self._waiting = words
        self._say_why_empty()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._place_trouble()

    # -- the line above the picture -------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.view.setFocus(Qt.FocusReason.MouseFocusReason)
        self._drag.begin(event)

    # -- what it says ---------------------------------------------------------------------

    @Slot()
    def _on_entered(self) -> None:
        self.entered.emit(self._pane_id)

    def _say_why_empty(self) -> None:
        self.view.set_words(self.tr("Rendering…") if self._state.is_busy else self._waiting)

    def _lay_out(self) -> None:
        self._head = head = QHBoxLayout()
        head.setContentsMargins(GAP // 2, 0, GAP // 2, 0)
        head.setSpacing(GAP)
        head.addStrut(FIELD_HEIGHT)
        head.addWidget(self._title)
        head.addWidget(self.thaw)
        head.addWidget(self._caption, 1)
        head.addWidget(self._badge)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addWidget(self.view, 1)

    def _show_picture(self, picture: Picture | None) -> None:
        if picture is not self._picture:
            self._picture = picture
            self.view.show_picture(None if picture is None else to_qimage(picture))

    def _recipe(self, rendered: Rendered | None) -> str:
        """How the picture was made, for the tooltip."""
        if rendered is None:
            return ""
        sampling, times = rendered.request.sampling, rendered.timings
        recipe = self.tr("“{}”\n{} steps {} · guidance {} · seed {} · {:.0f} ms").format(
            sampling.prompt,
            sampling.steps,
            sampling.sampler,
            figures(short_number(sampling.guidance_scale)),
            sampling.seed,
            times.total_ms,
        )
        return "\n".join([recipe, *self._reservations(rendered)])

    def _reservations(self, rendered: Rendered) -> list[str]:
        """Why it is not the picture that an unhurried machine with much memory would make."""
        request, lines = rendered.request, []
        if request.is_draft:
            words = self.tr("Draft of {} steps; not to be compared with settled pictures.")
            if request.draft_adapter:
                words = self.tr(
                    "Draft of {} steps with an adapter that is for drafts only; the settled "
                    "picture is made without it."
                )
            if request.resumed is not None:
                words = self.tr(
                    "Draft: the last {} steps, run again from the settled picture before; not to "
                    "be compared with settled pictures."
                )
            lines.append(words.format(request.steps_run))
        if rendered.has_widened:
            lines.append(
                self.tr("Decoded once more in float32: in float16 the VAE’s numbers overflowed.")
            )
        if rendered.tile_px:
            lines.append(
                self.tr("Decoded in tiles of {} pixels, for want of memory.").format(
                    rendered.tile_px
                )
            )
        return lines

    def _place_trouble(self) -> None:
        """Along the lower edge of the picture, above it, so that nothing moves."""
        width = max(0, self.view.width() - 2 * GAP)
        height = self._trouble.heightForWidth(width)
        self._trouble.setGeometry(GAP, self.view.height() - height - GAP, width, height)

    # -- the context menu -----------------------------------------------------------------

    @Slot(QPointF)
    def _on_menu_requested(self, where: QPointF) -> None:
        self._on_entered()  # what is chosen there is about this pane
        menu = self.context_menu()
        menu.popup(where.toPoint())

    def context_menu(self) -> QMenu:
        """A fresh menu that deletes itself when it closes."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        save = added(menu, self.tr("Save picture…"))
        save.setEnabled(self._state.shown is not None)
        save.triggered.connect(self._on_save)
        copy = added(menu, self.tr("Copy picture"))
        copy.setEnabled(self._picture is not None)
        copy.triggered.connect(self.copy_picture)
        menu.addSeparator()
        menu.addActions(self._menu_actions)
        menu.addSeparator()
        added(menu, self.tr("Fit")).triggered.connect(self._viewport.fit)
        added(menu, self.tr("Actual pixels (1:1)")).triggered.connect(self.view.show_actual_size)
        return menu

    @Slot()
    def _on_save(self) -> None:
        self.save_requested.emit(self._pane_id)

    @Slot()
    def copy_picture(self) -> None:
        """What is seen, onto the clipboard."""
        if self._picture is not None:
            QGuiApplication.clipboard().setImage(to_qimage(self._picture))
            self.copied.emit(self._state.preview is not None)


def _caption(
    finished: Rendered | None, stack: AdapterStack, others: Sequence[Beside], own: tuple[str, ...]
) -> str:
    """Of the picture that is seen: a finished one, or None for the one under way. Beside another
    pane its seed is told only where it has one of its own."""
    parts = [shown(pane_caption(stack, others)), *map(shown, own)]
    if finished and not finished.request.is_draft and (left_out := left_out_words(stack)):
        parts.append(shown(left_out))
    if finished and not others and not own:
        words = QCoreApplication.translate("ImagePane", "seed {}")
        parts.append(words.format(finished.request.sampling.seed))
    return " · ".join(parts)
