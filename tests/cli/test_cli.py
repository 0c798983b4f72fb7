"""The command line in this process, and once as a real one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import platformdirs
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from loraviewer import __main__, qt_check
from loraviewer.cli import commands as cli
from loraviewer.core import infotext
from loraviewer.pictures import png
from tests.adapters.sparse import flux_parts

SMALL = ("--steps", "2", "--size", "32x32", "--prompt", "a red cat")
FACTS = {
    "seed",
    "size",
    "merge_ms",
    "encode_ms",
    "denoise_ms",
    "decode_ms",
    "fingerprint",
    "request_sha256",
    "merge_mode",
    "originals",
    "originals_bytes",
}


@pytest.fixture
def run(tiny_folder, tmp_path, tmp_path_factory, monkeypatch, capfd):
    """Run a command in an empty folder; returns status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: cache)

    def call(*arguments: object) -> tuple[int, str, str]:
        status = cli.run([str(a) for a in arguments])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def sd(tiny_folder) -> Path:
    return tiny_folder / "sd"


@pytest.fixture
def words(tiny_folder) -> Path:
    return tiny_folder / "words.safetensors"


def fails_in_one_line(result: tuple[int, str, str], *names: str) -> None:
    status, out, err = result
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert all(name in err for name in names), err
    assert not list(Path().iterdir()), "something was left behind"


def test_render_tells_one_json_object_and_nothing_else(run, sd, words):
    status, out, err = run(
        "render", "--base", sd, "--lora", f"{words}:0.8:0.5", *SMALL, "-o", "out.png", "--json"
    )
    assert (status, err) == (0, "")
    facts = json.loads(out)
    assert facts.keys() >= FACTS
    assert (facts["seed"], facts["size"]) == (7, "32x32")
    assert Image.open("out.png").size == (32, 32)


def test_render_twice_gives_the_same_file(run, sd, words):
    for name in ("one.png", "two.png"):
        assert run("render", "--base", sd, "--lora", words, *SMALL, "-o", name)[0] == 0
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()


def test_originals_may_be_kept_or_read_again(run, sd, words):
    facts = {}
    for policy in ("auto", "lean"):
        loras = ("--lora", words, "--originals", policy)
        told = run("render", "--base", sd, *loras, *SMALL, "-o", f"{policy}.png", "--json")[1]
        facts[policy] = json.loads(told)
    kept = {policy: (f["originals"], f["originals_bytes"]) for policy, f in facts.items()}
    assert kept == {"auto": ("resident", 5 * 32 * 32 * 4), "lean": ("lean", 0)}
    assert facts["auto"]["fingerprint"] == facts["lean"]["fingerprint"]
    assert run("render", "--base", sd, *SMALL, "--originals", "swap", "-o", "out.png")[0] == 2


def test_adapters_may_be_computed_beside_the_weights(run, sd, words):
    records = {}
    for mode in ("auto", "unmerged"):
        arguments = ("--lora", words, *SMALL, "--merge-mode", mode, "-o", f"{mode}.png", "--json")
        records[mode] = json.loads(run("render", "--base", sd, *arguments)[1])
    assert [facts["merge_mode"] for facts in records.values()] == ["merged", "unmerged"]
    assert records["auto"]["request_sha256"] != records["unmerged"]["request_sha256"]
    saved = infotext.from_json(png.read_record_text(Path("unmerged.png")))
    assert saved.request.merge_mode == "unmerged"
    pictures = [np.asarray(Image.open(f"{mode}.png")).astype(int) for mode in records]
    assert abs(pictures[0] - pictures[1]).max() <= 2


def test_scale_zero_is_the_base(run, sd, words):
    run("render", "--base", sd, *SMALL, "-o", "base.png")
    run("render", "--base", sd, "--lora", f"{words}:0", *SMALL, "-o", "silent.png")
    assert Path("base.png").read_bytes() == Path("silent.png").read_bytes()


def test_order_on_the_command_line_does_not_matter(run, sd, words, tiny_folder):
    loras = [f"{words}:0.5", f"{tiny_folder / 'style.safetensors'}:1.5"]
    for name, order in (("one.png", loras), ("two.png", loras[::-1])):
        flags = [part for lora in order for part in ("--lora", lora)]
        run("render", "--base", sd, *flags, *SMALL, "-o", name)
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()


