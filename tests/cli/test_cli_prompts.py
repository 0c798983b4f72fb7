"""What the command line says of prompts: words that are not read, commands of other programs."""

import json
from pathlib import Path

from loraviewer.core import infotext
from loraviewer.pictures import png
from tests.cli.test_cli import run, sd  # noqa: F401 - fixtures

SMALL = ("--steps", "2", "--size", "32x32", "-o", "out.png")
PLAIN = ("--words", "plain")
READ = "a " * 10  # all that the tiny base takes


def test_words_that_are_not_read_are_told_and_saved(run, sd):  # noqa: F811
    told = ("--prompt", f"{READ}red cat", "--negative", f"{READ}tree", "--guidance", "4")
    status, out, err = run("render", "--base", sd, *SMALL, *PLAIN, *told, "--json")
    assert status == 0
    assert json.loads(out)["unread"] == [
        {"words": "red cat", "is_negative": False, "reason": "length", "limit": 10, "encoders": []},
        {"words": "tree", "is_negative": True, "reason": "length", "limit": 10, "encoders": []},
    ]
    assert err.splitlines() == [
        "loraviewer: note: Shorten the prompt; not read (beyond 10 tokens): red cat",
        "loraviewer: note: Shorten the negative prompt; not read (beyond 10 tokens): tree",
    ]
    saved = infotext.from_json(png.read_record_text(Path("out.png")))
    assert [one.words for one in saved.unread] == ["red cat", "tree"]


def test_several_pictures_of_one_prompt_are_told_once(run, sd):  # noqa: F811
    told = ("--prompt", f"{READ}cat", "--count", 2, *PLAIN)
    _, _, err = run("render", "--base", sd, *SMALL, *told)
    assert err.count("not read") == 1


def test_a_negative_prompt_that_the_guidance_leaves_out_is_told(run, sd):  # noqa: F811
    told = ("--prompt", "a cat", "--negative", "blurry", "--guidance", "1", "--json")
    _, out, err = run("render", "--base", sd, *SMALL, *told)
    assert json.loads(out)["unread"][0]["reason"] == "guidance"
    assert "Raise the guidance above 1 to have the negative prompt read: blurry" in err


def test_commands_of_other_programs_are_told(run, sd):  # noqa: F811
    told = ("--prompt", "a (cat:1.3)", "--negative", "[a]", "--guidance", "4", "--json", *PLAIN)
    status, out, err = run("render", "--base", sd, *SMALL, *told)
    assert status == 0
    assert json.loads(out)["read_as_letters"] == ["(cat:1.3)", "[a]"]
    assert "note: the prompt: Read as letters: “(cat:1.3)”; write plain words instead." in err
    assert "note: the negative prompt: Read as letters: “[a]”; write plain words instead." in err


def test_a_short_plain_prompt_is_told_nothing(run, sd):  # noqa: F811
    told = ("--prompt", "a red cat", "--json")
    _, out, err = run("render", "--base", sd, *SMALL, *told)
    facts = json.loads(out)
    assert (facts["unread"], facts["read_as_letters"], err) == ([], [], "")


def test_weights_and_long_prompts_are_read_unless_letters_are_asked_for(run, sd):  # noqa: F811
    told = (
        "--prompt",
        f"{READ}(cat:1.3) {{a|b}}",
        "--negative",
        "[a]",
        "--guidance",
        "4",
        "--json",
    )
    _, out, err = run("render", "--base", sd, *SMALL, *told)
    facts = json.loads(out)
    assert (facts["words"], facts["unread"]) == ("weighted", [])
    assert facts["read_as_letters"] == ["{a|b}"]
    assert err.splitlines() == [
        "loraviewer: note: Braces and wildcards are letters here; with --variants each seed "
        "chooses among them, with --wildcards FOLDER from files, too.",
        "loraviewer: note: the prompt: Read as letters: “{a|b}”; write plain words instead.",
    ]
    saved = infotext.from_json(png.read_record_text(Path("out.png")))
    assert saved.request.sampling.words == "weighted"
