"""What commands may write over: never what they read, other files only with --force."""

import hashlib
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from safetensors.torch import load_file, save_file

from loraviewer.adapters.files.header import read_header
from loraviewer.core.atomic import _own_prefix
from loraviewer.core.exports import read_layouts
from loraviewer.core.resources import demo_adapters
from loraviewer.core.sentences import Sentence
from loraviewer.pictures.png import read_record_text
from tests import a1111_reader
from tests.cli.test_cli import SMALL, run, sd, words  # noqa: F401 - fixtures


@pytest.fixture
def base(sd, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    shutil.copytree(sd, "base")
    return Path("base")


@pytest.fixture
def lora(words, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(words, "words.safetensors"))


def bake(base, lora, out, *options):
    return ("bake", "--base", base, "--lora", lora, "-o", out, *options)


def adapter(base, lora, out, *options):
    return bake(base, lora, out, "--as", "adapter", *options)


def picture(base, lora, out, *options):
    return ("render", "--base", base, "--lora", lora, *SMALL, "-o", out, *options)


def refused(told, path, *phrases):
    status, out, err = told
    assert (status, out, err.count("\n")) == (1, "", 1)
    for phrase in (str(path), *phrases):
        assert phrase in err


MADE_FROM = "is what the result is made from, or lies in it; choose another name"


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_sources_are_never_written_over(run, base, lora, force):  # noqa: F811
    weights = base / "unet" / "diffusion_pytorch_model.safetensors"
    Path("link.safetensors").symlink_to(lora)
    os.link(lora, "hard.safetensors")
    before = {path: path.read_bytes() for path in (lora, weights)}
    for out in (lora, Path("link.safetensors"), Path("hard.safetensors"), weights):
        refused(run(*adapter(base, lora, out, *force)), out, MADE_FROM)
    shutil.copy(lora, "source.png")
    told = run(*picture(base, "source.png", "source.png", *force))
    refused(told, "source.png", MADE_FROM)
    assert before == {path: path.read_bytes() for path in before}
    assert Path("link.safetensors").is_symlink()


@pytest.mark.parametrize("make", [adapter, picture])
def test_other_files_need_force(run, base, lora, make):  # noqa: F811
    out = Path("mine.png" if make is picture else "mine.safetensors")
    out.write_text("mine")
    refused(run(*make(base, lora, out)), out, "already exists", "--force")
    assert out.read_text() == "mine"
    assert run(*make(base, lora, out, "--force"))[0] == 0
    assert out.read_bytes() != b"mine"


def test_a_picture_that_can_be_made_again_may_be_replaced(run, base, lora):  # noqa: F811
    for _ in range(2):
        assert run(*picture(base, lora, "mine.png"))[0] == 0


@pytest.mark.parametrize("make", [adapter, picture, bake])
def test_what_cannot_be_written_is_told_before_anything_is_loaded(run, lora, make):  # noqa: F811
    """The base is not even there."""
    suffix = ".png" if make is picture else ".safetensors"
    os.mkfifo(f"pipe{suffix}")
    Path(f"folder{suffix}").mkdir()
    for out, phrase in (
        (f"pipe{suffix}", "no ordinary file"),
        (f"folder{suffix}", "is a folder"),
        (f"none/x{suffix}", "does not exist"),
        ("x" * 300 + suffix, "too long"),
    ):
        refused(run(*make("missing.safetensors", lora, out, "--force")), out, phrase)
    assert stat.S_ISFIFO(Path(f"pipe{suffix}").stat().st_mode)


def test_a_checkpoint_over_its_base(run, base, lora):  # noqa: F811
    before = sorted(base.rglob("*"))
    for out in (base, base / "inner"):
        refused(run(*bake(base, lora, out, "--force")), out, "lies inside the base")
    Path("other").mkdir()
    Path("other/mine").touch()
    refused(run(*bake(base, lora, "other", "--force")), "other", "already exists")
    assert sorted(base.rglob("*")) == before


def test_adapters_are_files_of_their_own_sort(run, base, lora):  # noqa: F811
    refused(run(*adapter(base, lora, "a.png")), "a.png", "must end in .safetensors")


def test_an_adapter_has_the_same_bytes_at_every_run(run, base, lora):  # noqa: F811
    for i in range(3):
        assert run(*adapter(base, lora, f"{i}.safetensors"))[0] == 0
    contents = {Path(f"{i}.safetensors").read_bytes() for i in range(3)}
    assert len(contents) == 1
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(Path("0.safetensors").stat().st_mode) == 0o666 & ~umask
    header = read_header(Path("0.safetensors"))
    assert list(header.metadata) == sorted(header.metadata)
    assert header.data_offset % 8 == 0
    assert load_file("0.safetensors").keys() == header.tensors.keys()  # the reference reader


def test_results_of_the_lab_need_force(run, base, lora):  # noqa: F811
    command = ("lab", "drift", "--base", base, "--lora", lora, "--cycles", "1", "-o", "out")
    command = (*command, "--dtype", "float32", "--json")
    assert json.loads(run(*command)[1])["output"]
    refused(run(*command), "drift.csv", "already exists")
    assert run(*command, "--force")[0] == 0


def test_results_of_the_lab_spare_what_they_are_made_from(run, base, lora):  # noqa: F811
    Path("out").mkdir()
    Path("out/drift.csv").symlink_to(lora.absolute())
    before = lora.read_bytes()
    command = ("lab", "drift", "--base", base, "--lora", lora, "--cycles", "1", "--force", "-o")
    refused(run(*command, "out"), "drift.csv", MADE_FROM)
    refused(run(*command, base), "drift.csv", MADE_FROM)
    assert lora.read_bytes() == before
    assert not list(base.glob("drift*"))


def test_a_base_gives_its_own_files_only(run, base, lora):  # noqa: F811
    """Not what devices hold, nor the folders that links lead to."""
    (base / "zero").symlink_to("/dev/zero")
    os.mkfifo(base / "unet" / "pipe")
    (base / "elsewhere").symlink_to(Path.home())
    (base / "unet" / "note.txt").symlink_to(lora.absolute())
    assert run(*bake(base, lora, "merged"))[0] == 0
    assert not [p for p in ("zero", "elsewhere", "unet/pipe") if os.path.lexists(f"merged/{p}")]
    assert Path("merged/unet/note.txt").read_bytes() == lora.read_bytes()


def test_a_picture_says_where_its_files_lie_and_how_galleries_call_them(run, base, lora):  # noqa: F811
    Path("inner").mkdir()
    shutil.copy(lora, "a, b=c.safetensors")
    assert run(*picture(f"inner/../{base}", "a, b=c.safetensors", "out.png"))[0] == 0
    with Image.open("out.png") as image:
        record = json.loads(image.info["loraviewer"])["request"]
        read = a1111_reader.read(image.info["parameters"])
    assert record["checkpoint"]["path"] == str(Path(base).absolute())
    assert record["adapters"][0]["path"] == str(Path("a, b=c.safetensors").absolute())
    assert read.fields["Model"] == Path(base).name
    data = lora.read_bytes()
    after_header = data[8 + int.from_bytes(data[:8], "little") :]
    assert read.hashes == {"a_ b_c": hashlib.sha256(after_header).hexdigest()[:12]}


def test_parts_behind_links_belong_to_a_base(run, base, lora):  # noqa: F811
    """They are copied, and never written over."""
    shutil.move(base / "unet", "shared unet")
    (base / "unet").symlink_to(Path("shared unet").absolute())
    weights = Path("shared unet/diffusion_pytorch_model.safetensors")
    before = weights.read_bytes()
    assert run(*bake(base, lora, "merged"))[0] == 0
    merged = Path("merged/unet")
    assert not merged.is_symlink()
    assert (merged / weights.name).read_bytes() != before
    refused(run(*adapter(base, lora, weights, "--force")), weights, MADE_FROM)
    assert weights.read_bytes() == before


def test_a_picture_with_a_forged_record_is_not_ours(run, base, lora):  # noqa: F811
    info = PngInfo()
    info.add_text("loraviewer", "no record at all")
    Image.new("RGB", (8, 8)).save("mine.png", pnginfo=info)
    refused(run(*picture(base, lora, "mine.png")), "mine.png", "already exists")


def test_leftovers_with_absurd_numbers_are_let_lie(run, base, lora):  # noqa: F811
    name = f"{_own_prefix()}{'9' * 30}-x.part"
    Path(name).touch()
    assert run(*adapter(base, lora, "a.safetensors"))[0] == 0
    assert Path(name).exists()


def test_an_adapter_beside_another_would_make_its_folder_unclear(run, base, lora):  # noqa: F811
    Path("one").mkdir()
    shutil.copy(lora, "one/adapter_model.safetensors")
    told = run(*adapter(base, "one", "one/pytorch_lora_weights.safetensors"))
    refused(told, "one/pytorch_lora_weights.safetensors", "choose another folder")


def test_a_full_standard_output_is_one_sentence(lora):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "loraviewer", "inspect", str(lora)]
        told = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr == "loraviewer: the output: No space left on device.\n"