def test_count_numbers_pictures_of_consecutive_seeds(run, sd):
    status, out, _ = run(
        "render", "--base", sd, *SMALL, "--seed", 3, "--count", 2, "-o", "out.png", "--json"
    )
    facts = json.loads(out)
    assert status == 0
    assert sorted(p.name for p in Path().iterdir()) == ["out-1.png", "out-2.png"]
    assert [image["seed"] for image in facts["images"]] == [3, 4]
    assert facts.keys() >= FACTS
    assert facts["seed"] == 3
    run("render", "--base", sd, *SMALL, "--seed", 4, "-o", "alone.png")
    assert Path("alone.png").read_bytes() == Path("out-2.png").read_bytes()


def test_the_picture_carries_its_record(run, sd, words):
    run("render", "--base", sd, "--lora", f"{words}:0.8", *SMALL, "-o", "out.png", "--json")
    record = infotext.from_json(png.read_record_text(Path("out.png")))
    assert record.request.sampling.prompt == "a red cat"
    assert [a.scale for a in record.request.adapters] == [0.8]
    assert record.versions.keys() == {"loraviewer", "torch", "diffusers", "transformers"}
    assert "<lora:words:0.8>" in Image.open("out.png").info["parameters"]


def test_unspecified_values_are_the_checkpoints(run, sd):
    run("render", "--base", sd, "--prompt", "a cat", "-o", "out.png")
    sampling = infotext.from_json(png.read_record_text(Path("out.png"))).request.sampling
    assert (sampling.steps, sampling.guidance_scale, sampling.width) == (10, 4.0, 32)


def test_failures_name_the_file(run, sd, tiny_folder):
    render = ("render", *SMALL, "-o", "out.png", "--base")
    fails_in_one_line(run(*render, "gone"), "gone")
    fails_in_one_line(run(*render, "model.ckpt"), "model.ckpt")
    fails_in_one_line(run(*render, tiny_folder / "style.safetensors"), "style.safetensors")
    fails_in_one_line(run(*render, sd, "--lora", "gone.safetensors:2"), "gone.safetensors")
    fails_in_one_line(run(*render, sd, "--lora", "manga"), "manga.safetensors", "fits nowhere")
    fails_in_one_line(run(*render, sd, "--device", "cuda:7"), "cuda:7")
    fails_in_one_line(run("inspect", "gone.safetensors"), "gone.safetensors")


def test_a_damaged_adapter_is_named(run, sd, tmp_path_factory, words):
    damaged = tmp_path_factory.mktemp("damaged") / "half.safetensors"
    damaged.write_bytes(words.read_bytes()[:-50])
    fails_in_one_line(
        run("render", "--base", sd, "--lora", damaged, *SMALL, "-o", "out.png"), "half.safetensors"
    )
    fails_in_one_line(run("inspect", damaged), "half.safetensors")
    fails_in_one_line(
        run("bake", "--base", sd, "--lora", damaged, "-o", "baked"), "half.safetensors"
    )


def test_a_missing_folder_is_told_before_anything_is_loaded(run, sd):
    fails_in_one_line(run("render", "--base", sd, *SMALL, "-o", "no/out.png"), "no")


def test_nothing_half_written_is_left(run, sd, monkeypatch):
    def full_disk(self, data):
        with open(self, "wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    result = run("render", "--base", sd, *SMALL, "--count", 2, "-o", "out.png")
    fails_in_one_line(result, "out-1.png", "No space left")


def test_unexpected_errors_have_no_traceback(run, sd, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("oops\nagain")

    monkeypatch.setattr(cli, "render_all", fail)
    fails_in_one_line(run("render", "--base", sd, *SMALL, "-o", "out.png"), "ZeroDivisionError")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--size", "33x32"),
        ("--size", "big"),
        ("--steps", "0"),
        ("--seed", "-1"),
        ("--count", "0"),
        ("--sampler", "Magic"),
        ("--dtype", "int8"),
        ("--lora", "manga:nan"),
        ("-o", "out.jpg"),
        ("--unknown", "1"),
    ],
)
def test_wrong_usage(run, sd, wrong):
    status, out, err = run("render", "--base", sd, *SMALL, "-o", "out.png", *wrong)
    assert (status, out) == (2, "")
    assert "Usage: loraviewer render" in err
    assert "Traceback" not in err


def test_inspect(run, sd, words):
    status, out, err = run("inspect", words, "--base", sd, "--values", "--json")
    facts = json.loads(out)
    assert (status, err) == (0, "")
    assert facts["type"] == "adapter"
    assert facts["fits"] is True
    assert len(facts["matched"]) == facts["modules"] == 5
    assert facts["finite"] is True


