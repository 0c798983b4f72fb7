"""Files on their way into the stack: one step, one notice, never in the way of the window."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from loraviewer.bridge.adapters.adapter_intake import MANY_ADAPTERS
from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.drops import Dropped, read_drop
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Failure
from loraviewer.core.stack import StackEntry
from tests.bridge.conftest import both_shown, dispose, summarise
from tests.fakes import PATIENCE_S
from tests.shown import shown_by


def until(qtbot, condition) -> None:
    qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))


def names(studio) -> list[str]:
    return [entry.name for entry in studio.stack.stack.entries]


def test_many_files_are_one_step_in_their_order(studio, qtbot):
    wanted = [f"adapter{i}" for i in range(20)]
    studio.intake.add([f"/a/{name}.safetensors" for name in wanted])
    until(qtbot, lambda: names(studio) == wanted)
    assert studio.document.undo_stack.count() == 1
    studio.document.undo_stack.undo()
    assert names(studio) == []


def test_an_unreadable_file_is_a_notice_and_no_row(studio, qtbot):
    with qtbot.waitSignal(studio.notice) as notice:
        studio.intake.add(["/adapters/truncated.safetensors"])
    assert "truncated.safetensors" in notice.args[0].message
    assert names(studio) == []


def test_unreadable_files_are_one_notice_that_lists_them(studio, qtbot):
    notices: list[Failure] = []
    studio.notice.connect(notices.append)
    broken = [f"/{folder}/truncated.safetensors" for folder in "abcdef"]
    studio.intake.add(["/a/manga.safetensors", *broken])
    until(qtbot, lambda: names(studio) == ["manga"])
    (notice,) = notices
    assert notice.message.startswith("6 of 7 files cannot be added: “truncated.safetensors”")
    assert notice.message.endswith("and 2 more.")
    assert all(path in notice.detail for path in broken)
    assert len(notice.reasons) == 6
    assert all(path in reason for path, reason in zip(broken, notice.reasons, strict=True))


def test_two_unreadable_files_have_a_sentence_each(studio, qtbot):
    notices: list[Failure] = []
    studio.notice.connect(notices.append)
    broken = ["/a/truncated.safetensors", "/b/truncated.safetensors"]
    studio.intake.add(["/a/manga.safetensors", *broken])
    until(qtbot, lambda: names(studio) == ["manga"])
    above, below = reversed(notices)
    assert (broken[0] in above.message, broken[1] in below.message) == (True, True)
    assert "shorter than its header says" in above.message


def test_an_empty_folder_is_told_beside_what_is_added(studio, tmp_path, qtbot):
    empty, file = tmp_path / "empty", tmp_path / "manga.safetensors"
    empty.mkdir()
    file.touch()
    notices: list[Failure] = []
    studio.notice.connect(notices.append)
    opened: list[bool] = []
    studio.base.opened.connect(lambda: opened.append(True))
    studio.openings.open_dropped([str(empty), str(file)])
    until(qtbot, lambda: names(studio) == ["manga"])
    assert [notice.message for notice in notices] == [f"“{empty}” holds no adapters and no base."]
    assert opened == [], "nor was it taken for a base"


def test_an_empty_folder_alone_is_told_once(studio, tmp_path, qtbot):
    notices: list[Failure] = []
    studio.notice.connect(notices.append)
    studio.openings.open_dropped([str(tmp_path)])
    until(qtbot, lambda: bool(notices))
    assert [notice.message for notice in notices] == [
        f"“{tmp_path}” holds no adapters and no base."
    ]


def test_a_row_starts_at_the_suggested_strength(studio, add):
    for name, expected in (("gentle", 0.7), ("manga", 1.0)):
        row = add(name)
        assert studio.stack.stack.entry(row).scale == expected


def test_the_first_rows_keep_their_own_strengths_and_skip_what_is_broken(controller, qtbot):
    rows = [("/a/gentle.st", 0.2, True), ("/a/truncated.st", 1.0, True), ("/a/neon.st", 1, False)]
    with qtbot.waitSignal(controller.notice):
        controller.intake.start_with(rows)
    entries = controller.stack.stack.entries
    assert [(e.name, e.scale, e.is_enabled) for e in entries] == [
        ("gentle", 0.2, True),
        ("neon", 1, False),
    ]


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


@pytest.fixture
def slow_studio(engine_thread, services, gate, qtbot):
    """A studio whose files are read only once the gate is open."""

    def read_slowly(path: Path, token: CancelToken):
        while not gate.wait(0.01):
            token.raise_if_cancelled()
        return summarise(path, token)

    controller = StudioController(engine_thread, replace(services, summarise=read_slowly))
    yield controller
    dispose(controller)


def test_reading_is_told_and_can_be_stopped(slow_studio, gate, qtbot):
    slow_studio.intake.add([f"/a/{i}.safetensors" for i in range(5)])
    assert slow_studio.status.status.activity == "reading 0 of 5 files"
    slow_studio.stop()
    slow_studio.intake.add(["/a/later.safetensors"])
    gate.set()
    until(qtbot, lambda: names(slow_studio) == ["later"])
    assert slow_studio.status.status.activity == "idle"


def test_a_picture_is_saved_while_files_are_read(slow_studio, gate, saved, qtbot):
    slow_studio.base.open("demo")
    until(qtbot, lambda: both_shown(slow_studio))
    slow_studio.intake.add([f"/a/{i}.safetensors" for i in range(5)])
    slow_studio.saver.save(shown_by(slow_studio.panes.pane("base")), "/out/base.png")
    until(qtbot, lambda: Path("/out/base.png") in saved)
    assert names(slow_studio) == []


def test_closing_waits_for_no_hash(engine_thread, services, qtbot):
    """`close` would hang here for ever if it did not tell the readers to stop."""
    started = threading.Event()

    def read_for_ever(path: Path, token: CancelToken):
        started.set()
        while True:
            token.raise_if_cancelled()

    controller = StudioController(engine_thread, replace(services, summarise=read_for_ever))
    controller.intake.add(["/a/endless.safetensors"])
    assert started.wait(PATIENCE_S)
    dispose(controller)


def test_a_dropped_checkpoint_file_is_the_base_wherever_it_is_dropped(studio, tmp_path, qtbot):
    file = tmp_path / "base.safetensors"
    file.touch()
    studio.openings.open_dropped([str(file)])
    until(qtbot, lambda: studio.base.info.source == str(file))


@pytest.fixture
def collection(tmp_path):
    """Makes a folder of so many adapters."""

    def collection(count: int) -> str:
        for i in range(count):
            (tmp_path / f"{i:03}.safetensors").touch()
        return str(tmp_path)

    return collection


def test_a_dropped_folder_adds_its_adapters(studio, collection, qtbot):
    studio.openings.open_dropped([collection(MANY_ADAPTERS)])
    until(qtbot, lambda: len(names(studio)) == MANY_ADAPTERS)


def test_a_folder_of_many_adapters_is_asked_about(studio, collection, qtbot):
    folder = collection(MANY_ADAPTERS + 1)
    with qtbot.waitSignal(studio.openings.many_dropped) as asked:
        studio.openings.open_dropped([folder])
    dropped = asked.args[0]
    assert (dropped.collection, len(dropped.adapters)) == (folder, MANY_ADAPTERS + 1)
    assert names(studio) == []


def test_a_drop_of_nothing_useful_is_said(studio, tmp_path, qtbot):
    (tmp_path / "notes.txt").touch()
    with qtbot.waitSignal(studio.notice) as notice:
        studio.openings.open_dropped([str(tmp_path / "notes.txt")])
    assert "Nothing there can be opened" in notice.args[0].message


def test_dropped_folders(tmp_path):
    base, loose = tmp_path / "base", tmp_path / "loose"
    for folder in (base, loose):
        folder.mkdir()
        (folder / "x.SafeTensors").touch()
    (base / "model_index.json").touch()
    file = str(loose / "x.SafeTensors")
    assert read_drop([str(base)]) == Dropped(checkpoint=str(base))
    assert read_drop([str(loose)]) == Dropped(adapters=(file,), collection=str(loose))
    assert read_drop([file, file]) == Dropped(adapters=(file,))
    assert read_drop([file], is_on_base=True) == Dropped(checkpoint=file)
    assert not read_drop([str(tmp_path / "notes.txt")])


def test_adapters_are_found_in_the_folders_of_a_dropped_folder(tmp_path):
    loras = tmp_path / "loras"
    wanted = ["a.safetensors", "sd/b.safetensors", "sd/deep/er/C.SAFETENSORS", "sd/manga"]
    others = (
        "sd/manga/adapter_model.safetensors", "sd/notes.txt", ".trash/x.safetensors",
        "._a.safetensors", "sd/._b.safetensors", "__MACOSX/._a.safetensors",
        "pipe/model_index.json", "pipe/unet/diffusion_pytorch_model.safetensors",
    )  # fmt: skip
    for name in (*wanted[:3], *others):
        (loras / name).parent.mkdir(parents=True, exist_ok=True)
        (loras / name).touch()
    found = read_drop([str(loras)])
    assert found == Dropped(
        adapters=tuple(sorted(str(loras / name) for name in wanted)), collection=str(loras)
    )


def test_links_to_folders_are_followed_and_circles_end(tmp_path):
    loras, store = tmp_path / "loras", tmp_path / "store"
    (loras / "inner").mkdir(parents=True)
    store.mkdir()
    (store / "x.safetensors").touch()
    (loras / "inner" / "y.safetensors").touch()
    (loras / "a link").symlink_to(store)
    (loras / "again").symlink_to(loras / "inner")
    (store / "back").symlink_to(loras)
    (loras / "itself").symlink_to("itself")
    (loras / "gone").symlink_to(tmp_path / "nowhere")
    wanted = (str(loras / "a link" / "x.safetensors"), str(loras / "inner" / "y.safetensors"))
    assert read_drop([str(loras)]) == Dropped(adapters=wanted, collection=str(loras))
    behind = read_drop([str(loras / "a link")]).adapters
    assert [Path(path).name for path in behind] == ["y.safetensors", "x.safetensors"]


def test_folders_without_adapters_are_checkpoints(tmp_path):
    lone, parts, bare = tmp_path / "lone", tmp_path / "parts" / "unet", tmp_path / "bare"
    lone.mkdir()
    (bare / "deeper").mkdir(parents=True)
    (bare / "deeper" / "notes.txt").touch()
    parts.mkdir(parents=True)
    (lone / "base.safetensors").touch()
    (parts / "config.json").touch()
    (parts / "diffusion_pytorch_model.fp16.safetensors").touch()

    def is_base(path: Path) -> bool:
        return path.stem == "base"

    assert read_drop([str(lone)], is_checkpoint=is_base) == Dropped(checkpoint=str(lone))
    assert read_drop([str(parts.parent)]) == Dropped(checkpoint=str(parts.parent))
    assert read_drop([str(bare)]) == Dropped(bare=(str(bare),))
    assert read_drop([str(bare)], is_on_base=True) == Dropped(checkpoint=str(bare))
    (lone / "style.safetensors").touch()
    assert len(read_drop([str(lone)], is_checkpoint=is_base).adapters) == 2


def test_the_folder_of_one_adapter_is_that_adapter(tmp_path):
    collection = tmp_path / "loras"
    peft, diffusers = collection / "manga", collection / "neon"
    for folder, name in ((peft, "adapter_model"), (diffusers, "pytorch_lora_weights")):
        folder.mkdir(parents=True)
        (folder / f"{name}.safetensors").touch()
    (peft / "adapter_config.json").touch()
    both = (str(peft), str(diffusers))
    assert read_drop(both) == Dropped(adapters=both)
    assert read_drop([str(peft)], is_on_base=True) == Dropped(adapters=(str(peft),))
    assert read_drop([str(collection)]) == Dropped(adapters=both, collection=str(collection))


def test_rows_of_the_start_join_what_was_added_while_they_were_read(controller, qtbot):
    """As where a person is quicker than the disk."""
    controller.intake.start_with([("/a/birds.safetensors", 0.5, True)])
    controller.stack.add(StackEntry(entry_id="x", name="manga", path="/a/manga", sha256="x"))
    until(qtbot, lambda: len(controller.stack.stack.entries) == 2)
    assert [entry.name for entry in controller.stack.stack.entries] == ["manga", "birds"]
    controller.document.undo_stack.undo()
    assert [entry.name for entry in controller.stack.stack.entries] == ["manga"]
