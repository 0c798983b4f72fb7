"""The composition root with a scripted engine: what is opened, what is remembered."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from loraviewer.app.services import services
from loraviewer.app.studio import Studio, first_rows, make_engine
from loraviewer.bridge.services import DemoAdapter
from loraviewer.core import resources
from loraviewer.core.cancel import CancelToken
from loraviewer.core.examples import OPENING
from loraviewer.core.infotext import from_json
from loraviewer.core.outcome import FileError, Rendered, RequestError, Timings
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.settings import Settings
from loraviewer.core.settings_file import SettingsFile
from loraviewer.core.stack import AppliedAdapter
from tests import a1111_reader
from tests.fakes import ScriptedEngine, picture_of


@pytest.fixture
def open_studio(qapp, tmp_path) -> Iterator:
    """Opens studios in the test's own folder, with an engine that draws flat colours."""
    studios: list[Studio] = []

    def open_studio(*paths: str, engine: ScriptedEngine | None = None) -> Studio:
        studio = Studio(
            tmp_path, tmp_path / "cache", lambda settings: engine or ScriptedEngine(), paths
        )
        studios.append(studio)
        studio.window.show()
        return studio

    yield open_studio
    for studio in studios:
        studio.window.close()
        studio.dispose()


def test_the_first_start_opens_the_demo_with_adapters_in_the_stack(open_studio, qtbot):
    engine = ScriptedEngine()
    studio = open_studio(engine=engine)
    pane = studio.controller.panes.pane
    qtbot.waitUntil(lambda: pane("base").shown is not None and not pane("current").is_busy)
    assert engine.loaded == ["demo"]
    assert studio.controller.prompt.sampling.prompt == OPENING.prompt


def test_adapters_on_the_command_line_go_on_the_demo(open_studio, tiny_folder, qtbot):
    studio = open_studio(str(tiny_folder / "style.safetensors"))
    qtbot.waitUntil(lambda: len(studio.controller.stack.stack.entries) == 1)
    assert studio.controller.stack.stack.entries[0].name == "style"


def test_relative_paths_are_remembered_as_absolute_ones(
    open_studio, tiny_folder, tmp_path, qtbot, monkeypatch
):
    (tmp_path / "models").mkdir()
    (tmp_path / "here").mkdir()
    shutil.copytree(tiny_folder / "sd", tmp_path / "models" / "base")
    shutil.copy(tiny_folder / "style.safetensors", tmp_path / "models")
    monkeypatch.chdir(tmp_path / "here")
    engine = ScriptedEngine()
    studio = open_studio("../models/base", "../models/./style.safetensors", engine=engine)
    base, adapter = str(tmp_path / "models" / "base"), tmp_path / "models" / "style.safetensors"
    pane = studio.controller.panes.pane
    qtbot.waitUntil(lambda: bool(pane("current").shown and pane("current").shown.request.adapters))
    assert engine.loaded == [base]
    assert SettingsFile(tmp_path / "settings.json").load().settings.recent_checkpoints == (base,)
    request = pane("current").shown.request
    assert (request.checkpoint.path, request.adapters[0].path) == (base, str(adapter))


def test_a_path_whose_parent_is_a_link_leads_where_the_system_leads(tmp_path, monkeypatch):
    (tmp_path / "far" / "inner").mkdir(parents=True)
    (tmp_path / "far" / "base").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far" / "inner")
    monkeypatch.chdir(tmp_path)
    assert resources.absolute_path("link/../base") == str(tmp_path / "link/../base")
    assert resources.absolute_path("far/inner/../base") == str(tmp_path / "far" / "base")
    assert resources.absolute_source("demo") == "demo"
    monkeypatch.setenv("HOME", "/home/x")
    assert resources.absolute_path("~/base") == "/home/x/base"