def test_inspect_for_people(run, words):
    status, out, _ = run("inspect", words)
    assert status == 0
    assert "type: adapter" in out.splitlines()


@pytest.mark.parametrize("base", ["sd", "demo"])
def test_inspect_imports_no_torch_without_values(tiny_folder, words, base):
    """Headers only: torch alone would take longer than everything else."""
    asked = [str(words), "--base", base if base == "demo" else str(tiny_folder / base), "--json"]
    code = (
        "import sys; from loraviewer.cli.commands import run\n"
        f"status = run(['inspect', *{asked!r}])\n"
        "heavy = {'torch', 'numpy', 'diffusers', 'safetensors', 'PySide6'} & set(sys.modules)\n"
        "print(status, heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "0 set()\n"
    assert json.loads(done.stdout)["type"] == "adapter"


def test_inspect_a_folder(run, tiny_folder, sd, words):
    status, out, _ = run("inspect", tiny_folder, "--base", sd, "--json")
    table = json.loads(out)
    rows = {row["file"]: row for row in table["files"]}
    assert (status, table["type"], table["adapters"]) == (0, "folder", 2)
    assert rows.keys() == {"half", "sd", "style.safetensors", "words.safetensors", "xl"}
    assert rows["words.safetensors"]["fits"] is True
    assert rows["xl"]["type"] == "checkpoint"
    status, out, _ = run("inspect", tiny_folder)
    assert status == 0
    assert out.splitlines()[-1] == "files: 5, adapters: 2, cannot be read: 0"


@pytest.fixture
def peft(tmp_path_factory, words) -> Path:
    """The folder in which PEFT saves an adapter, below one of a collection."""
    folder = tmp_path_factory.mktemp("loras") / "manga"
    folder.mkdir()
    shutil.copy(words, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "base_model_name_or_path": "/me/stable-diffusion-v1-5"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def test_a_folder_of_one_adapter_is_inspected_as_that(run, sd, peft):
    status, out, _ = run("inspect", peft, "--base", sd, "--json")
    facts = json.loads(out)
    assert (status, facts["type"], facts["name"], facts["fits"]) == (0, "adapter", "manga", True)
    assert facts["said_base"] == "/me/stable-diffusion-v1-5"
    _, out, _ = run("inspect", peft.parent, "--base", sd, "--json")
    (row,) = json.loads(out)["files"]
    assert (row["file"], row["type"], row["fits"]) == ("manga", "adapter", True)
    fails_in_one_line(run("inspect", peft, "--base", peft), str(peft), "is an adapter and no base")


def test_a_folder_of_one_adapter_renders_as_its_file(run, sd, words, peft):
    prints = []
    for lora in (words, peft):
        status, out, _ = run(
            "render", "--base", sd, *SMALL, "-o", "a.png", "--lora", f"{lora}:0.8", "--json"
        )
        facts = json.loads(out)
        prints.append(facts["fingerprint"])
    assert (status, facts["adapters"][0]["name"]) == (0, "manga")
    assert prints[0] == prints[1]


def test_a_pickled_adapter_in_a_folder_is_refused(run, sd, peft):
    (peft / "adapter_model.safetensors").rename(peft / "adapter_model.bin")
    fails_in_one_line(run("inspect", peft), str(peft), "a pickle", "convert it to safetensors")
    _, out, _ = run("inspect", peft.parent, "--json")
    (row,) = json.loads(out)["files"]
    assert row["file"] == "manga"
    assert "a pickle" in row["problem"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x80\x02}q\x00.", "pickle"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS"),
        (b"<!doctype html><title>Log in</title>", "web page"),
        (b"", "empty"),
        (b"\xff" * 100, "damaged"),
    ],
)
def test_inspect_says_what_a_broken_file_is(run, tmp_path_factory, sd, content, reason):
    path = tmp_path_factory.mktemp("broken") / "bad.safetensors"
    path.write_bytes(content)
    fails_in_one_line(run("inspect", path), str(path), reason)
    fails_in_one_line(run("inspect", sd / "unet", "--base", path), str(path), reason)


