"""Files of other tools beside an adapter: read field by field, and never followed."""

import json
import os
from pathlib import Path

import pytest

from loraviewer.adapters.about.sidecars import Sidecars, preview_beside, read_sidecars
from tests.adapters.pictures import picture, png_bomb

USER = {
    "description": "What I think",
    "sd version": "SDXL",
    "activation text": "ink, brush",
    "preferred weight": 0.7,
    "negative text": "photo",
    "notes": "use <b>little</b>",
}
CIVITAI = {
    "id": 5,
    "modelId": 1,
    "name": "v2",
    "baseModel": "SDXL 1.0",
    "trainedWords": ["ink wash", "brush, stroke"],
    "description": None,
    "model": {"name": "Ink", "type": "LORA", "description": "<p>Hello <a href='x'>there</a></p>"},
    "images": [{"url": "https://example.org/x.png", "meta": {"prompt": "secret"}}],
}
MANAGER = {
    "model_name": "Ink (managed)",
    "file_path": "/etc/passwd",
    "preview_url": "../../secret.png",
    "base_model": "Pony",
    "notes": "mine",
    "usage_tips": '{"strength": 0.55, "strength_min": 0}',
    "modelDescription": "<p>managed</p>",
    "civitai": {"trainedWords": ["managed ink"], "model": {"description": "unused"}},
}
RGTHREE = {
    "name": "Ink (rgthree)",
    "baseModel": "SD 1.5",
    "trainedWords": [{"word": "rg ink", "count": 3}, {"word": 5}],
    "userNote": "noted",
}


@pytest.fixture
def adapter(tmp_path) -> Path:
    """`ink.v2.safetensors` in a folder of its own; nobody reads it here."""
    folder = tmp_path / "loras"
    folder.mkdir()
    return folder / "ink.v2.safetensors"


def write(adapter: Path, suffix: str, content: object) -> Path:
    path = adapter.with_name(adapter.stem + suffix)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_nothing_beside(adapter):
    assert read_sidecars(adapter) == Sidecars()


def test_the_persons_own_words(adapter):
    write(adapter, ".json", USER)
    found = read_sidecars(adapter)
    assert found.trigger_words == ("ink", "brush")
    assert found.suggested_strength == 0.7
    assert found.description == "What I think"
    assert found.notes == "use little"
    assert found.base_model == "SDXL"


def test_civitai(adapter):
    write(adapter, ".civitai.info", CIVITAI)
    found = read_sidecars(adapter)
    assert found.title == "Ink v2"
    assert found.description == "Hello there"
    assert found.trigger_words == ("ink wash", "brush, stroke")
    assert found.base_model == "SDXL 1.0"
    assert found.suggested_strength is None


def test_lora_manager_and_rgthree(adapter):
    write(adapter, ".metadata.json", MANAGER)
    found = read_sidecars(adapter)
    assert found.title == "Ink (managed)"
    assert found.description == "managed"
    assert found.suggested_strength == 0.55
    assert found.trigger_words == ("managed ink",)
    adapter.with_name(adapter.stem + ".metadata.json").unlink()
    write(adapter, ".safetensors.rgthree-info.json", RGTHREE)
    found = read_sidecars(adapter)
    assert (found.title, found.notes) == ("Ink (rgthree)", "noted")
    assert found.trigger_words == ("rg ink",)


def test_who_is_heard_first(adapter):
    write(adapter, ".json", USER)
    write(adapter, ".metadata.json", MANAGER)
    write(adapter, ".civitai.info", CIVITAI)
    write(adapter, ".txt", "a text")
    found = read_sidecars(adapter)
    assert found.suggested_strength == 0.55
    assert found.trigger_words == ("ink", "brush")
    assert found.title == "Ink (managed)"
    assert found.description == "What I think"


@pytest.mark.parametrize("suffix", [".txt", ".description.txt"])
def test_description_texts(adapter, suffix):
    write(adapter, suffix, "\ufeffPlain <i>words</i>")
    assert read_sidecars(adapter).description == "Plain words"


@pytest.mark.parametrize(
    ("weight", "strength"),
    [
        (0.7, 0.7),
        (0, None),
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("1_0", None),
        (-15, -15.0),
        ("high", None),
        (True, None),
        (1e9, None),
    ],
)
def test_strengths(adapter, weight, strength):
    write(adapter, ".json", {"preferred weight": weight})
    assert read_sidecars(adapter).suggested_strength == strength


def test_fields_of_a_wrong_type_are_dropped_one_by_one(adapter):
    write(adapter, ".json", USER | {"description": ["x"], "notes": 5, "preferred weight": {}})
    found = read_sidecars(adapter)
    assert (found.description, found.notes, found.suggested_strength) == ("", "", None)
    assert found.trigger_words == ("ink", "brush")
    write(adapter, ".civitai.info", {"name": 3, "trainedWords": "x", "model": [], "baseModel": "A"})
    assert read_sidecars(adapter).problems == ()


