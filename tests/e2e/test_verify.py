"""`loraviewer verify` on the demo: the same, nearly the same, otherwise and why, or impossible."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.cli.commands import run
from loraviewer.core.resources import demo_adapters
from tests.core.foreign import writers

MANGA, BIRDS = (next(p for p in demo_adapters() if p.stem == n) for n in ("manga", "birds"))
Verify = Callable[..., tuple[int, dict, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with a picture of one step, and the adapter that it was made with."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copy(MANGA, folder / "style.safetensors")
    options = ["--base", "demo", "--lora", f"{folder / 'style.safetensors'}:0.8", "--seed", "3"]
    words = ["--prompt", "a girl in a meadow", "--steps", "1", "--size", "64x64"]
    assert run(["render", *options, *words, "-o", str(folder / "a.png")]) == 0
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of the picture alone, in a folder of the test."""
    shutil.copy(made / "a.png", tmp_path / "a.png")
    return tmp_path


@pytest.fixture
def verify(capsys) -> Verify:
    def verify(path: Path) -> tuple[int, dict, str]:
        capsys.readouterr()
        status = run(["verify", str(path), "--json"])
        told = capsys.readouterr()
        return status, json.loads(told.out), told.err

    return verify


def resave(path: Path, change: Callable[[Image.Image], None], record: dict | None = None) -> None:
    """The same texts over other pixels."""
    with Image.open(path) as opened:
        texts = dict(opened.text)  # type: ignore[attr-defined]
        picture = opened.convert("RGB")
    if record is not None:
        own = json.loads(texts["loraviewer"])
        texts["loraviewer"] = json.dumps(own | record)
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    change(picture)
    picture.save(path, pnginfo=info)


def brighten(levels: int) -> Callable[[Image.Image], None]:
    def change(picture: Image.Image) -> None:
        red, green, blue = picture.getpixel((5, 5))  # type: ignore[misc]
        moved = red + levels if red < 128 else red - levels
        picture.putpixel((5, 5), (moved, green, blue))

    return change


def test_an_untouched_picture_is_identical(folder: Path, verify: Verify, capsys):
    status, facts, _ = verify(folder / "a.png")
    expected = {"result": "identical", "max_difference": 0, "mean_difference": 0.0}
    assert (status, facts) == (0, {**expected, "causes": [], "missing": []})
    assert run(["verify", str(folder / "a.png")]) == 0
    assert "identical" in capsys.readouterr().out


def test_a_pixel_by_one_level_is_within(folder: Path, verify: Verify):
    resave(folder / "a.png", brighten(1))
    status, facts, _ = verify(folder / "a.png")
    assert (status, facts["result"], facts["max_difference"]) == (0, "within", 1)
    assert facts["mean_difference"] == pytest.approx(1 / (64 * 64 * 3), abs=1e-6)


def test_an_edited_picture_is_different_and_nothing_else_was(folder: Path, verify: Verify):
    resave(folder / "a.png", brighten(100))
    status, facts, error = verify(folder / "a.png")
    assert (status, facts["result"], facts["max_difference"]) == (1, "different", 100)
    assert "pixels were changed" in facts["causes"][0]
    assert error.count("\n") == 1
    assert "a.png" in error


def test_other_versions_are_the_cause_that_is_told(folder: Path, verify: Verify):
    resave(folder / "a.png", brighten(100), {"versions": {"torch": "1.0", "loraviewer": "0.0.1"}})
    _, facts, _ = verify(folder / "a.png")
    assert facts["result"] == "different"
    assert any("torch was 1.0" in cause for cause in facts["causes"])


def test_another_device_is_told_and_this_one_taken(folder: Path, verify: Verify):
    with Image.open(folder / "a.png") as opened:
        request = json.loads(opened.text["loraviewer"])["request"]  # type: ignore[attr-defined]
    moved = {"request": request | {"device": "mps"}}
    resave(folder / "a.png", brighten(100), moved)
    _, facts, _ = verify(folder / "a.png")
    assert facts["causes"][0] == "the device was mps and is cpu"