def test_a_folder_of_adapters_goes_on_the_demo_with_all_that_lie_in_it(
    open_studio, tiny_folder, tmp_path, qtbot
):
    folder = tmp_path / "loras"
    (folder / "sd" / "styles").mkdir(parents=True)
    shutil.copy(tiny_folder / "style.safetensors", folder / "sd" / "styles" / "deep.safetensors")
    shutil.copy(tiny_folder / "words.safetensors", folder)
    engine = ScriptedEngine()
    studio = open_studio(str(folder), engine=engine)
    qtbot.waitUntil(lambda: len(studio.controller.stack.stack.entries) == 2)
    assert {e.name for e in studio.controller.stack.stack.entries} == {"deep", "words"}
    qtbot.waitUntil(lambda: engine.loaded == ["demo"])


def test_what_is_named_and_cannot_be_opened_is_told(open_studio, tmp_path, qtbot):
    engine = ScriptedEngine()
    studio = open_studio(str(tmp_path / "nothing here"), engine=engine)
    with qtbot.waitSignal(studio.controller.notice) as notice:
        pass
    assert "nothing here" in notice.args[0].message
    qtbot.waitUntil(lambda: engine.loaded == ["demo"])


def test_the_folder_of_one_adapter_goes_on_the_demo(open_studio, tiny_folder, tmp_path, qtbot):
    folder = tmp_path / "manga"
    folder.mkdir()
    shutil.copy(tiny_folder / "style.safetensors", folder / "pytorch_lora_weights.safetensors")
    studio = open_studio(str(folder))
    qtbot.waitUntil(lambda: len(studio.controller.stack.stack.entries) == 1)
    entry = studio.controller.stack.stack.entries[0]
    assert (entry.name, Path(entry.path).parent) == ("manga", folder)


def test_choices_are_remembered(open_studio, tmp_path):
    studio = open_studio()
    studio.controller.set_live(False)
    assert SettingsFile(tmp_path / "settings.json").load().settings == Settings(is_live=False)
    assert not open_studio().controller.settings.settings.is_live


def test_a_broken_settings_file_is_told_and_the_studio_opens(open_studio, tmp_path, qtbot):
    (tmp_path / "settings.json").write_text('{"theme": "pink"}')
    studio = open_studio()
    with qtbot.waitSignal(studio.controller.notice) as notice:
        pass
    assert "settings.json" in notice.args[0].message


def test_the_device_of_the_settings_reaches_the_engine(qtbot, tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps({"device": "cuda", "dtype": "bfloat16"}))
    asked: list[Settings] = []

    def make(settings: Settings) -> ScriptedEngine:
        asked.append(settings)
        return ScriptedEngine()

    studio = Studio(tmp_path, tmp_path / "cache", make)
    studio.window.show()
    qtbot.waitUntil(lambda: len(asked) == 1)
    studio.window.close()
    studio.dispose()
    assert (asked[0].device, asked[0].dtype) == ("cuda", "bfloat16")


def test_first_rows_are_those_that_exist():
    adapters = [DemoAdapter("birds", "/demo/birds"), DemoAdapter("snow", "/demo/snow")]
    assert first_rows(adapters) == [("/demo/birds", 1.0, True)]
    assert first_rows([]) == []


def test_a_saved_picture_holds_its_whole_request(tmp_path):
    from loraviewer.pictures.png import read_record_text

    request = GenerationRequest(
        checkpoint=CheckpointRef("demo", "identity"), sampling=OPENING.sampling
    )
    rendered = Rendered(request, picture_of(request), Timings(), "fingerprint")
    services(tmp_path).save_png(tmp_path / "out.png", rendered)
    record = from_json(read_record_text(tmp_path / "out.png"))
    assert (record.request, record.fingerprint) == (request, "fingerprint")
    with pytest.raises(FileError, match="no-such-folder"):
        services(tmp_path).save_png(tmp_path / "no-such-folder" / "out.png", rendered)


