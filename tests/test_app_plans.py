"""What the studio is told of a base before torch is asked anything."""

import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from loraviewer.app import plans as app_plans
from loraviewer.app.plans import plan_base
from loraviewer.core.outcome import FileError
from loraviewer.core.placement.asking import PlanWish
from loraviewer.core.resources import demo_checkpoint
from tests.adapters.sparse import sparse_file
from tests.full_size_files import companions, component_shapes, sparse_folder

GB = 10**9


@pytest.fixture(autouse=True)
def free(monkeypatch):
    """Six gigabytes of main memory are free."""
    memory = namedtuple("memory", "available")(6 * GB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(app_plans, "_MARKS_OF_CARDS", ())


def test_on_a_cpu_main_memory_decides(tmp_path: Path) -> None:
    folder = str(sparse_folder(tmp_path / "sd1", "sd1"))
    plan = plan_base(PlanWish(source=folder, device="cpu"))
    assert plan is not None
    assert (plan.has_card, plan.memory_bytes, plan.precision) == (False, 6 * GB, "float32")
    large = plan_base(PlanWish(source=str(sparse_folder(tmp_path / "sdxl", "sdxl"))))
    assert large is not None
    assert not large.fits


def test_a_card_has_to_be_known(tmp_path: Path, monkeypatch) -> None:
    folder = str(sparse_folder(tmp_path / "sd1", "sd1"))
    assert plan_base(PlanWish(source=folder, device="cuda")) is None
    plan = plan_base(PlanWish(source=folder, device="cuda:0", card_bytes=8 * GB))
    assert plan is not None
    assert (plan.has_card, plan.manner, plan.precision) == (True, "whole", "float16")
    monkeypatch.setattr(app_plans, "_MARKS_OF_CARDS", (str(tmp_path),))
    assert plan_base(PlanWish(source=folder)) is None


def test_chosen_precision_and_components_count(tmp_path: Path) -> None:
    parts = companions(tmp_path / "parts", "flux1-dev")
    path = sparse_file(tmp_path / "a.safetensors", component_shapes("flux1-dev")["transformer"])
    wish = PlanWish(source=str(path), components=str(parts), device="cpu", dtype="bfloat16")
    plan = plan_base(wish)
    assert plan is not None
    assert plan.precision == "bfloat16"
    assert not any(one.is_assumed for one in plan.components)
    shared = plan_base(PlanWish(source=str(demo_checkpoint()), device="mps"))
    assert shared is not None
    assert shared.precision == "float16"


def test_of_the_demo_nothing_is_said() -> None:
    assert plan_base(PlanWish(source="demo", device="cpu")) is None


def test_what_is_no_base_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        plan_base(PlanWish(source=str(tmp_path), device="cpu"))


def test_it_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from loraviewer.app.plans import plan_base; "
        "from loraviewer.core.placement.asking import PlanWish; "
        "from loraviewer.core.resources import demo_checkpoint; "
        "assert plan_base(PlanWish(source=str(demo_checkpoint()), device='cpu')).fits; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
