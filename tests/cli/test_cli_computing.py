"""What the command line says of how a picture was computed: overflows, threads."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from loraviewer.core import infotext
from loraviewer.engine.compiling import compiler
from loraviewer.engine.compiling.task import CompileTask
from loraviewer.engine.rendering import picture_maker
from loraviewer.pictures import png
from tests.cli.test_cli import SMALL, fails_in_one_line, run, sd, words  # noqa: F401 - fixtures
from tests.engine.fake_compiler import FakeCompiler


@pytest.mark.parametrize(
    ("strength", "dtype", "way_out"),
    [("1e30", "float32", "lower or remove it"), ("1e4", "float16", "choose bfloat16 or float32")],
)
@pytest.mark.parametrize("options", [(), ("--json",), ("--count", 2)])
def test_what_overflows_is_told_and_not_written(
    run,  # noqa: F811
    sd,  # noqa: F811
    words,  # noqa: F811
    strength,
    dtype,
    way_out,
    options,
):
    render = ("render", "--base", sd, *SMALL, "--dtype", dtype, "-o", "out.png", *options)
    result = run(*render, "--lora", f"{words}:{strength}")
    fails_in_one_line(result, "“words” at strength", dtype, way_out)


def test_a_vae_that_took_float32_is_told(run, sd, monkeypatch):  # noqa: F811
    """As where float16 overflowed."""
    decode = picture_maker.decode

    def widened(*arguments):
        return dataclasses.replace(decode(*arguments), has_widened=True)

    monkeypatch.setattr(picture_maker, "decode", widened)
    status, out, err = run("render", "--base", sd, *SMALL, "-o", "out.png", "--json")
    assert status == 0
    assert json.loads(out)["has_widened"]
    note = "the VAE overflowed in float16 and decoded once more in float32"
    assert err == f"loraviewer: note: out.png: {note}.\n"
    assert infotext.from_json(png.read_record_text(Path("out.png"))).has_widened


def test_the_number_of_threads_is_told_and_saved(run, sd):  # noqa: F811
    out = run("render", "--base", sd, *SMALL, "-o", "out.png", "--json")[1]
    facts = json.loads(out)
    assert (facts["threads"], facts["has_widened"]) == (torch.get_num_threads(), False)
    saved = infotext.from_json(png.read_record_text(Path("out.png")))
    assert saved.threads == torch.get_num_threads()


class AtOnce(FakeCompiler):
    """Compiles while it begins."""

    def __init__(self, folder: Path) -> None:
        super().__init__()

    def begin(self, task: CompileTask) -> None:
        super().begin(task)
        self.finish()


def test_a_compiled_denoiser_makes_the_pictures_and_is_verified(run, sd, monkeypatch):  # noqa: F811
    monkeypatch.setattr(compiler, "ProcessCompiler", AtOnce)
    options = ("render", "--base", sd, *SMALL, "-o", "out.png", "--compile", "--count", 2)
    status, out, err = run(*options, "--json")
    assert (status, err) == (0, "")
    made = json.loads(out)["images"]
    assert [facts["is_compiled"] for facts in made] == [True, True]
    picture = Path(made[0]["output"])
    assert infotext.from_json(png.read_record_text(picture)).request.is_compiled
    status, out, _ = run("verify", picture)
    assert status == 0
    assert "identical to the last pixel" in out


def test_whoever_stops_it_leaves_nothing_that_compiles(run, sd, monkeypatch):  # noqa: F811
    under_way: list[CompileTask] = []

    class Slow(FakeCompiler):
        """Ctrl-C comes while it compiles."""

        def __init__(self, folder: Path) -> None:
            super().__init__()

        def begin(self, task: CompileTask) -> None:
            super().begin(task)
            under_way.append(task)

        def state(self, task: CompileTask):
            if task in under_way:
                raise KeyboardInterrupt
            return super().state(task)

        def close(self) -> None:
            super().close()
            under_way.clear()

    monkeypatch.setattr(compiler, "ProcessCompiler", Slow)
    began = run("render", "--base", sd, *SMALL, "-o", "out.png", "--compile")
    assert (began[0], under_way) == (130, [])
    assert "stopped" in began[2]
    assert not Path("out.png").exists()


def test_without_a_compiler_the_picture_is_made_all_the_same(run, sd, monkeypatch):  # noqa: F811
    monkeypatch.setenv("CXX", "no-such-compiler")
    options = ("render", "--base", sd, *SMALL, "-o", "out.png")
    status, out, err = run(*options, "--compile", "--json")
    assert status == 0
    assert not json.loads(out)["is_compiled"]
    assert "No C++ compiler was found" in err
    plain = Path("out.png").read_bytes()
    run(*options, "--force")
    assert Path("out.png").read_bytes() == plain
