"""Folders of other programs, as these lay them out."""

from pathlib import Path

import pytest

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.library.port import FolderCount, KnownFolder
from loraviewer.library import known_folders as module
from loraviewer.library.extra_paths import extra_paths
from loraviewer.library.known_folders import count_files, known_folders
from tests.library.conftest import Room


def made(root: Path, *folders: str) -> list[str]:
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return [str(root / folder) for folder in folders]


def found(place: Path, data: Path | None = None) -> dict[str, list[str]]:
    programs: dict[str, list[str]] = {}
    for folder in known_folders([place], [data] if data else []):
        programs.setdefault(folder.program, []).append(folder.path)
    return {name: sorted(paths) for name, paths in programs.items()}


@pytest.fixture(autouse=True)
def _no_invokeai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INVOKEAI_ROOT", raising=False)


@pytest.mark.parametrize(
    ("program", "folders"),
    [
        ("ComfyUI", ("ComfyUI/models/checkpoints", "ComfyUI/models/loras")),
        ("ComfyUI", ("ComfyUI_windows_portable/ComfyUI/models/loras",)),
        (
            "AUTOMATIC1111",
            (
                "stable-diffusion-webui/models/Lora",
                "stable-diffusion-webui/models/Stable-diffusion",
            ),
        ),
        ("AUTOMATIC1111", ("AI/sd.webui/webui/models/Lora",)),
        ("Forge", ("stable-diffusion-webui-forge/models/Lora",)),
        ("Forge", ("code/webui_forge_cu121_torch231/webui/models/Stable-diffusion",)),
        ("SD.Next", ("sdnext/models/Lora", "sdnext/models/Stable-diffusion")),
        ("SD.Next", ("automatic/models/Lora",)),
        ("Fooocus", ("Fooocus/models/checkpoints", "Fooocus/models/loras")),
        ("InvokeAI", ("invokeai/models",)),
        ("SwarmUI", ("SwarmUI/Models/Lora", "SwarmUI/Models/Stable-Diffusion")),
    ],
)
def test_programs_where_they_usually_are(
    tmp_path: Path, program: str, folders: tuple[str, ...]
) -> None:
    made(tmp_path, "unrelated/models/loras", "ComfyUI-notes", "unrelated/ComfyUI/models/loras")
    paths = made(tmp_path, *folders)
    assert found(tmp_path) == {program: sorted(paths)}


def test_krita_keeps_its_server_among_its_data(tmp_path: Path) -> None:
    paths = made(tmp_path, "krita/ai_diffusion/server/ComfyUI/models/loras")
    assert found(tmp_path / "none", tmp_path) == {"Krita AI Diffusion": paths}


def test_invokeai_says_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = made(tmp_path, "anywhere/models")
    monkeypatch.setenv("INVOKEAI_ROOT", str(tmp_path / "anywhere"))
    assert found(tmp_path / "none") == {"InvokeAI": paths}


def test_comfyui_is_told_of_more(tmp_path: Path) -> None:
    own = made(tmp_path, "ComfyUI/models/loras")
    more = made(tmp_path, "big/lora", "big/lyco", "big/base", "ComfyUI/near")
    (tmp_path / "ComfyUI" / "extra_model_paths.yaml").write_text(
        f"one:\n  base_path: {tmp_path}/big/\n  is_default: true\n  loras: |\n    lora\n    lyco\n"
        "  checkpoints: base\n  clip: lora/none\ntwo:\n  loras: near\n  unet: missing\n"
    )
    assert found(tmp_path) == {"ComfyUI": sorted([*own, *more])}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b",
        "one: [",
        "one: 7",
        "one:\n  base_path: [a]\n  loras: {a: b}",
        "one: !!python/object/apply:os.system ['false']",
        "a: &a\n  loras: *a",
        "[" * 400,
        'one:\n  loras: "a\\0b"',
        "x: 1\n" * 100_000,
    ],
)
def test_texts_of_strangers(tmp_path: Path, text: str) -> None:
    (tmp_path / "extra_model_paths.yaml").write_text(text)
    assert extra_paths(tmp_path / "extra_model_paths.yaml") == []


def test_each_folder_once_and_not_those_of_the_library(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = room.root / "home"
    loras, bases = made(home, "ComfyUI/models/loras", "ComfyUI/models/checkpoints")
    (home / "Documents").symlink_to(home, target_is_directory=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    room.library.add_folder(loras)
    here = [one for one in room.library.known_folders() if one.path.startswith(str(home))]
    assert here == [KnownFolder(bases, "ComfyUI")]


def test_files_are_counted_by_name_and_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/x.safetensors", "a/b/y.SAFETENSORS", "a/b/notes.txt", "a/._x.safetensors"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    assert count_files(tmp_path, CancelToken()) == FolderCount(2)
    monkeypatch.setattr(module, "_MOST_PLACES", 2)
    assert count_files(tmp_path, CancelToken()) == FolderCount(1, is_all=False)
    cancelled = CancelToken()
    cancelled.cancel()
    with pytest.raises(Cancelled):
        count_files(tmp_path, cancelled)
