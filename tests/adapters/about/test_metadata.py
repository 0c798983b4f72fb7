"""What the metadata of a file tells, as trainers write it and as nobody should."""

import json

import pytest

from loraviewer.adapters.about.metadata import (
    MAX_TRIGGER_WORDS,
    embedded_hashes,
    read_metadata,
    shown_metadata,
    thumbnail,
    trigger_words,
)
from tests.adapters.pictures import data_url, picture, png_bomb

KOHYA = {
    "ss_output_name": "ink_v2",
    "ss_sd_model_name": r"C:\Users\someone\models\animefull.safetensors",
    "ss_base_model_version": "sd_v1",
    "ss_resolution": "(512, 768)",
    "ss_training_comment": "None",
    "ss_network_module": "networks.lora",
    "ss_tag_frequency": json.dumps({"5_ink": {"ink": 40, "girl": 12}, "1_reg": {"girl": 20}}),
}


def test_kohya():
    found = read_metadata(KOHYA)
    assert found.title == "ink_v2"
    assert found.base_model == "animefull.safetensors"
    assert found.architecture == "sd_v1"
    assert found.resolution == "512×768"
    assert found.description == ""
    assert found.software == "networks.lora"
    assert found.trigger_words == ("ink", "girl")


def test_modelspec_speaks_before_kohya():
    found = read_metadata(
        KOHYA
        | {
            "modelspec.title": "Ink & brush",
            "modelspec.description": "<p>Made with <b>care</b><img src='file:///x'></p>",
            "modelspec.architecture": "stable-diffusion-v1/lora",
            "modelspec.trigger_phrase": "ink, brush stroke",
            "modelspec.resolution": "1024x1024",
            "modelspec.tags": "style, ink",
            "modelspec.author": "A. Person",
        }
    )
    assert found.title == "Ink & brush"
    assert found.description == "Made with care"
    assert found.architecture == "stable-diffusion-v1/lora"
    assert found.trigger_words == ("ink", "brush stroke")
    assert found.resolution == "1024×1024"
    assert found.tags == ("style", "ink")
    assert found.author == "A. Person"


def test_other_trainers():
    toolkit = read_metadata(
        {
            "name": "my_lora",
            "software": json.dumps({"name": "ai-toolkit", "version": "0.7", "repo": "x"}),
            "training_info": json.dumps({"step": 2000, "epoch": 9}),
            "ss_base_model_version": "flux1",
        }
    )
    assert (toolkit.title, toolkit.software) == ("my_lora", "ai-toolkit 0.7")
    config = {
        "base_model_name": "/home/me/sdxl/base.safetensors",
        "model_type": "STABLE_DIFFUSION_XL_10_BASE",
        "concepts": [{"text": {}}],
    }
    trainer = read_metadata({"ot_revision": "1", "ot_config": json.dumps(config)})
    assert trainer.software == "OneTrainer"
    assert trainer.base_model == "base.safetensors"
    assert trainer.architecture == "STABLE_DIFFUSION_XL_10_BASE"


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"modelspec.trigger_phrase": "manga, ink"}, ("manga", "ink")),
        ({"trigger_words": "manga"}, ("manga",)),
        ({"modelspec.trigger_phrase": "<b>ink</b>, ink, "}, ("ink",)),
        ({"ss_tag_frequency": '{"set": {"ink": 3, "girl": 5}}'}, ("girl", "ink")),
        ({"ss_tag_frequency": r'{"set": {"\u58a8": 3, "a\"b": 2}}'}, ("墨", 'a"b')),
        ({"modelspec.trigger_phrase": "", "ss_tag_frequency": '{"set": {"girl": 5}}'}, ()),
        ({"ss_tag_frequency": "{broken"}, ()),
        ({"ss_tag_frequency": '["girl", 5]'}, ()),
        ({"ss_tag_frequency": '{"a": {"girl": "5", "x": {"y": []}}}'}, ("girl",)),
        (
            {"ss_tag_frequency": '{"a": {"girl": "5", "ink": 12.0, "hat": "7.0"}}'},
            ("ink", "hat", "girl"),
        ),
        ({"ss_tag_frequency": '{"a": {"girl": "many", "ink": -3, "hat": 1e3, "cat": null}}'}, ()),
        (
            {"ss_tag_frequency": '{"a": {"a girl by a lake": 1, "a boy in a car": 1, "ink": 2}}'},
            ("ink",),
        ),
        (
            {"ss_tag_frequency": '{"a": {"ink girl": 1}, "b": {"ink girl": 1, "x": 1}}'},
            ("ink girl",),
        ),
        ({"ss_tag_frequency": "[" * 100_000}, ()),
        ({}, ()),
    ],
)
def test_trigger_words(metadata, words):
    assert trigger_words(metadata) == words


def test_a_million_tags_are_counted_in_bounds():
    tags = ",".join(f'"tag {i}": {i % 7}' for i in range(1_000_000))
    words = trigger_words({"ss_tag_frequency": f'{{"set": {{"ink": 9, {tags}}}}}'})
    assert words[0] == "ink"
    assert len(words) == MAX_TRIGGER_WORDS


@pytest.mark.parametrize("key", ["ot_config", "software", "modelspec.title", "ss_resolution"])
@pytest.mark.parametrize("value", ["[" * 50_000, "{" * 9, "\x00\x07", "9" * 20_000, "null", "[1]"])
def test_nothing_in_it_raises(key, value):
    found = read_metadata({key: value})
    assert len(found.title) <= 200
    assert "\x00" not in found.title


SHA = "ab" * 32


def test_embedded_hashes():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert embedded_hashes(
        {"sshs_model_hash": SHA, "modelspec.hash_sha256": f"0x{SHA.upper()}"}
    ) == {
        "sshs_model_hash": SHA,
        "modelspec.hash_sha256": SHA,
    }
    for wrong in (empty, f"0x{empty}", "", "abc", SHA + "0", "zz" * 32):
        assert embedded_hashes({"sshs_model_hash": wrong}) == {}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_thumbnails(kind):
    data = picture(kind)
    found = thumbnail({"modelspec.thumbnail": data_url(data, "image/jpeg")})
    assert found is not None
    assert (found.data, found.width, found.height) == (data, 6, 4)
    assert found.mime == f"image/{kind.lower()}"


BAD_THUMBNAILS = {
    "bomb": data_url(png_bomb(60_000, 60_000)),
    "svg": data_url(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
    "gif": data_url(picture("GIF"), "image/gif"),
    "html": data_url(b"<html>", "image/png"),
    "no base64": "data:image/png;base64,***",
    "address": "https://example.org/x.png",
    "local file": "file:///etc/passwd",
    "too long": "data:image/png;base64," + "A" * 12_000_000,
    "empty": "",
}


@pytest.mark.parametrize("case", BAD_THUMBNAILS)
def test_pictures_that_are_never_decoded(case):
    metadata = {"modelspec.thumbnail": BAD_THUMBNAILS[case]}
    assert thumbnail(metadata) is None
    assert shown_metadata(metadata) == {}


def test_metadata_for_the_screen_is_plain_and_short():
    url = data_url(picture("PNG"))
    shown = shown_metadata(
        {"a\x07": "<b>x</b>", "ss_tag_frequency": "y" * 100_000, "modelspec.thumbnail": url}
    )
    assert shown["a"] == "x"
    assert len(shown["ss_tag_frequency"]) == 2_000
    assert shown["modelspec.thumbnail"] == url


def test_only_so_many_entries_are_shown():
    shown = shown_metadata({f"key {i}": "<" * 20_000 for i in range(10_000)})
    assert len(shown) == 500
    assert "key 0" in shown
