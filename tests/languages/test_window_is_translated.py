"""Every word of the window is in the catalogues: in a language that marks what it knows, nothing is
left without marks."""

import html
import re
import string
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, product
from typing import NamedTuple

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QModelIndex, QPoint, QRect, QSettings, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGroupBox,
    QLineEdit,
    QMenu,
    QTableView,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from loraviewer.bridge import languages
from loraviewer.bridge.languages import WindowLanguage
from loraviewer.core.families import FAMILY_TITLES
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.sentences import say
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.pair.pair_view import Look
from loraviewer.ui.strips.energy_bars import EnergyBars
from loraviewer.ui.widgets.buttons import IconButton
from tests.languages.written import sentences, unsaid
from tests.ui.drawn_blocks import row_of_blocks
from tests.ui.fakes import DEMO, Desk, entry, plain_picture, rendered

_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NAMES = {
    # Of files, adapters and programs.
    "manga", "birds", "adapters", "demo", "Demo", "safetensors", "models", "loraviewer", "json",
    # Kinds, samplers, conventions, devices and types of numbers.
    "LoRA", "LoCon", "AdaLoRA", "LoHa", "LoKr", "OFT", "OFTv2", "BOFT", "GLoRA", "VeRA",
    "DoRA", "SVD", "TIES", "DARE", "KnOTS", "Iso", "DDIM", "Euler", "DPM", "LCM", "Karras",
    "UniPC", "TCD", "trailing", "float", "cpu", "CPU",
    # Of adapters for few steps.
    "Lightning", "Hyper", "CFG", "DMD", "Turbo", "PCM",
    # Of keys, as Qt writes them.
    "Strg", "Alt", "Umschalt", "Esc", "Tab", "Leertaste", "Pos", "Links", "Rechts", "Hoch",
    "Herunter", "Ctrl", "Shift", "Space", "Home", "Left", "Right", "Down",
    # Of blocks, and what else has no language.
    "OUT", "END", "TIME", "kohya", "peft", "min", "http", "RGB", "SHA", "AutoV",
}  # fmt: skip
_FAMILIES = {word for title in FAMILY_TITLES.values() for word in _WORD.findall(title)}
_CORE = {
    "Base", "Current", "Present", "added", "Sum", "Rank", "cap", "Spectral", "clip", "Switch",
    "Composite",
}  # fmt: skip
"""Single words of the core."""
_QT = re.compile(r"Abbrechen|Schließen|OK|Nach (links|rechts) scrollen")
"""Qt has words of its own."""
_OTHER_ROOMS = ("library", "lab", "presenter", "export", "pictures", "settings")


@cache
def below() -> list[str]:
    """What the core cannot say in another language: not the window's fault, and found by
    `test_catalogues`."""
    return sorted((one.text for one in unsaid() if one.place.startswith("core/")), key=len)[::-1]


class Told(NamedTuple):
    where: str
    text: str


def marked(pattern: str) -> str:
    """“⟦Copy ⟧{}”: what a value says is not within the marks. Examples of variants have braces that
    are no values."""
    if "|" in pattern:
        return f"⟦{pattern}⟧"
    parts: list[str] = []
    for words, name, form, _ in string.Formatter().parse(pattern):
        parts.append(f"⟦{words}⟧" if words else "")
        parts.append("" if name is None else f"{{{name}{':' if form else ''}{form}}}")
    return "".join(parts)


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    return {one.text: marked(one.text) for one in sentences()}


