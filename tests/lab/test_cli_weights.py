"""`loraviewer lab weights` in this process: its files, its tables, what it refuses."""

import csv
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from loraviewer.cli import commands as cli
from loraviewer.lab.weights import module_report

FILES = {"modules.csv", "pairs.csv", "spectra.csv", "report.html"}
FIELDS = {"adapters", "stack", "gram", "cosine", "cosine_null", "blocks", "landings"}
ADAPTER_FIELDS = {
    "block_scales",
    *("name", "sha256", "scale", "text_scale", "modules", "norm", "norm_at_one"),
    *("relative", "share", "leave_one_out"),
}
STACK_FIELDS = {"modules", "norm", "base_norm", "relative", "incoherent_norm", "coherence"}
BLOCK_FIELDS = {"component", "block", "norm", "base_norm", "relative", "norms"}
MODULE_FIELDS = {
    *("component", "module", "shape", "kinds", "ranks", "norm", "base_norm", "relative", "norms"),
    *("singular_values", "stable_rank", "effective_rank", "base_sigma_1"),
    *("row_participation", "column_participation"),
}


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        status = cli.run(["lab", "weights", *map(str, arguments)])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def stack(tiny_folder):
    """Of two adapters that meet in the denoiser; one of them also changes the text encoder."""
    words, style = (tiny_folder / f"{name}.safetensors" for name in ("words", "style"))
    return ("--base", tiny_folder / "sd", "--lora", f"{words}:0.5:0.25", "--lora", f"{style}:-2")


def rows_of(file):
    with file.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_the_fields_are_those_of_the_surface(run, stack):
    facts = json.loads(run(*stack, "--json")[1])
    assert set(facts) == FIELDS
    facts = json.loads(run(*stack, "--json", "--modules", "-o", "out")[1])
    assert set(facts) == FIELDS | {"modules", "output"}
    assert set(facts["stack"]) == STACK_FIELDS
    for name, fields in (
        ("adapters", ADAPTER_FIELDS), ("blocks", BLOCK_FIELDS), ("modules", MODULE_FIELDS)
    ):  # fmt: skip
        assert facts[name]
        assert all(set(one) == fields for one in facts[name])


def test_files_of_a_folder(run, stack, tmp_path):
    facts = json.loads(run(*stack, "--json", "--modules", "-o", "out")[1])
    folder = tmp_path / "out"
    assert {file.name for file in folder.iterdir()} == FILES
    assert {Path(file).name for file in facts["output"]} == FILES
    modules = rows_of(folder / "modules.csv")
    assert [row["module"] for row in modules] == [one["module"] for one in facts["modules"]]
    assert set(modules[0]) == MODULE_FIELDS
    (whole,) = (row for row in rows_of(folder / "pairs.csv") if not row["block"])
    assert (whole["first"], whole["second"]) == ("words", "style")
    assert float(whole["cosine"]) == pytest.approx(facts["cosine"][0][1])
    assert float(whole["shared_energy"]) == pytest.approx(2 * 0.5 * -2 * float(whole["product"]))


def test_spectra_are_tidy(run, stack, tmp_path):
    """Each adapter, and the stack, as the stack adds them; of the base σ₁."""
    facts = json.loads(run(*stack, "--json", "--modules", "-o", "out")[1])
    rows = rows_of(tmp_path / "out" / "spectra.csv")
    named = {(row["of"], row["scale"]) for row in rows}
    assert named == {
        *(("words", "0.5"), ("words", "0.25"), ("style", "-2.0"), ("stack", ""), ("base", ""))
    }
    for number, one in enumerate(facts["modules"]):
        own = [row for row in rows if row["module"] == one["module"]]
        whole = [float(row["singular_value"]) for row in own if row["of"] == "stack"]
        assert whole[:8] == one["singular_values"]
        assert [row["index"] for row in own if row["of"] == "stack"] == [
            str(i + 1) for i in range(len(whole))
        ]
        (base,) = (row for row in own if row["of"] == "base")
        assert float(base["singular_value"]) == one["base_sigma_1"]
        for place, name in enumerate(("words", "style")):
            values = [float(row["singular_value"]) for row in own if row["of"] == name]
            norm = facts["modules"][number]["norms"][place]
            assert math.hypot(*values) == pytest.approx(norm, abs=1e-12)


