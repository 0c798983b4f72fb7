from pathlib import Path

import pytest

from loraviewer.core import arguments
from loraviewer.core.arguments import (
    AdapterArgument,
    adapter_path,
    adapter_tags,
    numbered,
    parse_adapter,
)
from loraviewer.core.outcome import FileError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("manga", ("manga", 1.0, None)),
        ("manga:0.8", ("manga", 0.8, None)),
        ("manga:-1.5:0", ("manga", -1.5, 0.0)),
        ("C:\\loras\\manga.safetensors", ("C:\\loras\\manga.safetensors", 1.0, None)),
        ("C:\\loras\\manga.safetensors:2", ("C:\\loras\\manga.safetensors", 2.0, None)),
        ("C:/loras/a b.safetensors:.5:1e-1", ("C:/loras/a b.safetensors", 0.5, 0.1)),
        ("/x/12.safetensors:3", ("/x/12.safetensors", 3.0, None)),
        ("a:1:2:3", ("a:1", 2.0, 3.0)),
        ("manga:strong", ("manga:strong", 1.0, None)),
        ("manga:1_0", ("manga:1_0", 1.0, None)),
        ("manga:٣", ("manga:٣", 1.0, None)),
    ],
)
def test_adapters_are_read_from_the_right(text, expected):
    assert parse_adapter(text) == AdapterArgument(*expected)


@pytest.mark.parametrize(
    ("prompt", "option"),
    [
        ("a cat <lora:manga:0.8>", "--lora manga:0.8"),
        ("<LORA: manga >, cat", "--lora manga"),
        ("<lora:manga:0.5:0.8>", "--lora manga:0.8:0.5"),
        ("<lora:manga:te=0.5:unet=0.8>", "--lora manga:0.8:0.5"),
        ("<lora:manga:te=0.5>", "--lora manga:0.5"),
        ("<lyco:a b:-1>", "--lora a b:-1"),
        ("a <b> c <lora>", None),
        ("(lora:1.2) cat", None),
    ],
)
def test_tags_of_other_programs_are_told_from_words(prompt, option):
    assert list(adapter_tags(prompt).values()) == ([option] if option else [])


@pytest.mark.parametrize("text", ["", ":1", "manga:nan", "manga:1:inf"])
def test_impossible_adapters(text):
    with pytest.raises(ValueError):
        parse_adapter(text)


@pytest.mark.parametrize("strength", ["0,5", "a", "0.5:", "0.5:x", "1_0", "٣", "", "1:1:1"])
def test_a_strength_that_is_none_is_told(monkeypatch, tmp_path, strength):
    monkeypatch.setattr(arguments, "demo_adapters", lambda: [Path("/demo/manga.safetensors")])
    monkeypatch.chdir(tmp_path)
    Path("a.safetensors").touch()
    for name in ("manga", "a.safetensors"):
        with pytest.raises(FileError, match=f"after {name} is no strength; .* {name}:0.8"):
            adapter_path(parse_adapter(f"{name}:{strength}").file)


def test_a_name_that_ends_like_a_strength_means_itself(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("v:2").mkdir()
    Path("v:2/adapter_model.safetensors").touch()
    assert parse_adapter("v:2") == AdapterArgument("v:2")
    assert parse_adapter("v:2:0.5") == AdapterArgument("v:2", 0.5)
    assert adapter_path("v:2") == Path("v:2/adapter_model.safetensors")


@pytest.mark.parametrize("name", ["x" * 5_000, "~nobody-of-this-name/a", "a\0b"])
def test_names_that_cannot_be_are_not_there(name):
    with pytest.raises(FileError, match="there is no such adapter file"):
        adapter_path(parse_adapter(name).file)


def test_bare_names_are_bundled_adapters(monkeypatch, tmp_path):
    monkeypatch.setattr(arguments, "demo_adapters", lambda: [Path("/demo/manga.safetensors")])
    monkeypatch.chdir(tmp_path)
    assert adapter_path("manga") == Path("/demo/manga.safetensors")
    with pytest.raises(FileError, match=r"birds: .*bundled adapters are manga"):
        adapter_path("birds")
    with pytest.raises(FileError, match=r"birds.safetensors: there is no such adapter file\."):
        adapter_path("birds.safetensors")


def test_a_file_beats_a_bundled_name(monkeypatch, tmp_path):
    monkeypatch.setattr(arguments, "demo_adapters", lambda: [Path("/demo/manga.safetensors")])
    monkeypatch.chdir(tmp_path)
    Path("manga").touch()
    assert adapter_path("manga") == Path("manga")


def test_sizes():
    assert arguments.parse_size("640x512") == (640, 512)
    assert arguments.parse_size("640X512") == (640, 512)
    for text in ("640", "x", "640x", "-8x8", "8x8x8", "8.0x8", "512x5²", "5²x512", "٣x8", "1_0x8"):
        with pytest.raises(ValueError, match="A size is written WIDTHxHEIGHT, as 512x512, not"):
            arguments.parse_size(text)


def test_one_picture_keeps_its_name_and_more_are_numbered():
    assert numbered(Path("a/out.png"), 1) == [Path("a/out.png")]
    assert numbered(Path("a/out.png"), 2) == [Path("a/out-1.png"), Path("a/out-2.png")]