@pytest.fixture
def marks(
    qapp: QApplication, table: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[WindowLanguage]:
    monkeypatch.setattr(languages, "read_catalogues", lambda code: table)
    language = WindowLanguage(qapp, "de")
    yield language
    language.close()


@pytest.fixture
def desk(marks: WindowLanguage) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.dispose()


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, tmp_path) -> Iterator[MainWindow]:
    """With a base, two rows of which one did not land whole, and pictures."""
    geometry = QSettings(str(tmp_path / "geometry.ini"), QSettings.Format.IniFormat)
    shown = MainWindow(desk, geometry)
    qtbot.addWidget(shown)
    shown.resize(1400, 900)
    shown.show()
    qtbot.waitExposed(shown)
    base = replace(DEMO, family="sd1", source="/models/sd15.safetensors", identity="1" * 64)
    desk.use_checkpoint(base)
    desk.stack.add(entry("manga", 0.8))
    desk.stack.add(entry("birds", 1.2))
    desk.learn_summary(_SUMMARY)
    desk.learn("manga", _REPORT)
    for pane, colour in (("base", (200, 0, 0)), ("current", (0, 200, 0))):
        desk.show(pane, shown=rendered(plain_picture(colour), desk.stack.stack))
    QApplication.processEvents()
    yield shown
    shown.close()


_SUMMARY = AdapterSummary(
    path="/adapters/manga.safetensors",
    name="manga",
    sha256="manga",
    family="sd1",
    kinds={"lora": 192, "dora": 4},
    modules=192,
    ranks=(4, 32),
    suggested_strength=0.9,
    dtype="F16",
)
_REPORT = AdapterReport(
    sha256="manga",
    matched=("a.b1", "a.b2"),
    shape_mismatch=("b.w",),
    unmatched=("c.l", "c.g"),
    unsupported=("d.o",),
    ignored=("e.o",),
    energy_share=0.25,
)


def told_by(top: QWidget) -> Iterator[Told]:
    """All that a person reads or hears of a window and what is in it."""
    for widget in (top, *top.findChildren(QWidget)):
        if not _is_of_other_room(widget, top):
            name = f"{type(widget).__name__} {widget.objectName()}"
            yield from (Told(name, text) for text in _texts(widget) if text)


def _is_of_other_room(widget: QWidget, top: QWidget) -> bool:
    place: QWidget | None = widget
    while place is not None and place is not top:
        if type(place).__module__.startswith(tuple(f"loraviewer.ui.{r}" for r in _OTHER_ROOMS)):
            return True
        place = place.parentWidget()
    return False


def _texts(widget: QWidget) -> Iterator[str]:
    yield widget.windowTitle()
    yield widget.toolTip()
    yield widget.accessibleName()
    yield widget.accessibleDescription()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(text := getattr(widget, "text", None), object) and callable(text):
        yield str(text())
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(row) for row in range(widget.count()))
    if isinstance(widget, QTabWidget):
        yield from (widget.tabText(at) for at in range(widget.count()))
    if isinstance(widget, QGroupBox | QMenu):
        yield widget.title()
    if isinstance(widget, QAbstractItemView):
        yield from _of_rows(widget)
    for action in widget.actions():
        yield action.text()
        yield action.toolTip()


def _of_rows(view: QAbstractItemView) -> Iterator[str]:
    model, role, root = view.model(), Qt.ItemDataRole, QModelIndex()
    if model is None:
        return
    columns = model.columnCount(root) if isinstance(view, QTableView) else 1
    for column in range(columns):
        yield str(model.headerData(column, Qt.Orientation.Horizontal, role.DisplayRole) or "")
        for row in range(model.rowCount(root)):
            for asked in (role.DisplayRole, role.ToolTipRole, role.AccessibleTextRole):
                yield str(model.index(row, column).data(asked) or "")


def unmarked(found: Iterable[Told]) -> list[Told]:
    return sorted({one for one in found if _words_left(one.text)})


def _words_left(text: str) -> list[str]:
    text = html.unescape(re.sub(r"<[^<>]*>", "", text)).replace("&", "")
    while (outside := _MARKED.sub(" ", text)) != text:
        text = outside
    left = _words(text)
    if left:
        for core in below():
            text = text.replace(core, " ")
        left = _words(text)
    return left


def _words(text: str) -> list[str]:
    known = _NAMES | _FAMILIES | _CORE
    return [word for word in _WORD.findall(_QT.sub("", text)) if word not in known]


def rest() -> None:
    QApplication.processEvents()


def test_the_studio(window: MainWindow) -> None:
    assert unmarked(told_by(window)) == []


