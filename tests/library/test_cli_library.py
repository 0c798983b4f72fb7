"""`loraviewer library`: what it prints, and with which status it ends."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from loraviewer.__main__ import COMMANDS
from loraviewer.cli import commands as cli
from loraviewer.core.library.entries import LibraryNote
from loraviewer.core.resources import demo_adapters
from tests.library.conftest import Room
from tests.library.test_scanning import refuse

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(room: Room, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Over the files of the room's library, which has no folder."""
    room.library.drop_folder(str(room.folder))
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: room.root / "cache")
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: room.root / "data")
    monkeypatch.chdir(room.root)

    def call(*arguments: object) -> tuple[int, str, str]:
        status = cli.run(["library", *map(str, arguments)])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


def told(answer: tuple[int, str, str]) -> dict[str, Any]:
    status, out, err = answer
    assert (status, err) == (0, "")
    return json.loads(out)


def test_it_is_a_command() -> None:
    assert "library" in COMMANDS


def test_scan_search_and_list(run: Run, room: Room) -> None:
    for path in demo_adapters():
        shutil.copy(path, room.folder)
    (room.folder / "old.ckpt").write_bytes(b"PK\x03\x04" + bytes(600))
    scanned = told(run("scan", "loras", "--json"))
    count = len(demo_adapters())
    assert scanned["folders"] == [str(room.folder)]
    assert (scanned["files"], scanned["read"], scanned["unreadable"]) == (count + 1, count + 1, 1)
    found = told(run("search", "manga", "--json"))
    assert found["count"] == 1
    assert found["files"][0]["path"] == room.path("manga.safetensors")
    assert found["files"][0]["family"] == "demo"
    assert found["files"][0]["ranks"] == {"min": 12, "max": 12}
    listed = told(run("list", "--json"))
    assert (listed["adapters"], listed["checkpoints"], listed["unreadable"]) == (count, 0, 1)
    assert "is a pickle" in listed["problems"][0]["problem"]
    assert listed["folders"][0]["is_there"] is True


def test_lines_for_a_person(run: Run, room: Room) -> None:
    path = room.write("ink.safetensors", rank=4, ss_output_name="Ink wash")
    assert run("scan", room.folder)[:2] == (
        0,
        f"folders: {room.folder}\nfiles: 1\nread: 1\nmoved: 0\ngone: 0\nadapters: 1\n"
        "checkpoints: 0\nunreadable: 0\n",
    )
    room.library.set_note(str(path), LibraryNote(is_favourite=True))
    status, out, _ = run("search", "ink")
    assert (status, out) == (0, f"★  sd1  lora  4  {path}  Ink wash\nfiles: 1\n")
    assert run("search", "nothing")[:2] == (0, "files: 0\n")
    status, out, _ = run("list")
    assert out.splitlines()[-1] == "adapters: 1, checkpoints: 0, unreadable: 0"


def test_filters(run: Run, room: Room) -> None:
    for rank in (4, 8, 16):
        room.write(f"sub{rank}/r{rank}.safetensors", rank=rank)
    told(run("scan", "loras", "--json"))

    def names(*asked: object) -> list[str]:
        return [file["name"] for file in told(run("search", *asked, "--json"))["files"]]

    assert names("--rank", "8-20") == ["r16", "r8"]
    assert names("--rank", "8") == ["r8"]
    assert names("--order", "rank", "--reverse") == ["r4", "r8", "r16"]
    assert names("--folder", "loras/sub8") == ["r8"]
    assert names("--kind", "LoRA", "r1") == ["r16"]
    assert names("--family", "sd1") == ["r16", "r4", "r8"]
    assert names("--family", "sdxl") == names("--favourite") == names("--checkpoints") == []
    assert names("--unreadable") == []


def test_a_rescan_needs_no_folder(run: Run, room: Room) -> None:
    told(run("scan", "loras", "--json"))
    room.write("new.safetensors")
    assert told(run("scan", "--json"))["read"] == 1


def test_folders_of_other_programs_are_told(
    run: Run, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    (room.root / "ComfyUI" / "models" / "loras").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(room.root))
    monkeypatch.setenv("USERPROFILE", str(room.root))
    others = told(run("list", "--folders", "--json"))["other_folders"]
    there = str(room.root / "ComfyUI" / "models" / "loras")
    assert {"path": there, "program": "ComfyUI"} in others


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("scan",), 1, "loraviewer: The library has no folder yet; name one: library scan FOLDER."),
        (("scan", "none"), 1, "loraviewer: “none”: there is no such folder."),
        (("search", "--rank", "x"), 2, "“x” is no rank"),
        (("search", "--rank", "1-"), 2, "“1-” is no rank"),
        (("search", "--rank", "32-8"), 2, "No rank is within “32-8”; write 8-32."),
        (("search", "--family", "sd9"), 2, "“sd9” is none of"),
        (("search", "--order", "age"), 2, "age"),
        (("search", "--checkpoints", "--unreadable"), 2, "does not go with"),
        (("prune",), 2, "prune"),
    ],
)
def test_what_goes_wrong(run: Run, arguments: tuple[str, ...], status: int, said: str) -> None:
    ended, out, err = run(*arguments)
    assert (ended, out) == (status, "")
    assert said in err
    assert status == 2 or len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--folder", "nosuch"), "There is no folder “{root}/nosuch”."),
        (("--folder", "other"), "“{root}/other” lies in no folder of the library, which has “"),
        (("--kind", "laro"), "No adapter of the library is of the kind “laro”; there are lora."),
        (("--checkpoints", "--rank", "8"), "Checkpoints have no rank and no kind; leave "),
        (("--unreadable", "--kind", "lora"), "Files that cannot be read have no rank"),
        (("nobody calls it so",), ""),
        (("--folder", "."), ""),
    ],
)
def test_why_nothing_can_be_found_is_told(
    run: Run, room: Room, arguments: tuple[str, ...], said: str
) -> None:
    room.write("one.safetensors")
    (room.root / "other").mkdir()
    told(run("scan", room.folder, "--json"))
    if arguments == ("--folder", "."):
        assert told(run("search", *arguments, "--json"))["count"] == 1
        return
    status, out, err = run("search", *arguments)
    assert (status, out) == (0, "files: 0\n")
    assert err.count("\n") == (1 if said else 0)
    assert err.startswith(f"loraviewer: note: {said.format(root=room.root)}" if said else "")


def test_a_library_without_folders_says_so(run: Run, room: Room) -> None:
    assert "The library has no folder yet" in run("search", "x")[2]
    assert "There is no folder" in run("list", "nosuch")[2]


def test_an_index_that_is_in_the_way(run: Run, room: Room) -> None:
    shutil.rmtree(room.root / "cache", ignore_errors=True)
    Path(room.root / "cache").write_bytes(b"")
    status, out, err = run("search", "x")
    assert (status, out) == (1, "")
    assert "cannot be used" in err


def test_folders_that_cannot_be_read_are_told_by_a_scan(
    run: Run, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.write("closed/b.safetensors")
    closed = str(room.folder / "closed")
    refuse(monkeypatch, closed)
    problem = f"“{closed}” cannot be read: Permission denied."
    facts = told(run("scan", room.folder, "--json"))
    assert facts["unread_folders"] == [{"path": closed, "problem": problem}]
    assert problem in run("scan")[1].splitlines()
