"""What the core says of real trouble, in German, with the studio's own catalogue."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from loraviewer.core.adapter_paths import adapter_file
from loraviewer.core.arguments import parse_size
from loraviewer.core.base_weights_policy import MemoryBudget, choose_policy
from loraviewer.core.captions import Beside, pane_caption, stack_caption
from loraviewer.core.catalogues import read_catalogues
from loraviewer.core.experiments.conclusions.words import unit_words
from loraviewer.core.families import family_title
from loraviewer.core.foreign.picture import listed
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.outcome import FileError, LoraviewerError, text_of
from loraviewer.core.picture_measures import DIFFERENCE, DRIFT
from loraviewer.core.request import Sampling
from loraviewer.core.row_clipboard import rows_from_json
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.session_file import read_session
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.settings_file import SettingsFile
from loraviewer.core.snapshots import default_name
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.stack_diff import Side, compare, diff_text
from loraviewer.core.system_reasons import reason_of
from loraviewer.core.unread import Unread, unread_sentence
from loraviewer.core.verification import Differences, Verification, judged
from loraviewer.pictures.png import read_record

TABLE = read_catalogues("de")
NOTHING = SessionPlaces({})


def german(text: str | None) -> str:
    assert isinstance(text, Sentence)
    return text.said_by(lambda pattern: TABLE.get(pattern, ""))


def row(name: str, scale: float = 1.0, **more: Any) -> StackEntry:
    return StackEntry(
        entry_id=name, name=name, path=f"/{name}.safetensors", sha256=name, scale=scale, **more
    )


def stack(*rows: StackEntry) -> AdapterStack:
    return AdapterStack(entries=rows)


def session_error(path: Path) -> str:
    with pytest.raises(FileError) as told:
        read_session(path, NOTHING)
    return german(told.value.message)


def test_a_session_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "my.lvsession"
    path.write_text('{"loraviewer": "session", "version": 1, "document": 3}')
    assert session_error(path) == (
        f"„{path}“ ist beschädigt: „document“ muss eine Tabelle sein, nicht eine ganze Zahl."
    )
    path.write_text('{"loraviewer": "session", "version": 1}')
    assert session_error(path) == f"„{path}“ ist beschädigt: „document“ fehlt."


def test_a_session_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "my.lvsession"
    assert session_error(path) == f"„{path}“ ist nicht mehr da; eine andere Sitzung wählen."
    path.write_text("[]")
    told = "ist keine Sitzung von loraviewer: Sie ist keine Tabelle."
    assert session_error(path) == f"„{path}“ {told}"


def test_settings_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"device": 3}')
    assert german(SettingsFile(path).load().complaint) == (
        f"„{path}“ enthält Werte, die hier nicht brauchbar sind (device); sie werden übergangen."
    )
    path.unlink()
    path.mkdir()
    assert german(SettingsFile(path).load().complaint) == (
        f"„{path}“ ist ein Ordner; eine Datei wählen; es gelten die Voreinstellungen."
    )


def test_folders_that_are_no_adapter(tmp_path: Path) -> None:
    with pytest.raises(FileError) as told:
        adapter_file(tmp_path)
    assert german(told.value.message) == (
        f"„{tmp_path}“ ist ein Ordner und nicht ein Adapter; eine Datei darin wählen."
    )
    for name in ("adapter_model", "pytorch_lora_weights"):
        (tmp_path / f"{name}.safetensors").touch()
    (tmp_path / "adapter_config.json").touch()
    with pytest.raises(FileError) as told:
        adapter_file(tmp_path)
    assert german(told.value.message) == (
        f"„{tmp_path}“ enthält zwei Adapter; „adapter_model.safetensors“ oder "
        "„pytorch_lora_weights.safetensors“ wählen."
    )


def test_captions() -> None:
    birds, less = stack(row("birds", 0.8)), stack(row("birds", 0.8, is_enabled=False))
    assert german(stack_caption(AdapterStack())) == "keine Adapter"
    assert german(stack_caption(birds)) == "birds .8"
    ruled = msgspec.structs.replace(birds, merge_rule=MergeRule("svd", 16))
    assert german(stack_caption(ruled)) == "Rangbegrenzung (SVD) 16: birds .8"
    many = stack(*(row(f"a long name {i}") for i in range(3)))
    fewer = many.with_entry("a long name 1", is_enabled=False)
    beside = Beside("B", many)
    assert german(pane_caption(fewer, [beside])) == "wie B: a long name 1 aus"
    assert default_name(less, lambda text: german(text)) == "keine Adapter"


def test_what_differs() -> None:
    left = Side("l", "one", stack(row("birds", 0.8)), Sampling(steps=8))
    right = Side("r", "two", stack(row("birds", 0.8, is_solo=True)), Sampling(steps=10))
    said = diff_text(left, right, compare(left, right), lambda text: _shown(text))
    assert said.splitlines() == [
        "\t\tone\ttwo\tÄnderung",
        "≠\tbirds\t0.8\t0.8, Solo\tSolo",
        "≠\tSchritte\t8\t10\t+2",
    ]


def _shown(text: str) -> str:
    return german(text) if isinstance(text, Sentence) else text


def test_numbers_that_cannot_be_used() -> None:
    assert german(MergeRule("ties", 3.0).problem()) == (
        "„ties“ nimmt eine Zahl von 0.01 bis 1: Anteil behaltener Einträge."
    )
    assert german(Sampling(width=99).problem()) == (
        "Breite und Höhe müssen Vielfache von 8 sein, nicht 99×128."
    )
    with pytest.raises(ValueError) as told:
        parse_size("wide")
    assert german(text_of(told.value)) == (
        "Eine Größe schreibt sich BREITExHÖHE, wie 512x512, nicht „wide“."
    )


def test_memory_that_does_not_do() -> None:
    with pytest.raises(LoraviewerError) as told:
        choose_policy(8_000_000_000, MemoryBudget(host_free=2_000_000_000))
    assert german(told.value.message) == (
        "Dieser Stapel braucht 8.0 GB, um die Basisgewichte dessen zu behalten, was er ändert, "
        "aber im Hauptspeicher sind noch 2.0 GB frei; einen Adapter entfernen oder andere "
        "Programme schließen."
    )


def test_words_that_are_not_read() -> None:
    unread = Unread(words="at night", limit=77, encoders=("text_encoder", "text_encoder_2"))
    assert german(unread_sentence(unread)) == (
        "Prompt: kürzen; von text_encoder und text_encoder_2 nicht gelesen (nach 77 Tokens): "
        "at night"
    )


def test_a_picture_made_again() -> None:
    near = judged(Differences(2, 0.25), [say("the base has other weights than then")])
    assert german(near.sentence()) == (
        "Aus dem Protokoll neu erzeugt, unterscheidet es sich um höchstens 2 von 255 Stufen, im "
        "Mittel um 0.25 (die Basis hat andere Gewichte als damals)."
    )
    missing = (say("the adapter “{name}” has changed since", name="birds"), "x")
    told = Verification(result="impossible", missing=missing).sentence()
    assert german(told) == (
        "Es lässt sich nicht noch einmal erzeugen: der Adapter „birds“ hat sich seither "
        "geändert; x."
    )


def test_long_phrases_of_pictures_are_cut_in_their_longest_value() -> None:
    long = say("{key} of {node}: {value}", key="text", node="Encode", value="many  words " * 40)
    (told,) = listed([long])
    assert len(told) == 160
    assert told.startswith("text of Encode: many words many")
    assert german(told).startswith("text von Encode: many words many")
    assert told.endswith("…")
    assert german(told).endswith("…")


def test_what_was_copied_is_damaged() -> None:
    with pytest.raises(FileError) as told:
        rows_from_json(json.dumps({"loraviewer": "rows", "version": 9}).encode())
    assert german(told.value.message) == (
        "Das Kopierte lässt sich nicht einfügen: Es stammt von einem neueren loraviewer; dieses "
        "aktualisieren."
    )


def test_reasons_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as told:
        os.stat(tmp_path / "gone")
    assert german(reason_of(told.value)) == "Datei oder Ordner nicht gefunden"
    assert reason_of(OSError(0, "The disk is on fire")) == "The disk is on fire"
    with pytest.raises(FileError) as unread:
        read_record(tmp_path / "gone.png")
    assert german(unread.value.message).endswith("kein PNG-Bild, das sich lesen lässt.")


def test_measures_and_their_units() -> None:
    assert german(DRIFT.on("latents").title) == "Abweichung von der Basis (Latents)"
    assert german(unit_words(DIFFERENCE.unit)) == "Stufen"
    assert unit_words("ΔE") == "ΔE"
    assert german(family_title("demo")) == "die Demo"