class Seen(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.depth = [], "", 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.depth += tag not in ("meta", "rect", "line")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        self.depth -= 1

    def handle_data(self, data):
        self.text += data


def page_of(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    return text, Seen(text)


def test_the_page_stands_alone(run, stack, tmp_path):
    run(*stack, "-o", "out")
    text, seen = page_of(tmp_path / "out")
    assert seen.depth == 0  # every tag is closed
    assert not [attrs for _, attrs in seen.tags if "src" in attrs or "href" in attrs]
    assert not re.search(r"url\(|@import|https?:", text)
    assert [tag for tag, _ in seen.tags].count("script") == 1
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    for said in ("words", "style", "σ₁ of W₀", "loraviewer lab weights --base", "coherence"):
        assert said in seen.text
    for sha256 in (one["sha256"] for one in json.loads(run(*stack, "--json")[1])["adapters"]):
        assert sha256 in seen.text


NAMES = (
    "<img src=x onerror=alert(1)>",
    "a' onmouseover='alert(2)' \"b",
    "</script><script>alert(3)",
    "\x1b[31mred\u202etxt",
)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_only_text(run, tiny_folder, tmp_path, name):
    lora = tmp_path / f"{name.replace('/', '∕')}.safetensors"
    lora.write_bytes((tiny_folder / "words.safetensors").read_bytes())
    flags = ("--base", tiny_folder / "sd", "--lora", lora, "--lora", f"{lora}:-0.5")
    status, out, err = run(*flags, "-o", "out")
    assert (status, err) == (0, "")
    assert all(line.isprintable() for line in out.splitlines())
    _, seen = page_of(tmp_path / "out")
    assert [tag for tag, _ in seen.tags].count("script") == 1
    assert not [tag for tag, _ in seen.tags if tag == "img"]
    assert not [key for _, attrs in seen.tags for key in attrs if key.startswith("on")]
    shown = lora.stem.replace("\x1b", "�").replace("\u202e", "�")
    assert f"{shown} (2)" in seen.text


def test_strengths_of_blocks_are_told_everywhere(run, tiny_folder, tmp_path):
    lora = f"{tiny_folder / 'style.safetensors'}:0.8@M00=0.5"
    _, printed, _ = run("--base", tiny_folder / "sd", "--lora", lora, "-o", "out")
    assert "0.8 @ M00=0.5" in page_of(tmp_path / "out")[1].text
    assert "times M00=0.5" in printed
    _, printed, _ = run("--base", tiny_folder / "sd", "--lora", lora, "--json")
    assert json.loads(printed)["adapters"][0]["block_scales"] == {"M00": 0.5}


def test_names_that_are_no_text(run, tiny_folder, tmp_path):
    lora = Path(f"{tmp_path}/\udcff.safetensors")
    try:
        lora.write_bytes((tiny_folder / "words.safetensors").read_bytes())
    except (OSError, UnicodeError):
        pytest.skip("this file system only knows text")
    status, _, err = run("--base", tiny_folder / "sd", "--lora", lora, "-o", "out")
    assert (status, err) == (0, "")
    assert {file.name for file in (tmp_path / "out").iterdir()} == FILES


@pytest.fixture
def half(tiny_folder, tmp_path_factory):
    """Of each module that lands also a twin, three times as strong, that the base does not have."""
    tensors = load_file(tiny_folder / "words.safetensors")
    lost = {f"unet.elsewhere.{k}": 3 * t if "lora_B" in k else t for k, t in tensors.items()}
    path = tmp_path_factory.mktemp("half") / "half.safetensors"
    save_file(tensors | {name: tensor.clone() for name, tensor in lost.items()}, path)
    return path


def test_a_half_loaded_adapter_shows_its_part(run, tiny_folder, half, tmp_path):
    flags = ("--base", tiny_folder / "sd", "--lora", half)
    status, out, err = run(*flags, "--json", "-o", "out")
    assert status == 0
    (landing,) = json.loads(out)["landings"]
    assert (landing["matched"], landing["total"], len(landing["unmatched"])) == (5, 10, 5)
    assert landing["energy_share"] == pytest.approx(0.1)
    assert "5 of 10 modules fit this checkpoint" in err
    _, seen = page_of(tmp_path / "out")
    assert "“half” landed only in part: 5 of 10 modules and 10.0% of its energy" in seen.text
    assert "⚠ 5 of 10" in seen.text
    status, out, err = run(*flags, "--strict")
    assert (status, out, err.count("\n")) == (1, "", 1)


def test_headers_alone(run, stack, tiny_folder, tmp_path):
    """All but what is relative to the base; which may hold anything, as long as its headers fit."""
    whole = json.loads(run(*stack, "--modules", "--json")[1])
    base = blanked(tiny_folder / "sd", tmp_path / "blank")
    flags = ("--base", base, *stack[2:], "--headers")
    status, out, err = run(*flags, "--modules", "--json", "-o", "out")
    assert (status, err) == (0, "")
    facts = json.loads(out)
    assert facts.pop("needs_base") == []
    facts.pop("output")
    assert_same_but_for_the_base(facts, whole)
    assert not [row for row in rows_of(tmp_path / "out" / "spectra.csv") if row["of"] == "base"]
    _, seen = page_of(tmp_path / "out")
    assert "is not known without these" in seen.text
    assert "not read: headers only" in seen.text


def blanked(folder, copy):
    """The same headers over nothing but ones, all bits set: not a number, if anybody reads them."""
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        target = copy / file.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        raw = file.read_bytes()
        if file.suffix == ".safetensors":
            start = 8 + int.from_bytes(raw[:8], "little")
            raw = raw[:start] + b"\xff" * (len(raw) - start)
        target.write_bytes(raw)
    return copy


def assert_same_but_for_the_base(found, known):
    if isinstance(known, dict):
        assert found.keys() == known.keys()
        for name in known:
            if name in ("relative", "base_norm", "base_sigma_1"):
                assert found[name] is None
            else:
                assert_same_but_for_the_base(found[name], known[name])
    elif isinstance(known, list):
        assert len(found) == len(known)
        for one, other in zip(found, known, strict=True):
            assert_same_but_for_the_base(one, other)
    else:
        assert found == known


def test_what_needs_the_base_is_named_and_left_out(run):
    flags = ("--base", "demo", "--headers", "--lora", "stained-glass", "--lora", "night:0.5")
    status, out, err = run(*flags, "--json")
    assert status == 0
    facts = json.loads(out)
    (gone,) = facts["needs_base"]
    assert (gone["name"], gone["kinds"], len(gone["modules"])) == ("stained-glass", ["dora"], 114)
    assert "unet.mid_block.attentions.0.proj_in" in gone["modules"]
    assert err.count("\n") == 1
    assert "stained-glass: 114 modules (dora)" in err
    silent, loud = facts["adapters"]
    assert (silent["modules"], silent["norm"], silent["share"]) == (0, None, None)
    assert loud["share"] == pytest.approx(1.0)
    assert facts["stack"]["norm"] == pytest.approx(loud["norm"])


def test_stopping_leaves_nothing(run, stack, tmp_path, monkeypatch):
    rows = module_report.spectrum_rows

    def stopped(*given):
        yield next(rows(*given))
        raise KeyboardInterrupt

    monkeypatch.setattr(module_report, "spectrum_rows", stopped)
    status, out, err = run(*stack, "-o", "out", "--json")
    assert (status, out, err) == (130, "", "loraviewer: stopped.\n")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_by_half_a_result(run, stack, tmp_path, monkeypatch):
    """A full disk at the last file."""
    assert run(*stack, "-o", "out")[0] == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}

    def full(self, text, **_):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    status, out, err = run(*stack[:4], "-o", "out", "--force")
    assert (status, out) == (1, "")
    assert "No space left" in err
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before


def test_it_prints_tables(run, tiny_folder):
    words, style = (tiny_folder / f"{name}.safetensors" for name in ("words", "style"))
    status, out, err = run(
        "--base", tiny_folder / "sd", "--lora", f"{words}:0.7:0.2", "--lora", style
    )
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[1].split()[:5] == ["words", "0.7", ":", "0.2", "5"]
    assert lines[3].split()[:3] == ["the", "stack", "5"]
    assert "cosines" in out


def test_silent_adapters_keep_their_rows(run, tiny_folder):
    words = tiny_folder / "words.safetensors"
    flags = ("--base", tiny_folder / "sd", "--lora", f"{words}:0", "--modules", "--json")
    facts = json.loads(run(*flags)[1])
    (only,) = facts["adapters"]
    assert (only["scale"], only["norm"], only["relative"], only["modules"]) == (0.0, 0.0, 0.0, 5)
    assert only["norm_at_one"] > 0.0
    assert only["share"] is None
    assert (facts["stack"]["modules"], facts["stack"]["relative"]) == (0, None)
    assert facts["blocks"] == facts["modules"] == []


def test_an_adapter_given_twice_is_two_rows(run, tiny_folder):
    words = tiny_folder / "words.safetensors"
    twice = ("--lora", f"{words}:0.5", "--lora", f"{words}:0.5")
    flags = ("--base", tiny_folder / "sd", "--json")
    two = json.loads(run(*flags, *twice)[1])
    one = json.loads(run(*flags, "--lora", words)[1])
    assert two["stack"]["norm"] == pytest.approx(one["stack"]["norm"])
    assert [row["share"] for row in two["adapters"]] == pytest.approx([0.5, 0.5])
    assert two["stack"]["coherence"] == pytest.approx(math.sqrt(2))


def test_wrong_usage_and_failures(run, tiny_folder, tmp_path):
    words = tiny_folder / "words.safetensors"
    assert run("--base", "demo")[0] == 2
    (tmp_path / "taken").write_text("mine")
    for flags in (("--base", "nothing"), ("--base", tiny_folder / "sd", "-o", "taken")):
        status, out, err = run(*flags, "--lora", words)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert "Traceback" not in err
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_files_are_only_replaced_when_asked(run, tiny_folder, tmp_path):
    flags = ("--base", tiny_folder / "sd", "--lora", tiny_folder / "style.safetensors", "-o", "out")
    assert run(*flags)[0] == 0
    for file in FILES - {"report.html"}:
        (tmp_path / "out" / file).unlink()
    status, _, err = run(*flags)  # one of them is enough
    assert status == 1
    assert "--force" in err
    assert run(*flags, "--force")[0] == 0
