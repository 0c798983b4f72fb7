"""Whatever docks and their windows say passes through the language of the window: with a language
that marks all it knows, nothing readable is left outside of marks."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.bridge import languages
from loraviewer.bridge.languages import WindowLanguage
from loraviewer.core.document import Document
from loraviewer.core.experiments.claims import CLAIMS
from loraviewer.core.families import family_title
from loraviewer.core.merge_rules import RULES
from loraviewer.core.pane_names import pane_name
from loraviewer.core.picture_measures import MEASURES
from loraviewer.core.sentences import Sentence
from loraviewer.ui.actions import ACTIONS
from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage
from loraviewer.ui.lab.experiments.experiment_words import KINDS
from loraviewer.ui.main_window import MainWindow
from tests.bridge.exporting.programs import RANKS, program
from tests.bridge.library.conftest import is_at_rest
from tests.bridge.library.fake_index import FakeIndex, adapter, checkpoint, unreadable
from tests.languages.seen_texts import seen_texts
from tests.languages.written import sentences
from tests.ui.fakes import DEMO, Desk, plain_picture, rendered
from tests.ui.measured import add_measured

_PATH = re.compile(r"\w+(\.\w+)+")
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[^\W\d_]{3,}")
_TORN = "It is torn."
_NAMES = (
    "manga", "birds", "dreams", "torn", "Demo", "LoRA", "DoRA", "LoHa", "LoKr", "OFT", "GLoRA",
    "IA3", "IA³", "AdaLoRA", "LoCon", "full", "VeRA",
    "SDXL", "float32", "bfloat16", "float16", "cpu", "English", "Deutsch", "safetensors", "TIES",
    "DARE", "SVD", "attn1", "text_encoder", "unet", "weight", "OUT", "kohya", "PEFT",
    "Strg", "Umschalt",
)  # fmt: skip
"""Of files, kinds of adapters, families, formats, parts of networks, and Qt's own of keys."""


@pytest.fixture
def marked(qapp, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language in which everything is English within marks."""
    table = {one.text: f"⟦{one.text}⟧" for one in sentences()}
    monkeypatch.setattr(languages, "read_catalogues", lambda code: table)
    language = WindowLanguage(qapp, "de")
    yield
    language.close()


@pytest.fixture
def desk(marked: None) -> Iterator[Desk]:
    index = FakeIndex(
        adapter("birds", trigger_words=("manga",)), checkpoint("dreams"), unreadable("torn", _TORN)
    )
    desk = Desk(open_library=lambda: index)
    yield desk
    desk.dispose()


@pytest.fixture
def studio(desk: Desk, qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """Two measured rows, a snapshot, and a picture."""
    geometry = QSettings(str(tmp_path / "geometry.ini"), QSettings.Format.IniFormat)
    window = MainWindow(desk, geometry)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    desk.use_checkpoint()
    add_measured(desk, "manga", "birds")
    desk.prompt.change(prompt="manga")
    desk.snapshots.take()
    stack = desk.stack.stack
    picture = rendered(plain_picture((0, 200, 0)), stack)
    desk.show(desk.document.document.active, shown=picture, shown_stack=stack)
    yield window
    window.close()


def check(root: QWidget) -> None:
    """No readable words stand outside of all marks, names apart."""
    below = _plain_below()
    left = sorted(text for text in seen_texts(root) if _WORD.search(_outside(text, below)))
    assert not left, "\n".join(left)


def _outside(text: str, names: Collection[str] = ()) -> str:
    while _MARKED.search(text):
        text = _MARKED.sub("", text)
    for name in sorted({*names, *_NAMES}, key=len, reverse=True):
        text = text.replace(name, "")
    return _PATH.sub("", text)


def _plain_below() -> list[str]:
    """Words of the core that cannot be said in another language (yet)."""
    words = [text for one in MEASURES for text in (one.title, one.meaning, one.blind)]
    words += [text for rule in RULES for text in (rule.title, rule.meaning, rule.amount)]
    words += [text for claim in CLAIMS for text in (claim.title, claim.said, claim.look_for)]
    words += [text for one in ACTIONS for text in (one.text.rstrip("…"), one.tip)]
    words += [family_title("demo"), DEMO.identity]
    document = Document()
    words += [pane_name(document, pane.pane_id) for pane in document.panes]
    return [text for text in words if text and not isinstance(text, Sentence)]


def test_settings(studio: MainWindow) -> None:
    studio.actions_table["settings"].trigger()
    shown = studio.settings_actions.window
    assert shown is not None
    assert "⟦" in shown.windowTitle()
    check(shown)


def test_export(studio: MainWindow, desk: Desk) -> None:
    exporter = desk.exports.exporter
    exporter._export._program = exporter._ranks.run._program = program(RANKS)
    studio.actions_table["export"].trigger()
    shown = studio.exports.window
    assert shown is not None
    shown.place.setText("")
    check(shown)


def test_library(studio: MainWindow, desk: Desk, qtbot: QtBot) -> None:
    studio.actions_table["library"].trigger()
    qtbot.waitUntil(lambda: is_at_rest(desk))
    check(studio.library.dock)


def test_pages_of_the_weights(studio: MainWindow, qtbot: QtBot) -> None:
    studio.actions_table["weights"].trigger()
    dock = studio.weights.dock
    for at in range(dock.tabs.count()):
        dock.tabs.setCurrentIndex(at)
        qtbot.waitUntil(lambda: dock.page is not None)
        QApplication.processEvents()
    check(dock)


def test_kinds_of_experiments(studio: MainWindow, qtbot: QtBot) -> None:
    studio.actions_table["experiments"].trigger()
    dock = studio.experiments.dock
    qtbot.waitUntil(lambda: isinstance(dock.page, ExperimentPage))
    assert isinstance(dock.page, ExperimentPage)
    form, run = dock.page.form, dock.page.run
    for kind in KINDS:
        form.kind.choose(kind)
        form.kind.changed.emit()
        qtbot.waitUntil(lambda: "counting" not in run.words)
        check(dock)


def test_other_pages_of_the_experiments(studio: MainWindow, qtbot: QtBot) -> None:
    studio.actions_table["experiments"].trigger()
    dock = studio.experiments.dock
    pages = [1, 2] if isinstance(CLAIMS[0].said, Sentence) else [1]  # claims are English yet
    for at in pages:
        dock.tabs.setCurrentIndex(at)
        qtbot.waitUntil(lambda: dock.page is not None)
    check(dock)


def test_stage(studio: MainWindow) -> None:
    studio.actions_table["present"].trigger()
    shown = studio.stage.window
    assert shown is not None
    check(shown)
    studio.stage.leave()


def test_cues(studio: MainWindow, desk: Desk) -> None:
    desk.stage.cues.add(0)
    studio.actions_table["cues"].trigger()
    shown = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "⟦Cues⟧"]
    assert len(shown) == 1
    check(shown[0])


def test_what_undo_would_do(studio: MainWindow, desk: Desk) -> None:
    desk.stack.set_scale("manga", 0.5)
    assert _outside(desk.document.undo_stack.undoText()).strip() == ""


def test_the_status(studio: MainWindow, desk: Desk) -> None:
    desk.intake.add(())
    assert desk.status.status.activity.startswith("⟦")