def test_an_empty_result_is_told(run, base, lora):  # noqa: F811
    save_file(load_file(lora), "silent.safetensors")
    refused(run(*adapter(base, "silent.safetensors:0", "out.safetensors")), "out", "be empty")


def test_names_that_are_no_text(run, base, lora):  # noqa: F811
    """Any bytes may name a file; pictures, adapters and settings are written all the same."""
    name = os.fsdecode(b"w\xff\xfe.safetensors")
    os.rename(lora, name)
    os.rename(base, os.fsdecode(b"b\xff"))
    base, lora = os.fsdecode(b"b\xff"), name
    assert run(*picture(base, lora, "a.png", "--json"))[0] == 0
    assert "w\ufffd\ufffd" in read_record_text(Path("a.png"))
    status, _, err = run(*picture(base, lora, os.fsdecode(b"\xfe.png")))
    assert (status, err) == (0, "")
    assert run(*adapter(base, lora, "a.safetensors"))[0] == 0
    assert "w\ufffd\ufffd" in read_header(Path("a.safetensors")).metadata["loraviewer.sources"]
    load_file("a.safetensors")
    assert run("inspect", lora)[0] == 0


@pytest.fixture
def full_disk():
    """A system that refuses more than so many bytes of a file, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(most: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))

    yield limit
    limit(soft)


@pytest.mark.parametrize("make", [adapter, picture, bake])
def test_a_full_disk_leaves_nothing(run, base, lora, make, full_disk):  # noqa: F811
    before = set(Path().iterdir())
    out = {adapter: "a.safetensors", picture: "a.png", bake: "merged"}[make]
    full_disk(900)
    told = run(*make(base, lora, out))
    full_disk(resource.RLIM_INFINITY)
    refused(told, out, "cannot be written: File too large")
    assert set(Path().iterdir()) == before


def test_a_killed_bake_leaves_nothing_once_another_is_written(run, base, lora):  # noqa: F811
    """Killed in the middle of writing: its temporary goes with the next result."""
    code = (
        "import os, sys; from loraviewer.cli import commands as cli\n"
        "from loraviewer.adapters.merging import export\n"
        "write = export.write_safetensors\n"
        "export.write_safetensors = lambda path, *rest: (write(path, *rest), os._exit(9))\n"
        "cli.run(sys.argv[1:])"
    )
    arguments = map(str, adapter(base, lora, "a.safetensors"))
    killed = subprocess.run([sys.executable, "-c", code, *arguments], check=False)
    assert killed.returncode == 9
    assert [path.name for path in Path().glob(".*")]
    assert not Path("a.safetensors").exists()
    assert run(*adapter(base, lora, "b.safetensors"))[0] == 0
    assert not list(Path().glob(".*"))


def test_another_program_is_told_what_a_refusal_is_made_of(run, base, lora):  # noqa: F811
    lora.write_bytes(b"")
    asked = adapter(base, lora, "out.safetensors", "--json")
    status, _, err = run(*asked)
    assert (status, err.count("\n")) == (1, 1)
    status, _, told = run(*asked, "--progress-lines")
    said, sentence = told.splitlines()[-2:]
    assert (status, f"{sentence}\n") == (1, err)
    read = Sentence.from_data(json.loads(said.removeprefix("said ")))
    assert read is not None
    assert sentence == f"loraviewer: {read}"
    assert read.pattern == "“{path}” {told}."


def test_layouts_that_a_base_cannot_have_are_known_beforehand(run):  # noqa: F811
    status, out, err = run("bake", "--base", "demo", "--layouts", "--json")
    told = json.loads(out)["layouts"]
    assert (status, err, told["folder"]) == (0, "", "")
    assert "is no Stable Diffusion 1, 2 or XL" in told["file"]
    lora = demo_adapters()[0]
    making = ("bake", "--base", "demo", "--lora", lora, "-o", "one.safetensors")
    status, _, err = run(*making, "--progress-lines")
    assert (status, err.splitlines()[-1]) == (1, f"loraviewer: {told['file']}")
    assert "progress" not in err, "nothing was loaded"
    assert run("bake", "--base", "gone", "--layouts")[0] == 1


def test_the_reason_can_be_translated(run):  # noqa: F811
    _, out, _ = run("bake", "--base", "demo", "--layouts", "--json", "--progress-lines")
    why = read_layouts(out.encode())["file"]
    assert isinstance(why, Sentence)
    assert why.pattern.startswith("“{base}” is no Stable Diffusion")
