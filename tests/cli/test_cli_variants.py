"""`--variants`: prompts that leave something to the seed, on the command line."""

import json
from pathlib import Path

from PIL import Image

from loraviewer.core import infotext
from loraviewer.core.variants.draws import words_of
from loraviewer.pictures import png
from tests.cli.test_cli import run, sd, words  # noqa: F401 - fixtures

SMALL = ("--steps", "2", "--size", "32x32", "-o", "out.png", "--json")
TEMPLATE = "a {red|blue} {cat|tree}"


def test_without_it_a_prompt_is_read_to_the_letter(run, sd):  # noqa: F811
    _, out, err = run("render", "--base", sd, *SMALL, "--prompt", TEMPLATE)
    assert json.loads(out)["prompt"] == TEMPLATE
    assert "Read as letters: “{red|blue}”" in err
    assert "with --variants each seed chooses" in err


def test_each_seed_has_its_own_words_and_the_record_both(run, sd):  # noqa: F811
    told = ("--prompt", TEMPLATE, "--variants", "--count", 5)
    status, out, err = run("render", "--base", sd, *SMALL, *told)
    assert (status, err) == (0, "")
    images = json.loads(out)["images"]
    assert [one["prompt"] for one in images] == [words_of(TEMPLATE, s).text for s in range(7, 12)]
    assert len({one["prompt"] for one in images}) > 1
    for one in images:
        sampling = infotext.from_json(png.read_record_text(Path(one["output"]))).request.sampling
        assert (sampling.prompt, sampling.template) == (one["prompt"], TEMPLATE)
        assert sampling.seed == one["seed"]


def test_the_same_words_typed_out_are_the_same_picture(run, sd):  # noqa: F811
    drawn = words_of(TEMPLATE, 7).text
    facts = [
        json.loads(run("render", "--base", sd, *SMALL[:-3], "-o", name, "--json", *told)[1])
        for name, told in (
            ("one.png", ("--prompt", TEMPLATE, "--variants")),
            ("two.png", ("--prompt", drawn)),
        )
    ]
    assert facts[0]["request_sha256"] == facts[1]["request_sha256"]
    one, two = (Image.open(name).tobytes() for name in ("one.png", "two.png"))
    assert one == two


def test_lines_for_people_say_the_words(run, sd):  # noqa: F811
    told = ("--prompt", "{cat|cat}", "--variants")
    _, out, _ = run("render", "--base", sd, *SMALL[:-1], *told)
    assert out.rstrip().endswith("): cat")


def test_wildcards_come_from_a_folder(run, sd):  # noqa: F811
    Path("wild").mkdir()
    Path("wild/colour.txt").write_text("red\n", "utf-8")
    told = ("--prompt", "a __colour__ cat", "--variants", "--wildcards", "wild")
    assert json.loads(run("render", "--base", sd, *SMALL, *told)[1])["prompt"] == "a red cat"


def test_what_is_not_there_fails_before_anything_is_loaded(run, tmp_path):  # noqa: F811
    Path("wild").mkdir()
    for folder, words_told in (
        ((), "give its folder with --wildcards."),
        (("--wildcards", "wild"), "There is no wildcard “colour” in “wild”."),
        (("--wildcards", "gone"), "“gone” is no folder"),
    ):
        told = ("--prompt", "a __colour__ cat", "--variants", *folder)
        status, out, err = run("render", "--base", "nowhere", *SMALL, *told)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert words_told in err


def test_wildcards_without_variants_are_wrong_usage(run):  # noqa: F811
    told = ("--prompt", "a cat", "--wildcards", ".")
    status, _, err = run("render", "--base", "nowhere", *SMALL, *told)
    assert status == 2
    assert "--variants" in err


def test_tags_of_adapters_stay_wrong_usage(run):  # noqa: F811
    told = ("--prompt", "a {<lora:x:1>|} cat", "--variants")
    assert run("render", "--base", "nowhere", *SMALL, *told)[0] == 2
