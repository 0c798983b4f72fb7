"""What the command line says of how a picture was computed: overflows, threads."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from loraviewer.core import infotext
from loraviewer.engine.rendering import picture_maker
from loraviewer.pictures import png
from tests.test_cli import SMALL, fails_in_one_line, run, sd, words  # noqa: F401 - fixtures


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