@pytest.fixture
def made_with_files(tmp_path, tiny_folder):
    """Makes a picture of a checkpoint in one file and of an adapter."""
    base = tmp_path / "base, new.safetensors"
    save_file({"model.diffusion_model.out.2.bias": torch.zeros(4)}, base, {"format": "pt"})
    style = tiny_folder / "style.safetensors"

    def made_with_files(checkpoint: Path = base) -> Rendered:
        request = GenerationRequest(
            checkpoint=CheckpointRef(str(checkpoint), "fingerprint"),
            adapters=(AppliedAdapter(sha256(style), 0.5, 0.5, "style", str(style)),),
            sampling=OPENING.sampling,
        )
        return Rendered(request, picture_of(request), Timings(), "fingerprint")

    return made_with_files


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def text_of(path: Path) -> a1111_reader.Reading:
    with Image.open(path) as image:
        return a1111_reader.read(image.info["parameters"])


def test_galleries_find_the_files_of_a_saved_picture(made_with_files, tmp_path, tiny_folder):
    services(tmp_path / "cache").save_png(tmp_path / "out.png", made_with_files())
    fields = text_of(tmp_path / "out.png").fields
    assert fields["Model"] == "base, new"
    assert fields["Model hash"] == sha256(tmp_path / "base, new.safetensors")[:10]
    data = (tiny_folder / "style.safetensors").read_bytes()
    after_header = data[8 + int.from_bytes(data[:8], "little") :]
    short = hashlib.sha256(after_header).hexdigest()[:12]
    assert text_of(tmp_path / "out.png").hashes == {"style": short}


def test_a_folder_has_no_hash_that_a_gallery_knows(made_with_files, tmp_path, tiny_folder):
    services(tmp_path / "cache").save_png(tmp_path / "out.png", made_with_files(tiny_folder / "sd"))
    fields = text_of(tmp_path / "out.png").fields
    assert fields["Model"] == "sd"
    assert "Model hash" not in fields


def test_closing_saves_without_waiting_for_a_hash(made_with_files, tmp_path):
    found = services(tmp_path / "cache")
    found.give_up()
    rendered = made_with_files()
    found.save_png(tmp_path / "out.png", rendered)
    read = text_of(tmp_path / "out.png")
    assert "Model hash" not in read.fields
    assert read.hashes == {"style": rendered.request.adapters[0].sha256[:10]}


def test_hashes_are_remembered_in_the_cache_folder(tmp_path, tiny_folder):
    path, cache = tiny_folder / "style.safetensors", tmp_path / "cache"
    summary = services(cache).summarise(path, CancelToken())
    assert summary.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [file.name for file in cache.iterdir()] == ["hashes.sqlite"]
    assert services(cache).summarise(path, CancelToken()) == summary


def test_the_crowd_of_the_demo_is_written_once(tmp_path):
    unfold = services(tmp_path).unfold_crowd
    paths = [Path(path) for path in unfold()]
    assert len(paths) == len(set(paths)) == 101
    written = paths[5].stat().st_mtime_ns
    content = paths[7].read_bytes()
    paths[7].unlink()
    assert [Path(path) for path in unfold()] == paths
    assert paths[5].stat().st_mtime_ns == written
    assert paths[7].read_bytes() == content
    summary = services(tmp_path).summarise(paths[0], CancelToken())
    assert summary.sha256 == hashlib.sha256(paths[0].read_bytes()).hexdigest()


def test_checkpoint_files_are_told_from_adapters(tmp_path, tiny_folder):
    is_checkpoint = services(tmp_path).is_checkpoint
    unet = {"model.diffusion_model.input_blocks.0.0.weight": torch.zeros(1, 4, 3, 3)}
    key = "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight"
    save_file({**unet, key: torch.zeros(320, 768)}, tmp_path / "base.safetensors")
    assert is_checkpoint(tmp_path / "base.safetensors")
    assert not is_checkpoint(tiny_folder / "style.safetensors")
    assert not is_checkpoint(tmp_path / "missing.safetensors")


def test_a_setting_that_asks_for_another_machine_is_named():
    for settings, name in (
        (Settings(device="fpga"), "device"),
        (Settings(device="meta"), "device"),
    ):
        with pytest.raises(RequestError, match=f"setting “{name}” in settings"):
            make_engine(settings)
