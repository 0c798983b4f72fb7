"""The bundled demo through the command line, as a person would type it."""

import json
from pathlib import Path

import pytest

from loraviewer.cli.commands import run
from loraviewer.core.resources import demo_adapters

PROMPT = ("--prompt", "a girl in a meadow", "--seed", "7")


@pytest.fixture
def render(tmp_path: Path, capsys):
    """Renders to a file and returns its bytes and the JSON facts."""

    def render(name: str, *options: str) -> tuple[bytes, dict]:
        out = tmp_path / f"{name}.png"
        arguments = ["render", "--base", "demo", *options, *PROMPT, "-o", str(out), "--json"]
        assert run(arguments) == 0, capsys.readouterr().err
        return out.read_bytes(), json.loads(capsys.readouterr().out)

    return render


def pixels(png: bytes) -> bytes:
    import io

    from PIL import Image

    return Image.open(io.BytesIO(png)).tobytes()


def test_a_stack_changes_the_picture_and_repeats_to_the_byte(render):
    first, facts = render("first", "--lora", "manga:0.8")
    again, same_facts = render("again", "--lora", "manga:0.8")
    base, base_facts = render("base")
    assert first == again
    assert facts["fingerprint"] == same_facts["fingerprint"] != base_facts["fingerprint"]
    assert pixels(first) != pixels(base)
    assert facts["merge_ms"] > 0


@pytest.mark.long
def test_strength_zero_is_the_base_bit_for_bit(render):
    silent, facts = render("silent", "--lora", "manga:0")
    base, base_facts = render("base")
    assert pixels(silent) == pixels(base)
    assert facts["fingerprint"] == base_facts["fingerprint"]


@pytest.mark.parametrize("path", demo_adapters(), ids=lambda path: path.stem)
def test_every_bundled_adapter_lands_whole(path, capsys):
    assert run(["inspect", str(path), "--base", "demo", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["fits"]
    assert len(facts["matched"]) == facts["modules"] > 0
    assert not (facts["unmatched"])
    assert not (facts["shape_mismatch"])
    assert not (facts["unsupported"])


def test_adapters_come_with_the_demo():
    assert len(demo_adapters()) >= 15