def test_two_pictures_in_one_place(window: MainWindow) -> None:
    for look in (Look.WIPE, Look.DIFFERENCE):
        window.compare.set_look(look)
        rest()
        assert unmarked(told_by(window.compare)) == []


def test_sentences_about_what_went_wrong(window: MainWindow, desk: Desk) -> None:
    desk.notice.emit(Failure(FailureKind.FILE, say("“{path}” cannot be read: {why}.",
                                                   path="manga", why="demo")))  # fmt: skip
    desk.show("current", failure=Failure(FailureKind.FILE, say("Balance")))
    rest()
    assert [bar.sentence for bar in window.notices.bars] == ["⟦“⟧manga⟦” cannot be read: ⟧demo⟦.⟧"]
    assert window.compare.active.trouble.sentence == "⟦Balance⟧"
    assert unmarked(told_by(window)) == []


@pytest.mark.parametrize(
    "action",
    ["base_card", "history", "prompts", "write_prompt", "map", "compare_stacks", "shortcuts",
     "about", "balance_rows"],
)  # fmt: skip
def test_windows_beside_it(window: MainWindow, action: str) -> None:
    before = set(QApplication.topLevelWidgets())
    window.stack_panel.strips.selection.select_all()
    window.actions_table[action].trigger()
    rest()
    (opened,) = (w for w in QApplication.topLevelWidgets() if w not in before and w.isVisible())
    assert unmarked(told_by(opened)) == []


def test_the_card_of_an_adapter(window: MainWindow) -> None:
    window.stack_panel.card_requested.emit("manga", False)
    rest()
    (card,) = (w for w in QApplication.topLevelWidgets() if type(w).__name__ == "AdapterCard")
    assert unmarked(told_by(card)) == []


def test_strengths_of_blocks(window: MainWindow, desk: Desk) -> None:
    row_of_blocks(desk)
    rest()
    window.blocks.open("manga")
    shown = window.blocks.window("manga")
    assert shown is not None
    keys = shown.drawing.own_blocks
    tips = [Told("a tip", shown.drawing.tip(key)) for key in keys]
    assert tips
    assert unmarked([*told_by(shown), *tips]) == []


def test_energies(window: MainWindow) -> None:
    bars = window.findChildren(EnergyBars)
    places = [(bar, QPoint(x, 5)) for bar in bars for x in range(0, bar.width(), 9)]
    assert places
    assert unmarked(Told("a tip", bar.tip(where)) for bar, where in places) == []


def test_longer_words_have_room_in_the_stack(window: MainWindow) -> None:
    """Or give way to the icons."""
    panel = window.stack_panel
    for width, is_low in product((260, 300, 320, 350, 400), (True, False)):
        panel.setFixedWidth(width)
        panel.set_low(is_low)
        rest()
        shown = [button for button in panel.findChildren(IconButton) if button.isVisible()]
        assert all(b.width() >= b.sizeHint().width() for b in shown if b.text())
        assert width < 400 or sum(bool(button.text()) for button in shown) > 2
        places = [QRect(button.mapTo(panel, QPoint()), button.size()) for button in shown]
        assert not any(one.intersects(other) for one, other in combinations(places, 2))
        assert all(place.right() < width for place in places)


def test_menus_that_are_filled_when_they_open(window: MainWindow, desk: Desk) -> None:
    desk.snapshots.take()
    window.compare.set_menu((), window.findChildren(QMenu)[0])
    for menu in (window.compare.active.context_menu(), *window.findChildren(QMenu)):
        menu.aboutToShow.emit()
    rest()
    assert unmarked(told_by(window)) == []


def test_it_finds_what_is_left(window: MainWindow) -> None:
    """Of a word that no catalogue knows."""
    window.top_bar.setToolTip("Nobody translates this")
    window.top_bar.cancel.setToolTip(window.tr("Copy {}").format("an untranslated value"))
    found = {one.text for one in unmarked(told_by(window))}
    assert found == {"Nobody translates this", "⟦Copy ⟧an untranslated value"}
