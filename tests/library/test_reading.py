"""What the library tells of a file is what `inspect` and the window's card tell."""

from pathlib import Path
from typing import Any

import pytest

from loraviewer.adapters.about.summary import summary_of
from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.library.found import files_below
from loraviewer.library.reading import FileReader
from tests.adapters.pictures import picture
from tests.adapters.real_bases import DATA, listing
from tests.adapters.sparse import sparse_checkpoint, sparse_file

LISTINGS = sorted(
    name
    for name in (path.name.removesuffix(".json.gz") for path in (DATA / "keys").iterdir())
    if (keys := listing(name).get("keys")) and None not in keys.values()
)


def entry_of(reader: FileReader, folder: Path) -> LibraryEntry:
    (found,) = files_below(folder)
    return reader.entry(found)


def told(entry: LibraryEntry) -> tuple[object, ...]:
    return (
        entry.name,
        entry.families,
        dict(entry.kinds),
        entry.ranks,
        entry.modules,
        entry.title,
        entry.trigger_words,
        entry.said_base,
        entry.suggested_strength,
        entry.preview_path,
    )


def summed_up(path: Path) -> tuple[object, ...]:
    summary = summary_of(read_header(path), path)
    return (
        summary.name,
        tuple(summary.candidates),
        dict(summary.kinds),
        summary.ranks,
        summary.modules,
        summary.title,
        tuple(summary.trigger_words),
        summary.said_base,
        summary.suggested_strength,
        summary.preview_path,
    )


@pytest.mark.parametrize("name", LISTINGS)
def test_every_listed_file(name: str, tmp_path: Path) -> None:
    """The first time, and where its layout is known already."""
    listed = listing(name)
    path = tmp_path / f"{name}.safetensors"
    sparse_file(path, listed["keys"], listed.get("metadata"), listed.get("dtypes"))
    reader = FileReader()
    first, again = entry_of(reader, tmp_path), entry_of(reader, tmp_path)
    assert first == again
    type_ = inspect_file(path)["type"]
    assert first.sort == {"unknown": "unreadable"}.get(type_, type_)
    if type_ == "adapter":
        assert told(first) == summed_up(path)


def test_metadata_decides_between_files_of_one_layout(tmp_path: Path) -> None:
    keys = {"lora_unet_x.lora_down.weight": (4, 320), "lora_unet_x.lora_up.weight": (320, 4)}
    reader = FileReader()
    for said, families in (("sdxl_base_v1-0", "sdxl"), ("sd_v2", "sd2"), ("", "unknown")):
        metadata: dict[str, Any] = {"ss_base_model_version": said, "ss_output_name": f"is {said}"}
        path = sparse_file(tmp_path / "one.safetensors", keys, metadata)
        entry = entry_of(reader, tmp_path)
        assert (entry.family, entry.title) == (families, f"is {said}".strip())
        assert told(entry) == summed_up(path)


def test_what_lies_beside_counts(tmp_path: Path) -> None:
    keys = {"lora_unet_x.lora_down.weight": (4, 320), "lora_unet_x.lora_up.weight": (320, 4)}
    path = sparse_file(tmp_path / "one.safetensors", keys)
    (tmp_path / "one.more.json").write_text('{"activation text": "another file’s"}')
    (tmp_path / "one.json").write_text('{"activation text": "word a, b", "preferred weight": 0.7}')
    (tmp_path / "one.civitai.info").write_text('{"baseModel": "SDXL 1.0"}')
    (tmp_path / "one.preview.PNG").write_bytes(picture("PNG"))
    (entry,) = map(FileReader().entry, files_below(tmp_path))
    assert entry.trigger_words == ("word a", "b")
    assert entry.suggested_strength == 0.7
    assert entry.families == ("sdxl",)
    assert entry.preview_path == str(tmp_path / "one.preview.PNG")
    assert told(entry) == summed_up(path)


def test_a_checkpoint(tmp_path: Path) -> None:
    sparse_checkpoint(tmp_path / "base.safetensors", "sdxl")
    entry = entry_of(FileReader(), tmp_path)
    assert (entry.sort, entry.families, entry.kinds, entry.ranks) == (
        "checkpoint",
        ("sdxl",),
        {},
        None,
    )


def test_a_remembered_layout_hides_no_damage(tmp_path: Path) -> None:
    keys = {"lora_unet_x.lora_down.weight": (4, 320), "lora_unet_x.lora_up.weight": (320, 4)}
    path = sparse_file(tmp_path / "one.safetensors", keys)
    reader = FileReader()
    assert entry_of(reader, tmp_path).sort == "adapter"
    for change in (path.read_bytes()[:-2], path.read_bytes() + b"\0\0"):
        path.write_bytes(change)
        entry = entry_of(reader, tmp_path)
        assert entry.sort == "unreadable"
        assert "is damaged" in entry.problem
        sparse_file(path, keys)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.ckpt", b"PK\x03\x04" + bytes(600), "is a pickle"),
        ("a.pt", b"\x80\x02}q\x00." + bytes(600), "is a pickle"),
        ("a.bin", b"\x80\x02}q\x00." + bytes(600), "is a pickle"),
        ("a.safetensors", b"", "is empty"),
        ("a.safetensors", b"<!DOCTYPE html><html>" + bytes(600), "is a web page"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    entry = entry_of(FileReader(), tmp_path)
    assert entry.sort == "unreadable"
    assert reason in entry.problem
    assert str(tmp_path / name) in entry.problem


def test_what_is_neither_adapter_nor_base(tmp_path: Path) -> None:
    sparse_file(tmp_path / "words.safetensors", {"emb_params": (4, 768)})
    entry = entry_of(FileReader(), tmp_path)
    assert entry.sort == "unreadable"
    assert "a textual-inversion embedding" in entry.problem


def test_folders_of_one_adapter_give_it_their_name(tmp_path: Path) -> None:
    keys = {"unet.x.lora_A.weight": (4, 320), "unet.x.lora_B.weight": (320, 4)}
    for folder, file in (("my style", "pytorch_lora_weights"), ("peft one", "adapter_model")):
        (tmp_path / folder).mkdir()
        sparse_file(tmp_path / folder / f"{file}.safetensors", keys)
    (tmp_path / "peft one" / "adapter_config.json").write_text('{"lora_alpha": 4}')
    entries = list(map(FileReader().entry, files_below(tmp_path)))
    assert [entry.name for entry in entries] == ["my style", "peft one"]
    assert [entry.sort for entry in entries] == ["adapter", "adapter"]


def test_a_broken_configuration_is_the_reason(tmp_path: Path) -> None:
    keys = {"unet.x.lora_A.weight": (4, 320), "unet.x.lora_B.weight": (320, 4)}
    sparse_file(tmp_path / "adapter_model.safetensors", keys)
    (tmp_path / "adapter_config.json").write_text("{")
    entry = entry_of(FileReader(), tmp_path)
    assert entry.sort == "unreadable"
    assert "adapter_config.json" in entry.problem
