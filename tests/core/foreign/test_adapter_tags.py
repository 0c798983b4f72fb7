"""Tags of adapters in a prompt: which there are, and the prompt without some of them."""

import pytest

from loraviewer.core.foreign.tags import adapter_tags, read_tags, without_tags


@pytest.mark.parametrize(
    ("tag", "scale", "text_scale"),
    [
        ("<lora:manga:0.8>", 0.8, None),
        ("<lora:manga>", 1.0, None),
        ("<lora:manga:0.8:0.6>", 0.6, 0.8),  # A1111 reads the text encoder's first
        ("<lora:manga:te=0.5:unet=0.9>", 0.9, 0.5),
        ("<lora:manga:unet=0.9>", 0.9, 1.0),
        ("<lyco:manga:-1>", -1.0, None),
        ("<lora:manga:0,5>", 0.5, None),
        ("<lora:manga:-,25>", -0.25, None),
        ("<lora:manga:0,8:0,6>", 0.6, 0.8),
        ("<lora:manga:te=0,5:unet=0,9>", 0.9, 0.5),
    ],
)
def test_forms_of_tags(tag: str, scale: float, text_scale: float | None) -> None:
    (found,) = adapter_tags(f"a girl {tag} in a meadow")
    assert found.text == tag
    assert (found.adapter.name, found.adapter.scale) == ("manga", scale)
    assert found.adapter.text_scale == text_scale


def test_what_is_no_tag_of_an_adapter() -> None:
    assert adapter_tags("a <b>bold</b> girl <hypernet:x:1> <lora:manga") == ()


def test_what_is_not_understood_is_kept_as_a_phrase() -> None:
    (found,) = adapter_tags("<lora:manga:0.8:hr=2>")
    assert found.not_understood == ("“hr=2” of manga",)


def test_a_tag_that_stands_twice_is_one() -> None:
    assert len(adapter_tags("<lora:a:1> girl <lora:a:1> <lora:a:2>")) == 2


@pytest.mark.parametrize(
    ("prompt", "left"),
    [
        ("a girl <t>", "a girl"),
        ("a girl, <t>", "a girl"),
        ("<t>, a girl", "a girl"),
        ("a girl, <t>, in a meadow", "a girl, in a meadow"),
        ("a girl <t> in a meadow", "a girl in a meadow"),
        ("a girl, <t> <t>, in a meadow", "a girl, in a meadow"),
        ("a <t>girl", "a girl"),
        ("<t>", ""),
    ],
)
def test_a_tag_goes_with_its_comma(prompt: str, left: str) -> None:
    tag = "<lora:manga:0.8>"
    assert without_tags(prompt.replace("<t>", tag), [tag]) == left


def test_only_the_tags_that_were_taken_go() -> None:
    prompt = "a girl  <lora:manga:1> <lora:nowhere:1>"
    assert without_tags(prompt, ["<lora:manga:1>"]) == "a girl <lora:nowhere:1>"
    assert without_tags(prompt, []) == prompt


def test_all_that_are_read_from_pictures_are_found_here_too() -> None:
    prompt = "a <lora:manga:0.8>, <LORA:b:c:2>, <hypernet:h:1>, <loha:x:te=1:unet=2:lbw=ALL>"
    assert tuple(tag.adapter for tag in adapter_tags(prompt)) == read_tags(prompt).adapters
