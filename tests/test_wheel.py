"""The wheel is what people without the checkout get: it must hold everything the studio opens."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def names(tmp_path_factory) -> frozenset[str]:
    """The file names inside a freshly built wheel."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = out.glob("*.whl")
    return frozenset(zipfile.ZipFile(wheel).namelist())


def test_the_demo_checkpoint_is_inside(names):
    base = "loraviewer/resources/demo/base"
    for file in (
        "model_index.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "tokenizer/vocab.json",
        "scheduler/scheduler_config.json",
    ):
        assert f"{base}/{file}" in names


def test_every_demo_adapter_is_inside_with_its_preview(names):
    adapters = sorted((ROOT / "resources/demo/adapters").glob("*.safetensors"))
    assert len(adapters) >= 15
    for adapter in adapters:
        assert f"loraviewer/resources/demo/adapters/{adapter.name}" in names
        assert f"loraviewer/resources/demo/adapters/{adapter.stem}.png" in names


def test_the_demos_crowd_and_judge_are_inside(names):
    for file in ("crowd.safetensors", "judge.safetensors"):
        assert f"loraviewer/resources/demo/{file}" in names


def test_every_icon_and_configuration_is_inside(names):
    for folder in ("icons", "configs"):
        files = [p for p in (ROOT / "resources" / folder).rglob("*") if p.is_file()]
        assert files, folder
        for file in files:
            assert f"loraviewer/{file.relative_to(ROOT).as_posix()}" in names


def test_every_module_is_inside_and_no_test(names):
    for module in (ROOT / "loraviewer").rglob("*.py"):
        assert module.relative_to(ROOT).as_posix() in names
    assert not [n for n in names if n.startswith("tests/")]
