"""Licences, authors and sources of parts: from metadata, sidecars and model cards; what they
forbid."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.about.part_metadata import notes_metadata, parts_told
from loraviewer.adapters.about.rights import NOTES_FILE, part_notes
from loraviewer.core.licences import UNKNOWN, PartNote, combined_note, warnings
from loraviewer.core.resources import demo_adapters, demo_checkpoint
from loraviewer.core.stack import AppliedAdapter


def adapter(folder: Path, metadata: dict[str, str] | None = None) -> Path:
    path = folder / "ink.safetensors"
    save_file({"a.lora_up.weight": torch.zeros(2, 2)}, path, metadata)
    return path


def note_of(path: Path, base: Path | None = None) -> PartNote:
    applied = AppliedAdapter("a" * 64, 0.5, 0.25, "ink", str(path))
    _, note = part_notes("base", base or path.parent, (applied,))
    return note


def test_what_a_file_says_of_itself_goes_first(tmp_path):
    path = adapter(
        tmp_path, {"modelspec.license": "CC BY-NC 4.0", "modelspec.author": "A. Painter"}
    )
    info = {"modelId": 7, "creator": {"username": "b"}, "model": {"allowDerivatives": False}}
    (tmp_path / "ink.civitai.info").write_text(json.dumps(info))
    assert note_of(path) == PartNote(
        role="adapter", name="ink", sha256="a" * 64, scale=0.5, text_scale=0.25,
        licence="CC BY-NC 4.0", author="A. Painter", source="https://civitai.com/models/7",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("model", "licence"),
    [
        ({"allowCommercialUse": "None", "allowDerivatives": False},
         "Civitai permissions: no commercial use, no derivatives"),
        ({"allowCommercialUse": []}, "Civitai permissions: no commercial use"),
        ({"allowCommercialUse": ["Sell"], "allowNoCredit": False},
         "Civitai permissions: credit is asked for"),
        ({"allowCommercialUse": "Sell", "allowDerivatives": True}, ""),
        ({"allowCommercialUse": 3, "allowDerivatives": "no"}, ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".civitai.info", ".metadata.json"])
def test_permissions_of_civitai_in_words(tmp_path, model, licence, suffix):
    table: dict[str, object] = {"model": model}
    table = {"civitai": table} if suffix == ".metadata.json" else table
    (tmp_path / f"ink{suffix}").write_text(json.dumps(table))
    assert note_of(adapter(tmp_path)).licence == licence


def test_a_model_card_and_a_licence_file(tmp_path):
    path = adapter(tmp_path)

    def licence() -> str:
        first, _ = part_notes("b", tmp_path, (AppliedAdapter("a", 1, 1, "ink", str(path)),))
        return first.licence

    assert licence() == ""
    (tmp_path / "LICENSE.md").write_text("\n\nCreativeML Open RAIL-M\n\nlong")
    assert licence() == "CreativeML Open RAIL-M"
    (tmp_path / "README.md").write_text(
        "---\nlicense: other\nlicense_name: 'own-nc'\nlicense_link: LICENSE.md\ntags:\n- a\n---\nx"
    )
    assert licence() == "own-nc (LICENSE.md)"
    (tmp_path / "README.md").write_text("license: not in front matter")
    assert licence() == "CreativeML Open RAIL-M"


def test_what_an_export_left_speaks_for_all_parts(tmp_path):
    """The card beside it is a copy of the base's."""
    (tmp_path / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    (tmp_path / NOTES_FILE).write_text('{"licence_note": "b: apache-2.0; a: CC BY-NC 4.0"}')
    (part,) = part_notes("b", tmp_path, ())
    assert part.licence == "b: apache-2.0; a: CC BY-NC 4.0"
    assert part.restrictions == ("non-commercial",)


def test_the_demo_says_what_its_licence_is():
    applied = [AppliedAdapter("a", 1, 1, path.stem, str(path)) for path in demo_adapters()]
    parts = part_notes("demo", demo_checkpoint(), applied)
    assert {part.licence.lower() for part in parts} == {"apache-2.0"}
    assert {part.author for part in parts} == {"the loraviewer contributors"}


def test_what_is_unknown_is_said(tmp_path):
    parts = part_notes("b", tmp_path, ())
    assert parts_told(parts)["parts"] == [
        {"role": "base", "name": tmp_path.name, "sha256": UNKNOWN, "licence": UNKNOWN,
         "author": UNKNOWN, "source": UNKNOWN}
    ]  # fmt: skip
    assert notes_metadata(parts)["modelspec.license"] == f"{tmp_path.name}: unknown"
    assert [part.as_read() for part in parts] == list(parts)


@pytest.mark.parametrize(
    ("licence", "forbids"),
    [
        ("CC BY-NC-ND 4.0", ("non-commercial", "no-derivatives")),
        ("cc-by-nc-sa-4.0", ("non-commercial",)),
        ("FLUX.1 [dev] Non-Commercial License", ("non-commercial",)),
        ("CC-BY-ND", ("no-derivatives",)),
        ("Civitai permissions: no commercial use, no derivatives",
         ("non-commercial", "no-derivatives")),
        ("MIT", ()),
        ("CreativeML Open RAIL-M", ()),
        ("Stability AI Community, second edition", ()),
    ],
)  # fmt: skip
def test_what_a_licence_forbids(licence, forbids):
    part = PartNote(role="adapter", name="ink", licence=licence)
    assert part.restrictions == forbids
    said = warnings([part])
    assert len(said) == len(forbids)
    assert all("ink" in one and licence in one for one in said)


def test_all_parts_are_in_one_line():
    parts = [PartNote(role="base", name="b"), PartNote(role="adapter", name="a", licence="MIT")]
    assert combined_note(parts) == "b: unknown; a: MIT"