def test_an_adapter_that_is_gone_is_found_by_its_content(made: Path, folder: Path, verify: Verify):
    shutil.copy(BIRDS, folder / "style.safetensors")
    hidden = made / "style.safetensors"
    hidden.rename(made / "hidden")
    try:
        status, facts, _ = verify(folder / "a.png")
    finally:
        (made / "hidden").rename(hidden)
    # The same content lies in the demo under another name, another one under this name beside it.
    assert (status, facts["result"]) == (0, "identical")


def test_an_adapter_of_another_content_and_no_other_like_it(folder: Path, verify: Verify, capsys):
    own = folder / "own.safetensors"
    own.write_bytes(MANGA.read_bytes())
    out = folder / "b.png"
    words = ["--prompt", "a cat", "--steps", "1", "--size", "64x64", "-o", str(out)]
    _set_metadata(own, "first")
    assert run(["render", "--base", "demo", "--lora", f"{own}:1", *words]) == 0
    own.write_bytes(BIRDS.read_bytes())
    status, facts, _ = verify(out)
    assert (status, facts["result"]) == (1, "different")
    assert facts["causes"][0] == "the adapter “own” has changed since"
    own.unlink()
    status, facts, error = verify(out)
    assert (status, facts["result"], facts["max_difference"]) == (1, "impossible", None)
    assert facts["missing"] == ["the adapter “own” is not there"]
    assert "own" in error


def test_a_base_that_is_gone_is_impossible(folder: Path, verify: Verify):
    with Image.open(folder / "a.png") as opened:
        request = json.loads(opened.text["loraviewer"])["request"]  # type: ignore[attr-defined]
    gone = request["checkpoint"] | {"path": "/gone/base.safetensors"}
    resave(folder / "a.png", lambda _: None, {"request": request | {"checkpoint": gone}})
    status, facts, _ = verify(folder / "a.png")
    assert (status, facts["result"]) == (1, "impossible")
    assert any("/gone/base.safetensors" in words for words in facts["missing"])


def test_pictures_of_others_cannot_be_verified(tmp_path: Path, verify: Verify, capsys):
    info = PngInfo()
    info.add_text("parameters", writers.a1111("a cat"))
    Image.new("RGB", (8, 8)).save(tmp_path / "other.png", pnginfo=info)
    status, facts, _ = verify(tmp_path / "other.png")
    assert (status, facts["result"]) == (1, "impossible")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n")
    assert run(["verify", str(tmp_path / "nothing.png"), "--json"]) == 1
    assert run(["verify", str(tmp_path / "broken.png")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 2


def test_a_picture_cut_to_another_size_is_different(folder: Path, verify: Verify):
    with Image.open(folder / "a.png") as opened:
        text = opened.text["loraviewer"]  # type: ignore[attr-defined]
    info = PngInfo()
    info.add_text("loraviewer", text)
    Image.new("RGB", (32, 64)).save(folder / "a.png", pnginfo=info)
    status, facts, _ = verify(folder / "a.png")
    assert (status, facts["result"]) == (1, "different")
    assert "size" in facts["causes"][0]


def _set_metadata(path: Path, text: str) -> None:
    """The same weights under another hash of the whole file."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = {"note": text}
    encoded = json.dumps(header).encode()
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + data[8 + length :])


def test_a_record_that_asks_for_what_cannot_be(folder: Path, verify: Verify):
    with Image.open(folder / "a.png") as opened:
        request = json.loads(opened.text["loraviewer"])["request"]  # type: ignore[attr-defined]
    sampling = request["sampling"] | {"sampler": "Nope"}
    resave(folder / "a.png", brighten(0), {"request": request | {"sampling": sampling}})
    status, facts, error = verify(folder / "a.png")
    assert (status, facts["result"]) == (1, "impossible")
    assert "“Nope”" in facts["missing"][0]
    assert "a.png" in error


def test_a_base_of_a_name_that_no_file_can_have_is_not_there(folder: Path, verify: Verify):
    with Image.open(folder / "a.png") as opened:
        request = json.loads(opened.text["loraviewer"])["request"]  # type: ignore[attr-defined]
    moved = request | {"checkpoint": {"path": "x" * 5_000, "identity": ""}}
    resave(folder / "a.png", brighten(0), {"request": moved})
    status, facts, _ = verify(folder / "a.png")
    assert (status, facts["result"]) == (1, "impossible")
    assert "is not there" in facts["missing"][0]
