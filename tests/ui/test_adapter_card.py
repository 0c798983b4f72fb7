"""The card of an adapter: what it says, what it copies, what it asks for."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.families import DEMO, FAMILY_TITLES
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.ui.cards.adapter_card import AdapterCard
from loraviewer.ui.cards.family_box import FamilyBox
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.widgets.copy_value import CopyValue
from loraviewer.ui.widgets.share_bar import ShareBar
from loraviewer.ui.widgets.trigger_words import TriggerWords
from tests.ui.fakes import DEMO as DEMO_INFO
from tests.ui.fakes import Desk, entry
from tests.ui.test_stack_panel import first, strip, trigger

LEFT = Qt.MouseButton.LeftButton
SHA = "manga"
MARKUP = '<img src="file:///etc/passwd"> <b>bold</b> & more'
SUMMARY = AdapterSummary(
    path="/adapters/manga.safetensors",
    name="manga",
    sha256=SHA,
    autov3="0123456789ab",
    family="sdxl",
    evidence=("cross-attention reads embeddings 2048 wide",),
    naming=("kohya", "peft"),
    kinds={"lora": 192, "dora": 4},
    modules=192,
    ranks=(4, 32),
    trigger_words=("ink", "screentone"),
    suggested_strength=0.8,
    title="Manga ink",
    description=MARKUP,
    notes="Below 1.2.",
    metadata={"ss_network_dim": "32", "ss_tag_frequency": '{"img": {"ink": 3}}', "note": MARKUP},
    dtype="F16",
)
REPORT = AdapterReport(
    sha256=SHA,
    matched=("a.one", "a.two"),
    shape_mismatch=("b.wide",),
    unmatched=("c.lost", "c.gone"),
    unsupported=("d.odd",),
    ignored=("e.marker",),
    reasons={"b.wide": "320 × 2048; the base has 320 × 768"},
    energy_share=0.25,
)


@pytest.fixture
def card(window: MainWindow, controller: Desk) -> AdapterCard:
    """The open card of an SDXL adapter that landed in part, on an SD 1.5 base."""
    controller.use_checkpoint(replace(DEMO_INFO, family="sd1", source="/models/sd15"))
    controller.learn_summary(SUMMARY)
    controller.learn(SHA, REPORT)
    controller.stack.add(entry("manga"))
    QApplication.processEvents()
    trigger(strip(window), "Details…")
    return the_card(window)


def the_card(window: MainWindow) -> AdapterCard:
    (card,) = (c for c in window.findChildren(AdapterCard) if c.isVisible())
    return card


def child(parent: QWidget, kind, name: str):
    return next(c for c in parent.findChildren(kind) if c.accessibleName() == name)


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.text()]


def rows(card: AdapterCard, which: int) -> list[tuple[str, ...]]:
    choice = card.modules.choice
    choice.setCurrentIndex(which)
    choice.activated.emit(which)
    return card.modules.table.shown_rows()


def test_it_tells_all_that_is_known(card: AdapterCard) -> None:
    assert not card.isModal()
    assert card.head.title == "Manga ink"
    assert card.head.state.replace("\u00a0", " ") == "Made for SDXL; the base is SD 1.5."
    said = texts(card.overview)
    for words in ("LoRA ×192 · DoRA ×4", "4 … 32", "kohya, peft", "F16", "Below 1.2."):
        assert words in said
    assert "Cross-attention reads embeddings 2048 wide." in said
    shares = [(bar.share, bar.words) for bar in card.overview.findChildren(ShareBar)]
    assert shares == [(pytest.approx(2 / 6), "2 of 6 modules"), (0.25, "25 % of the energy")]


def test_what_is_uncertain_about_the_strength_is_told_on_card_and_row(
    card: AdapterCard, controller: Desk, window: MainWindow
) -> None:
    controller.learn_summary(
        replace(SUMMARY, scaling="alpha 8 from its header", doubts=("Two places differ.",))
    )
    controller.learn(SHA, replace(REPORT, doubts=("Two places differ.", "Tensors differ.")))
    trigger(strip(window), "Unfold facts and trigger words")
    QApplication.processEvents()
    for place in (card, strip(window)):
        texts = [label.text() for label in place.findChildren(QLabel)]
        assert "Two places differ.\nTensors differ." in texts
    assert "Alpha 8 from its header." in [label.text() for label in card.findChildren(QLabel)]


def test_texts_of_the_file_are_never_markup(card: AdapterCard) -> None:
    (description,) = (x for x in card.overview.findChildren(QLabel) if x.text() == MARKUP)
    assert description.textFormat() is Qt.TextFormat.PlainText
    index = card.metadata.table.view.model().index(0, 1)
    assert index.data() == MARKUP
    assert "<img" not in index.data(Qt.ItemDataRole.ToolTipRole)
    assert all(
        label.textFormat() is Qt.TextFormat.PlainText
        for label in card.findChildren(QLabel)
        if "manga" in label.text().lower()
    )


@pytest.mark.parametrize(
    ("name", "value"), [("SHA-256", SHA), ("AutoV2", SHA[:10]), ("AutoV3", "0123456789ab")]
)
def test_hashes_are_copied_by_a_click_or_enter(card: AdapterCard, name, value) -> None:
    field = child(card, CopyValue, f"Copy {name}")
    QTest.mouseClick(field, LEFT)
    assert QGuiApplication.clipboard().text() == value
    QGuiApplication.clipboard().clear()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert QGuiApplication.clipboard().text() == value


def test_every_name_that_did_not_land_is_there_with_its_reason(card: AdapterCard) -> None:
    lost, landed, everything = (rows(card, which) for which in range(3))
    assert lost == [
        ("b.wide", "320 × 2048; the base has 320 × 768"),
        ("d.odd", "unsupported kind"),
        ("c.gone", "no counterpart in this base"),
        ("c.lost", "no counterpart in this base"),
        ("e.marker", "ignored: no weights"),
    ]
    assert landed == [("a.one", "landed"), ("a.two", "landed")]
    assert everything == lost + landed
    assert [card.modules.choice.itemText(i) for i in range(3)] == [
        "Did not land (5)",
        "Landed (2)",
        "All (7)",
    ]


def test_names_are_searched_and_copied_as_text(card: AdapterCard) -> None:
    card.tabs.setCurrentWidget(card.modules)
    QTest.keyClicks(card.modules.table.search_field, "COUNTERPART lost")
    assert card.modules.table.shown_rows() == [("c.lost", "no counterpart in this base")]
    QTest.mouseClick(child(card.modules, QWidget, "Copy the rows shown"), LEFT)
    assert QGuiApplication.clipboard().text() == "c.lost\tno counterpart in this base"


def test_many_names_are_no_trouble(card: AdapterCard, controller: Desk) -> None:
    names = tuple(f"block.{i}" for i in range(20_000))
    controller.learn(SHA, AdapterReport(sha256=SHA, unmatched=names))
    assert len(card.modules.table.shown_rows()) == 20_000


def test_metadata_shows_a_whole_value_tidied(card: AdapterCard) -> None:
    card.tabs.setCurrentWidget(card.metadata)
    view = card.metadata.table.view
    assert [row[0] for row in card.metadata.table.shown_rows()] == sorted(SUMMARY.metadata)
    view.selectRow(2)
    assert card.metadata.whole_value == '{\n  "img": {\n    "ink": 3\n  }\n}'
    view.selectRow(0)
    assert card.metadata.whole_value == MARKUP


def test_a_family_by_hand_is_remembered_and_counts_at_once(
    card: AdapterCard, controller: Desk
) -> None:
    box = first(card, FamilyBox)
    assert box.currentText() == "SDXL (found)"
    box.activated.emit(box.findData("sd1"))
    assert controller.settings.settings.family_overrides == {SHA: "sd1"}
    assert box.currentText() == "SD 1.5 (by you)"
    assert card.head.state.startswith("2 of 6 modules with 25 % of the energy landed; ")
    box.activated.emit(0)
    assert controller.settings.settings.family_overrides == {}
    assert box.currentText() == "SDXL (found)"


def test_every_family_but_the_demo_can_be_chosen(card: AdapterCard) -> None:
    box = first(card, FamilyBox)
    offered = {box.itemData(i) for i in range(1, box.count())} - {None}
    assert offered == set(FAMILY_TITLES) - {DEMO}


def test_the_suggested_strength_is_one_click_away(card: AdapterCard, controller: Desk) -> None:
    use = child(card.overview, QWidget, "Use the suggested strength")
    assert use.isVisible()
    QTest.mouseClick(use, LEFT)
    assert controller.stack.stack.entries[0].scale == 0.8
    assert not use.isVisible()
    controller.document.undo_stack.undo()
    assert use.isVisible()


def test_trigger_words_go_into_the_prompt(card: AdapterCard, controller: Desk) -> None:
    controller.prompt.change(prompt="a girl")
    for button in first(card, TriggerWords).buttons():
        QTest.mouseClick(button, LEFT)
    assert controller.prompt.sampling.prompt == "a girl, ink, screentone"


def test_an_adapter_that_landed_whole_says_so(card: AdapterCard, controller) -> None:
    controller.learn(SHA, AdapterReport(sha256=SHA, matched=("a", "b"), energy_share=1.0))
    assert card.head.state == "Everything landed: 2 modules."
    assert rows(card, 0) == []
    assert "Everything landed." in texts(card.modules)


def test_a_failure_is_told_in_place_of_names(card: AdapterCard, controller) -> None:
    controller.adapters.set_family(SHA, "sd1")
    controller.learn(SHA, Failure(FailureKind.ADAPTER, "“x” holds undefined numbers.", "trace"))
    assert card.head.state == "“x” holds undefined numbers."
    assert rows(card, 0) == []
    assert "“x” holds undefined numbers." in texts(card.modules)


def test_the_preview_appears_when_it_is_read(
    card: AdapterCard, controller: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    image = QImage(40, 40, QImage.Format.Format_RGB888)
    image.fill(QColor("#cc3366"))
    path = str(tmp_path / "manga.png")
    assert image.save(path)
    picture = child(card, QWidget, "Preview picture")
    assert not picture.isVisible()
    controller.learn_summary(replace(SUMMARY, preview_path=path))
    qtbot.waitUntil(picture.isVisible)
    pixel = picture.grab().toImage().pixelColor(QPoint(50, 50))
    assert abs(pixel.red() - 0xCC) + abs(pixel.blue() - 0x66) < 8


def test_a_replaced_preview_shows_when_the_person_comes_back_to_the_card(
    card: AdapterCard, controller: Desk, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = str(tmp_path / "manga.png")
    picture = child(card, QWidget, "Preview picture")

    def colour() -> tuple[int, int]:
        pixel = picture.grab().toImage().pixelColor(QPoint(50, 50))
        return round(pixel.red() / 64), round(pixel.blue() / 64)

    def paint(colour: str, edge: int) -> None:
        image = QImage(edge, edge, QImage.Format.Format_RGB888)
        image.fill(QColor(colour))
        assert image.save(path)

    paint("#cc3366", 40)
    controller.learn_summary(replace(SUMMARY, preview_path=path))
    qtbot.waitUntil(lambda: picture.isVisible() and colour() == (3, 2))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    paint("#3366cc", 44)
    card.activateWindow()
    qtbot.waitUntil(lambda: colour() == (1, 3))


def test_asked_for_twice_it_is_still_one_card(card: AdapterCard, window: MainWindow) -> None:
    trigger(strip(window), "Details…")
    assert the_card(window) is card


def test_the_button_at_the_sentence_leads_to_the_modules(
    window: MainWindow, controller: Desk
) -> None:
    controller.stack.add(entry("manga"))
    controller.learn(SHA, REPORT)
    QApplication.processEvents()
    QTest.mouseClick(child(strip(window), QWidget, "What did not land, and why"), LEFT)
    assert the_card(window).tabs.currentWidget() is the_card(window).modules


def test_blocks_are_listed_in_the_order_of_their_numbers(card: AdapterCard, controller) -> None:
    names = ("block.10.q", "block.2.q", "block.1.q", "attn.3")
    controller.learn(SHA, AdapterReport(sha256=SHA, unmatched=names))
    listed = [name for name, _ in card.modules.table.shown_rows()]
    assert listed == ["attn.3", "block.1.q", "block.2.q", "block.10.q"]


def test_it_goes_with_its_row_and_on_escape(
    card: AdapterCard, window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert not card.isVisible()
    assert controller.engine.waiting == 1, "Esc closed the card and stopped nothing"
    trigger(strip(window), "Details…")
    again = the_card(window)
    controller.stack.remove("manga")
    assert not again.isVisible()


def test_alt_enter_opens_it_from_the_row(window: MainWindow, controller: Desk) -> None:
    controller.stack.add(entry("manga"))
    QApplication.processEvents()
    window.activateWindow()
    switch = strip(window).tab_chain()[0]
    switch.setFocus()
    QTest.keyClick(switch, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert the_card(window).entry_id == "manga"
    assert controller.stack.stack.entries[0].is_enabled


def test_everything_on_it_has_a_name_and_can_be_reached(card: AdapterCard) -> None:
    for page in range(card.tabs.count()):
        card.tabs.setCurrentIndex(page)
        shown = card.tabs.widget(page)
        assert shown is not None
        nameless = [
            widget
            for widget in shown.findChildren(QWidget)
            if widget.isVisible()
            and widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
            and not widget.accessibleName()
            # A label's text is what it says; the parts of a combo box speak through it.
            and not isinstance(widget, QLabel)
        ]
        assert nameless == []


def modules_choice(window: MainWindow) -> str:
    card = window.findChild(AdapterCard)
    assert card is not None
    return card.modules.choice.currentText()


def test_the_modules_begin_with_what_matters(window: MainWindow, controller: Desk) -> None:
    """An empty list of what did not land tells nothing."""
    controller.stack.add(entry("manga"))
    controller.learn("manga", AdapterReport(sha256="manga", matched=("a", "b")))
    window.stack_panel.card_requested.emit("manga", False)
    card = window.findChild(AdapterCard)
    assert card is not None
    assert modules_choice(window) == "All (2)"
    assert len(card.modules.table.shown_rows()) == 2
    controller.learn("manga", AdapterReport(sha256="manga", matched=("a",), unmatched=("b",)))
    assert modules_choice(window) == "Did not land (1)"
    card.modules.choice.setCurrentIndex(1)
    card.modules.choice.activated.emit(1)
    controller.learn("manga", AdapterReport(sha256="manga", matched=("a", "b", "c")))
    assert modules_choice(window) == "Landed (3)"
    card.close()
