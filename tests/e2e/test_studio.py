"""The real `main()` on the bundled demo, offscreen: what a person does in the first minute."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.__main__ import main
from loraviewer.core.pane import PaneState
from loraviewer.core.picture import Picture
from loraviewer.core.resources import demo_checkpoint
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.strength_slider import StrengthSlider
from tests.shown import shown_by
from tests.ui.drops import drop

PATIENCE_MS = 180_000


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch) -> None:
    """Settings and geometry of the test, never the person's own; the tour was seen."""
    settings = tmp_path / "config" / "loraviewer" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"is_tour_done": true}', "utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "argv", ["loraviewer"])


@pytest.fixture
def run_studio(qtbot: QtBot) -> Iterator[Callable[[Callable[[MainWindow], None]], None]]:
    """Runs `main()` and, inside its event loop, a visit; closes the window whatever happens."""

    def run(visit: Callable[[MainWindow], None]) -> None:
        visited: list[bool] = []

        def drive() -> None:
            window = the_window()
            try:
                visit(window)
                visited.append(True)
            finally:
                window.close()

        QTimer.singleShot(0, drive)
        assert main() == 0
        assert visited, "the visit did not reach its end"

    yield run
    QApplication.sendPostedEvents()


def the_window() -> MainWindow:
    (window,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
    return window


def until(qtbot: QtBot, condition: Callable[[], object]) -> None:
    # waitUntil takes None for success.
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def settled(window: MainWindow, pane_id) -> PaneState | None:
    """The pane's state once it shows a settled, current picture."""
    state = window._controller.panes.pane(pane_id)
    is_settled = (
        state.shown is not None
        and not state.is_busy
        and not state.is_outdated
        and not state.shown.request.is_draft
        and state.failure is None
    )
    return state if is_settled else None


def scales(state: PaneState | None) -> list[float]:
    return [a.scale for a in state.shown.request.adapters] if state and state.shown else []


def test_drag_a_fader_then_all_off_brings_the_base_back_bit_for_bit(run_studio, qtbot):
    def visit(window: MainWindow) -> None:
        until(qtbot, lambda: settled(window, "base") is not None)
        until(qtbot, lambda: len(scales(settled(window, "current"))) == 2)
        base, stack = settled(window, "base"), settled(window, "current")
        assert shown_by(stack).picture != shown_by(base).picture
        assert shown_by(stack).request.sampling == shown_by(base).request.sampling

        before = scales(stack)
        drag_first_fader(window)
        until(qtbot, lambda: scales(settled(window, "current")) not in ([], before))
        dragged = settled(window, "current")
        assert shown_by(dragged).picture != shown_by(stack).picture

        window.actions_table["all_off"].trigger()
        until(qtbot, lambda: settled(window, "current") and not scales(settled(window, "current")))
        assert shown_by(settled(window, "current")).picture == shown_by(base).picture

        window.actions_table["undo"].trigger()
        until(qtbot, lambda: scales(settled(window, "current")) == scales(dragged))
        assert shown_by(settled(window, "current")).picture == shown_by(dragged).picture

    run_studio(visit)


def test_one_thread_touches_torch_and_no_tensor_leaves_it(run_studio, qtbot):
    import torch
    from torch.nn.modules.module import register_module_forward_pre_hook

    threads: set[int] = set()
    shown: list[PaneState] = []

    def visit(window: MainWindow) -> None:
        window._controller.panes.pane_changed.connect(shown.append)
        until(qtbot, lambda: bool(scales(settled(window, "current"))))

    hook = register_module_forward_pre_hook(lambda *_: threads.add(threading.get_ident()))
    try:
        run_studio(visit)
    finally:
        hook.remove()
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert shown
    kinds = {type(value) for state in shown for value in everything_in(state)}
    assert not [k for k in kinds if k.__module__.split(".")[0] in ("torch", "numpy", "diffusers")]
    assert torch.Tensor not in kinds


def everything_in(value: object) -> Iterator[object]:
    """The value and, through fields and containers, all it holds."""
    yield value
    if isinstance(value, dict):
        children = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        children = list(value)
    else:
        children = [getattr(value, name) for name in getattr(value, "__struct_fields__", ())]
    for child in children:
        yield from everything_in(child)


@pytest.mark.long
def test_an_adapter_for_another_family_is_amber_and_left_out(run_studio, qtbot, tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "cinema.safetensors"
    save_file(sdxl_lora(), path)

    def visit(window: MainWindow) -> None:
        until(qtbot, lambda: bool(scales(settled(window, "current"))))
        picture = shown_by(settled(window, "current")).picture
        window._controller.intake.add([str(path)])
        strips = window.stack_panel.strips.strips
        until(qtbot, lambda: len(strips()) == 4 and strips()[-1].trouble_sentence)
        row = strips()[-1]
        assert row.trouble_sentence.replace("\u00a0", " ") == "Made for SDXL; the base is the demo."
        assert row.entry.is_enabled, "the switch keeps what the person chose"
        until(qtbot, lambda: settled(window, "current"))
        assert shown_by(settled(window, "current")).picture == picture

    run_studio(visit)


def sdxl_lora() -> dict:
    """Cross-attention as only SDXL has it, 2048 wide, in kohya's names."""
    import torch

    block = "lora_unet_down_blocks_2_attentions_0_transformer_blocks_9_attn2_to_k"
    return {
        f"{block}.lora_down.weight": torch.ones(4, 2048),
        f"{block}.lora_up.weight": torch.ones(1280, 4),
        f"{block}.alpha": torch.tensor(4.0),
    }


@pytest.mark.long
def test_a_dropped_peft_folder_is_a_row_with_the_strength_of_its_twin(run_studio, qtbot, tmp_path):
    folder, twin = twins(tmp_path)

    def picture_with(window: MainWindow, path: Path) -> Picture:
        drop(window, window.stack_panel.geometry().center(), path)
        until(qtbot, lambda: len(scales(settled(window, "current"))) == 3)
        strip = window.stack_panel.strips.strips()[-1]
        assert (strip.entry.name, strip.trouble_sentence) == (path.stem, "")
        return shown_by(settled(window, "current")).picture

    def visit(window: MainWindow) -> None:
        until(qtbot, lambda: len(scales(settled(window, "current"))) == 2)
        before = shown_by(settled(window, "current")).picture
        of_folder = picture_with(window, folder)
        window.actions_table["undo"].trigger()
        until(qtbot, lambda: len(scales(settled(window, "current"))) == 2)
        assert shown_by(settled(window, "current")).picture == before
        of_twin = picture_with(window, twin)
        # Terms are summed in the order of their files' hashes, so the last bits may differ.
        assert difference(of_twin, of_folder) <= 2
        assert difference(of_twin, before) > 40

    run_studio(visit)


def difference(one: Picture, other: Picture) -> int:
    """The largest, of 255."""
    return max(abs(a - b) for a, b in zip(one.rgb, other.rgb, strict=True))


def twins(tmp_path: Path) -> tuple[Path, Path]:
    """One adapter of rank 8 and alpha 2: a folder as PEFT saves it, and a file of kohya."""
    import torch
    from safetensors.torch import load_file, save_file

    (weights,) = (demo_checkpoint() / "unet").glob("*.safetensors")
    torch.manual_seed(4)
    peft, kohya = {}, {}
    for name, weight in load_file(weights).items():
        if name.endswith("attn2.to_v.weight"):
            path = name.removesuffix(".weight")
            flat = "lora_unet_" + path.replace(".", "_")
            down, up = torch.randn(8, weight.shape[1]), torch.randn(weight.shape[0], 8) / 40
            peft[f"base_model.model.{path}.lora_A.weight"] = down
            peft[f"base_model.model.{path}.lora_B.weight"] = up
            kohya[f"{flat}.lora_down.weight"], kohya[f"{flat}.lora_up.weight"] = down, up
            kohya[f"{flat}.alpha"] = torch.tensor(2.0)
    folder, file = tmp_path / "ink and brush", tmp_path / "twin.safetensors"
    folder.mkdir()
    save_file(peft, folder / "adapter_model.safetensors")
    save_file(kohya, file)
    configuration = {"peft_type": "LORA", "r": 8, "lora_alpha": 2, "target_modules": ["to_v"]}
    (folder / "adapter_config.json").write_text(json.dumps(configuration))
    return folder, file


def test_closing_while_it_renders_is_clean(run_studio, qtbot):
    def visit(window: MainWindow) -> None:
        until(qtbot, lambda: window._controller.panes.pane("base").is_busy)

    run_studio(visit)


def test_closing_before_anything_is_loaded_is_clean(run_studio):
    run_studio(lambda window: None)


def test_torch_is_not_imported_before_the_window_is_shown():
    """In a process of its own: the suite has torch loaded long before."""
    script = (
        "import sys, loraviewer.app.studio as app, PySide6.QtWidgets as w, pathlib, tempfile\n"
        "a = w.QApplication([])\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "s = app.Studio(folder, folder, app.make_engine)\n"
        "s.window.show()\n"
        "s.window.grab()\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'numpy'} & set(sys.modules)\n"
        "s.window.close(); s.controller.close()\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def drag_first_fader(window: MainWindow) -> None:
    fader = window.stack_panel.strips.findChildren(StrengthSlider)[0]
    y = fader.height() // 2
    start, end = QPoint(fader.width() // 2, y), QPoint(fader.width() // 4, y)
    QTest.mousePress(fader, Qt.MouseButton.LeftButton, pos=start)
    for x in range(start.x(), end.x(), -5):
        QTest.mouseMove(fader, QPoint(x, y))
    QTest.mouseRelease(fader, Qt.MouseButton.LeftButton, pos=end)