BROKEN = {
    "no json": "{broken",
    "a list": "[1, 2]",
    "deep": "[" * 200_000,
    "deep inside": '{"civitai":' * 100_000,
    "empty": "",
    "not utf-8": b"\xff\xfe{}",
    "html": "<html>404</html>",
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("suffix", [".json", ".civitai.info", ".metadata.json"])
def test_broken_files_are_passed_over_and_told(adapter, suffix, case):
    content = BROKEN[case]
    path = adapter.with_name(adapter.stem + suffix)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    write(adapter, ".txt", "still read")
    found = read_sidecars(adapter)
    assert found.description == "still read"
    (problem,) = found.problems
    assert path.name in problem


def test_huge_and_strange_files_are_not_read(adapter):
    huge = write(adapter, ".json", USER)
    os.truncate(huge, 9 << 20)
    make_unreadable = getattr(os, "mkfifo", os.mkdir)
    make_unreadable(adapter.with_name(adapter.stem + ".civitai.info"))
    adapter.with_name(adapter.stem + ".metadata.json").mkdir()
    adapter.with_name(adapter.stem + ".txt").symlink_to(adapter.parent / "gone.txt")
    found = read_sidecars(adapter)
    assert found.trigger_words == ()
    assert len(found.problems) == 3


def test_stored_paths_are_never_followed(adapter):
    """The picture that a sidecar names exists, and is not taken."""
    secret = adapter.parent.parent / "secret.png"
    secret.write_bytes(picture("PNG"))
    write(adapter, ".metadata.json", MANAGER | {"preview_url": str(secret)})
    assert read_sidecars(adapter).preview_path == ""


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".preview.png", "PNG"), (".png", "PNG"), (".jpg", "JPEG"), (".preview.jpeg", "JPEG"),
     (".webp", "WEBP"), (".png", "WEBP")],
)  # fmt: skip
def test_previews(adapter, suffix, kind):
    path = adapter.with_name(adapter.stem + suffix)
    path.write_bytes(picture(kind))
    assert preview_beside(adapter) == str(path)


@pytest.mark.parametrize(
    "data", [png_bomb(50_000, 50_000), b"<svg/>", b"", b"<html>", picture("GIF")]
)
def test_what_is_no_preview(adapter, data):
    adapter.with_name(adapter.stem + ".png").write_bytes(data)
    assert preview_beside(adapter) == ""


def test_a_preview_may_be_a_link_but_not_a_huge_file(adapter):
    kept = adapter.parent.parent / "kept.png"
    kept.write_bytes(picture("PNG"))
    link = adapter.with_name(adapter.stem + ".preview.png")
    link.symlink_to(kept)
    assert preview_beside(adapter) == str(link)
    os.truncate(kept, 40_000_000)
    assert preview_beside(adapter) == ""


@pytest.mark.parametrize("suffix", [".PNG", ".Preview.Jpg", ".preview.WEBP", ".JPEG"])
def test_suffixes_count_in_any_letters(adapter, suffix):
    path = adapter.with_name(adapter.stem + suffix)
    path.write_bytes(picture("PNG"))
    assert preview_beside(adapter) == str(path)
    small = adapter.with_name(adapter.stem + suffix.lower())
    small.write_bytes(picture("PNG"))
    assert preview_beside(adapter) == str(small)


def test_texts_are_found_in_any_letters_and_only_beside_their_own_adapter(adapter):
    write(adapter, ".JSON", USER)
    write(adapter, ".Civitai.Info", CIVITAI)
    other = adapter.with_name(f"{adapter.stem.upper()}.safetensors")
    found = read_sidecars(adapter)
    assert (found.notes, found.base_model) == ("use little", "SDXL")
    assert found.title == "Ink v2"
    assert read_sidecars(other) == Sidecars()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_texts_of_other_encodings(adapter, encoding):
    text = json.dumps({"notes": "schön"}, ensure_ascii=False)
    adapter.with_name(f"{adapter.stem}.json").write_bytes(text.encode(encoding))
    found = read_sidecars(adapter)
    assert (found.notes, found.problems) == ("schön", ())


def test_a_byte_that_is_no_text_costs_only_itself(adapter):
    text = '{"notes": "schön", "preferred weight": 0.7}'
    adapter.with_name(f"{adapter.stem}.json").write_bytes(text.encode("latin-1"))
    found = read_sidecars(adapter)
    assert (found.notes, found.suggested_strength) == ("sch�n", 0.7)
    (problem,) = found.problems
    assert f"{adapter.stem}.json" in problem
