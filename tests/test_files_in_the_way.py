"""No file of anybody's keeps the studio from starting, or loses what is in it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shiboken6 import isValid

from loraviewer.app.studio import Studio
from loraviewer.core.outcome import Failure
from loraviewer.core.settings import Settings
from loraviewer.core.settings_file import SettingsFile
from tests.fakes import ScriptedEngine

HUGE_BYTES = 1 << 40


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(HUGE_BYTES)


def _holding(data: bytes) -> Callable[[Path], None]:
    def hold(path: Path) -> None:
        path.write_bytes(data)

    return hold


IN_THE_WAY: dict[str, Callable[[Path], None]] = {
    "bad bytes": _holding(b'{"theme": "\xff\xfe", "notes": "\x00"}'),
    "a mark": _holding(b'\xef\xbb\xbf{"is_live": true}'),
    "wrong types": _holding(b'{"theme": [1], "recent_checkpoints": {"a": 2}, "notes": 7}'),
    "no table": _holding(b'[1, "x", null]'),
    "a newer version": _holding(b'{"version": 99, "presenter": {"rows": [1, {"a": 9e99}]}}'),
    "nothing": _holding(b""),
    "zeros": _holding(bytes(4096)),
    "depth": _holding(b'{"a":' * 100_000),
    "a variant": _holding(b"[General]\nwindow=@Variant(\\x7f\\xff\\xff)\nsplitter=1, 2, 3\n"),
    "a text": _holding(b"[General]\nwindow=here\nsplitter=there\n"),
    "endless": _huge,
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a circle": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("gone"),
}
NO_FILE = ("endless", "a folder", "a pipe", "a device", "a circle")
OWN = ("settings.json", "settings.lock", "window.ini")
BESIDE = (
    "style.json", "style.metadata.json", "style.civitai.info", "style.txt", "style.preview.png",
    "style.png", "style.description.txt", "style.safetensors.rgthree-info.json",
)  # fmt: skip


class Started(Studio):
    """With a scripted engine; `failures` are what it complains of."""

    def __init__(self, folder: Path, paths: tuple[str, ...]) -> None:
        engine = ScriptedEngine()
        super().__init__(folder / "config", folder / "cache", lambda _: engine, paths)
        self.failures: list[Failure] = []
        self.controller.notice.connect(self.failures.append)
        self.window.show()

    @property
    def said(self) -> str:
        return "\n".join(failure.message for failure in self.failures)

    def end(self) -> None:
        self.window.close()
        self.dispose()


@pytest.fixture
def started(qapp, qtbot, tmp_path) -> Iterator[Callable[..., Started]]:
    """Starts studios until they show a picture."""
    studios: list[Started] = []

    def started(*paths: Path) -> Started:
        studio = Started(tmp_path, tuple(map(str, paths)))
        studios.append(studio)
        pane = studio.controller.panes.pane
        qtbot.waitUntil(lambda: pane("base").shown is not None and not pane("current").is_busy)
        return studio

    yield started
    for studio in filter(isValid, studios):
        studio.end()


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_the_studio_starts_beside(kind, started, tmp_path, tiny_folder, qtbot):
    """All files of its own and all beside an adapter are in the way in the same manner."""
    config, cache, loras = tmp_path / "config", tmp_path / "cache", tmp_path / "loras"
    for folder in (config, cache, loras, loras / "peft"):
        folder.mkdir()
    for path in [*map(config.joinpath, OWN), cache / "hashes.sqlite", *map(loras.joinpath, BESIDE)]:
        IN_THE_WAY[kind](path)
    shutil.copy(tiny_folder / "style.safetensors", loras)
    shutil.copy(tiny_folder / "words.safetensors", loras / "peft" / "adapter_model.safetensors")
    IN_THE_WAY[kind](loras / "peft" / "adapter_config.json")
    studio = started(loras / "style.safetensors", loras / "peft")
    controller = studio.controller
    qtbot.waitUntil(lambda: "style" in [e.name for e in controller.stack.stack.entries])
    controller.set_live(False)  # saves the settings
    if kind == "a link to nothing":
        assert str(config / "settings.lock") in studio.said
    elif kind in NO_FILE:
        assert str(config / "settings.json") in studio.said
    else:
        assert not SettingsFile(config / "settings.json").load().settings.is_live


@pytest.mark.parametrize("kind", ["bad bytes", "no table", "nothing", "zeros", "depth", "a text"])
def test_what_cannot_be_read_is_named_and_kept(kind, started, tmp_path):
    path = tmp_path / "config" / "settings.json"
    path.parent.mkdir()
    IN_THE_WAY[kind](path)
    before = path.read_bytes()
    studio = started()
    assert f"“{path}”" in studio.said
    studio.controller.set_live(False)
    assert (path.parent / "settings.unreadable.json").read_bytes() == before
    assert SettingsFile(path).load() == (Settings(is_live=False), "")


@pytest.mark.parametrize("kind", NO_FILE)
def test_a_window_keeps_its_place_beside(kind, started, tmp_path):
    path = tmp_path / "config" / "window.ini"
    path.parent.mkdir()
    IN_THE_WAY[kind](path)
    studio = started()
    assert f"“{path}”" in studio.said
    assert "window-2.ini" in studio.said
    studio.end()
    assert b"window=" in (path.parent / "window-2.ini").read_bytes()
    assert os.path.lexists(path)


@pytest.mark.parametrize("name", ["config", "cache"])
def test_the_studio_starts_where_its_folders_are_files(name, started, tmp_path):
    (tmp_path / name).write_text("no folder")
    studio = started()
    studio.controller.set_live(False)
    assert ("settings.json" in studio.said) == (name == "config")
    assert (tmp_path / name).read_text() == "no folder"


def test_a_trace_that_cannot_be_written_is_told(started, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LORAVIEWER_TRACE", str(tmp_path))
    started()
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_named_at_the_start(kind, started, tmp_path, qtbot):
    """A weight file that is none; where its name is a folder's, the folder is opened."""
    path = tmp_path / "style.safetensors"
    IN_THE_WAY[kind](path)
    studio = started(path)
    if kind != "a folder":
        qtbot.waitUntil(lambda: "style.safetensors" in studio.said)


ODD_PATHS = ["", "\0", "a" * 5_000, "relative/base", "/dev/null", "/\udc80", "x\ny", "/"]


def test_the_list_of_bases_opens_on_odd_settings(started, tmp_path, qtbot):
    odd = {
        "recent_checkpoints": ODD_PATHS,
        "favourite_checkpoints": ODD_PATHS[::-1],
        "base_facts": {p: {"family": "no\nfamily", "weight_bytes": -5} for p in ODD_PATHS[:4]},
        "family_overrides": {"f" * 64: "none of ours", "": ""},
        "components_folder": "\0",
        "device": "toaster",
        "memory_budget_gb": 1e300,
    }
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.json").write_text(json.dumps(odd))
    studio = started()
    assert [row.path for row in studio.controller.bases.rows()][1:] == ODD_PATHS[::-1]
    studio.window.top_bar.picker.open_list()
    studio.window.grab()
    for path in ODD_PATHS:
        studio.controller.bases.forget(path)
    assert len(studio.controller.bases.rows()) == 1
