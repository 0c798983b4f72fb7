"""Presets of block strengths, a person’s own, and those on the clipboard."""

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from loraviewer.core.settings_file import SettingsFile
from tests.ui.drawn_blocks import Key, choose, offered, scales
from tests.ui.focus import focused


def test_presets_of_a_unet(blocks, controller):
    assert offered(blocks)[:5] == [
        "All blocks at 1",
        "Encoder only",
        "Middle only",
        "Decoder only",
        "Text encoders off",
    ]
    choose(blocks, "Decoder only")
    assert scales(controller) == dict.fromkeys(["IN01", "IN02", "IN04", "IN05", "M00"], 0.0)
    choose(blocks, "Text encoders off")
    assert scales(controller)["TE1.01"] == 0.0
    assert scales(controller)["M00"] == 0.0
    choose(blocks, "All blocks at 1")
    assert scales(controller) == {}
    history = controller.document.undo_stack
    history.undo()
    assert scales(controller)["TE1.00"] == 0.0


def test_a_preset_of_ones_own_survives_in_the_settings(blocks, controller, tmp_path):
    controller.stack.set_block_scales("manga", {"OUT03": 0.0, "TE1.00": 0.25})
    choose(blocks, "Save as a preset…")
    line = blocks.presets.name.line
    assert focused() is line
    QTest.keyClicks(line, "  face &  off ")
    QTest.keyClick(line, Key.Key_Return)
    assert blocks.said == "“face & off” is saved."
    file = tmp_path / "settings.json"
    SettingsFile(file).save(controller.settings.settings)
    kept = SettingsFile(file).load().settings.block_presets
    assert kept == {"face & off": {"OUT03": 0.0, "TE1.00": 0.25}}
    choose(blocks, "All blocks at 1")
    choose(blocks, "face && off")
    assert scales(controller) == {"OUT03": 0.0, "TE1.00": 0.25}


def test_own_presets_are_renamed_replaced_and_deleted(blocks, controller):
    settings = controller.settings
    settings.install(settings.settings.with_block_preset("one", {"M00": 0.5}))
    choose(blocks, "Rename preset", "one")
    assert blocks.presets.name.line.text() == "one"
    QTest.keyClicks(blocks.presets.name.line, "two")
    QTest.keyClick(blocks.presets.name.line, Key.Key_Return)
    assert list(settings.settings.block_presets) == ["two"]
    controller.stack.set_block_scales("manga", {"M00": 0.25})
    choose(blocks, "Save as a preset…")
    QTest.keyClicks(blocks.presets.name.line, "two")
    QTest.keyClick(blocks.presets.name.line, Key.Key_Return)
    assert settings.settings.block_presets == {"two": {"M00": 0.25}}
    assert blocks.said == "“two” is replaced."
    choose(blocks, "Delete preset", "two")
    assert settings.settings.block_presets == {}
    assert scales(controller) == {"M00": 0.25}
    assert "two" not in offered(blocks)


def test_escape_leaves_the_name_and_the_window_open(blocks, controller):
    controller.stack.set_block_scales("manga", {"M00": 0.25})
    choose(blocks, "Save as a preset…")
    QTest.keyClicks(blocks.presets.name.line, "two")
    QTest.keyClick(blocks.presets.name.line, Key.Key_Escape)
    assert controller.settings.settings.block_presets == {}
    assert blocks.isVisible()
    assert not blocks.presets.name.isVisible()


def test_a_preset_for_another_network_is_refused_in_one_sentence(blocks, controller):
    settings = controller.settings
    settings.install(settings.settings.with_block_preset("flux", {"D03": 0.0, "S07": 0.0}))
    choose(blocks, "flux")
    assert scales(controller) == {}
    assert blocks.said == "“flux” names no block that this adapter changes: it is for D03, S07."


def test_lbw_text_goes_out_and_comes_back(blocks, controller):
    controller.stack.set_block_scales("manga", {"IN04": 0.5, "TE1.00": 0.25})
    choose(blocks, "Copy as LBW text")
    text = QGuiApplication.clipboard().text()
    numbers = ["1"] * 26
    numbers[5] = "0.5"
    assert text == f"lbw={','.join(numbers)}:blocks=TE1.00=0.25"
    choose(blocks, "All blocks at 1")
    choose(blocks, "Paste LBW text")
    assert scales(controller) == {"IN04": 0.5, "TE1.00": 0.25}


def test_pasting_says_what_the_adapter_does_not_have(blocks, controller):
    QGuiApplication.clipboard().setText("OUTALL")
    choose(blocks, "Paste LBW text")
    assert scales(controller) == dict.fromkeys(["IN01", "IN02", "IN04", "IN05", "M00"], 0.0)
    assert blocks.said.startswith("The adapter changes nothing in IN00, IN03, ")
    QGuiApplication.clipboard().setText("0," + ",".join(["1"] * 25))
    choose(blocks, "Paste LBW text")
    assert scales(controller) == {"TE1.00": 0.0, "TE1.01": 0.0}


@pytest.mark.parametrize(
    ("text", "told"), [("a cat\n1,2", "“a cat 1,2” is no LBW text"), ("", "no text")]
)
def test_what_is_no_lbw_text_is_refused(blocks, controller, text, told):
    QGuiApplication.clipboard().setText(text)
    choose(blocks, "Paste LBW text")
    assert told in blocks.said
    assert scales(controller) == {}