def test_bake_a_checkpoint(run, tiny_folder, words):
    base = tiny_folder / "half"
    status, out, err = run(
        "bake", "--base", base, "--lora", f"{words}:0.5", "-o", "baked", "--json"
    )
    facts = json.loads(out)
    assert (status, err, facts["modules"]) == (0, "", 5)
    before = load_file(base / "unet" / "diffusion_pytorch_model.safetensors")
    after = load_file("baked/unet/diffusion_pytorch_model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert len(changed) == 3
    assert {t.dtype for t in after.values()} == {torch.float16}
    assert run("render", "--base", "baked", *SMALL, "-o", "out.png")[0] == 0


def test_bake_one_adapter_that_does_the_same(run, sd, words, tiny_folder):
    style = tiny_folder / "style.safetensors"
    loras = ("--lora", f"{words}:0.5", "--lora", style)
    status, out, err = run(
        "bake", "--base", sd, *loras, "--as", "adapter", "-o", "both.safetensors", "--json"
    )
    assert (status, err) == (0, "")
    assert json.loads(out)["relative_error"] < 1e-6
    run("render", "--base", sd, *loras, *SMALL, "-o", "stack.png")
    run("render", "--base", sd, "--lora", "both.safetensors", *SMALL, "-o", "both.png")
    stack = torch.tensor(list(Image.open("stack.png").tobytes()))
    both = torch.tensor(list(Image.open("both.png").tobytes()))
    assert (stack - both).abs().max() <= 1


def test_bake_needs_an_adapter(run, sd):
    assert run("bake", "--base", sd, "-o", "baked")[0] == 2


def test_version_and_help(run):
    assert run("--version")[:2] == (0, "loraviewer 0.1.0\n")
    for arguments in (["--help"], ["render", "--help"], ["-h"]):
        status, out, _ = run(*arguments)
        assert status == 0
        assert "loraviewer" in out


def test_paths_open_the_studio(monkeypatch):
    opened = []
    studio = type(sys)("loraviewer.app.studio")
    monkeypatch.setattr(studio, "RESTART", -1, raising=False)
    monkeypatch.setattr(studio, "run", lambda paths: opened.append(paths) or 0, raising=False)
    monkeypatch.setitem(sys.modules, "loraviewer.app.studio", studio)
    for arguments in ([], ["a.safetensors", "b.png"]):
        monkeypatch.setattr(sys, "argv", ["loraviewer", *arguments])
        assert __main__.main() == 0
    assert opened == [[], ["a.safetensors", "b.png"]]


@pytest.mark.parametrize("word", ["frobnicate", "rendr"])
def test_a_word_that_is_no_command_is_told_before_a_screen_is_looked_for(
    word, monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["loraviewer", word])
    monkeypatch.setattr(qt_check, "problem", lambda: pytest.fail("a screen was looked for"))
    assert __main__.main() == 2
    told = capsys.readouterr().err
    assert told.startswith(f"loraviewer: “{word}” is no command (bake, inspect, ")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "is_told"), [("gone.safetensors", True), ("demo", False), ("there", False)]
)
def test_without_a_screen_a_path_that_is_gone_is_told_first(
    path, is_told, monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    monkeypatch.setattr(sys, "argv", ["loraviewer", path])
    monkeypatch.setattr(qt_check, "problem", lambda: "There is no screen.")
    assert __main__.main() == 1
    gone = [f"loraviewer: {path}: there is no such file or folder."] if is_told else []
    assert capsys.readouterr().err.splitlines() == [*gone, "loraviewer: There is no screen."]


def test_as_a_process(sd, tmp_path):
    """Exit status and streams as a shell sees them; neither torch nor typer before the decision."""
    probe = "import sys, loraviewer.__main__; print({'torch', 'typer'} & set(sys.modules))"
    command = [sys.executable, "-c", probe]
    assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == "set()"
    command = [sys.executable, "-m", "loraviewer", "render", "--base", "gone", *SMALL]
    done = subprocess.run([*command, "-o", "out.png"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"loraviewer: {tmp_path / 'gone'}: there is no such file or folder.\n"


def test_inspect_takes_the_components_of_a_base(run, tmp_path_factory):
    """As rendering does: the text encoders that a single file lacks."""
    folder = tmp_path_factory.mktemp("flux")
    base, parts, adapter = flux_parts(folder)
    status, out, _ = run("inspect", adapter, "--base", base, "--json")
    assert (status, len(json.loads(out)["unmatched"])) == (0, 3)
    assert "--components FOLDER gives it" in json.loads(out)["verdict"]
    status, out, _ = run("inspect", adapter, "--base", base, "--components", parts, "--json")
    assert (status, json.loads(out)["verdict"]) == (0, "Fits: all 4 modules land.")
    fails_in_one_line(
        run("inspect", adapter, "--base", base, "--components", folder / "gone"),
        "no such folder of components",
    )
