"""An export as a command: what the command line reads from it is what was asked for."""

import shlex

import pytest

from loraviewer.core.arguments import parse_adapter
from loraviewer.core.exports import ExportSource, ExportWish, RankWish
from loraviewer.core.merge_rules import SUM, read_rule
from loraviewer.core.stack import AppliedAdapter

ODD = "/a b/it's:0.5@IN01=2.safetensors"
ADAPTERS = (
    AppliedAdapter("a" * 64, -0.1, 0.30000000000000004, "odd", ODD),
    AppliedAdapter("b" * 64, 1.0, 0.0, "b", "/b.safetensors", block_scales=(("IN01", 0.5),)),
)
SOURCE = ExportSource(base="demo", adapters=ADAPTERS, rule=SUM)


def test_every_strength_is_in_the_command():
    arguments = ExportWish(source=SOURCE, kind="checkpoint", path="/out").arguments
    loras = [arguments[at + 1] for at, word in enumerate(arguments) if word == "--lora"]
    for text, adapter in zip(loras, ADAPTERS, strict=True):
        read = parse_adapter(text)
        assert (read.file, read.scale, read.text_scale) == (
            adapter.path, adapter.scale, adapter.text_scale)  # fmt: skip
        assert read.block_scales == adapter.block_scales
    assert "--rank" not in arguments
    assert "--prove" not in arguments


def test_the_command_is_for_a_shell():
    wish = ExportWish(
        source=ExportSource(base="demo", adapters=ADAPTERS, rule=read_rule("ties:0.2")),
        kind="adapter", path="/it's.safetensors", names="kohya", rank=8,
        prompt="-a girl's \"hat\"", is_replacing=True,
    )  # fmt: skip
    first, *rest = shlex.split(wish.command)
    assert first == "loraviewer"
    assert tuple(rest) == wish.arguments
    assert f"--prompt={wish.prompt}" in rest
    assert rest[rest.index("--merge-rule") + 1] == "ties:0.2"
    assert "--force" in rest


def test_what_a_rank_loses_is_asked_without_a_file():
    assert "-o" not in RankWish(source=SOURCE).arguments


@pytest.mark.parametrize(
    ("source", "kind", "has_problem"),
    [
        (SOURCE, "adapter", False),
        (ExportSource(base="demo", adapters=(), rule=SUM), "adapter", True),
        (ExportSource(base="demo", adapters=(), rule=SUM), "checkpoint", False),
        (ExportSource(base="demo", adapters=ADAPTERS, rule=read_rule("switch")), "adapter", True),
    ],
)
def test_what_cannot_be_exported_is_told(source, kind, has_problem):
    assert bool(source.problem(kind)) is has_problem
