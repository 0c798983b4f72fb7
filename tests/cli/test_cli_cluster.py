"""`--cluster` where Ray is not installed."""

import importlib.util

import pytest

from loraviewer.cli import commands as cli
from loraviewer.engine.studio_engine import StudioEngine


@pytest.mark.parametrize("address", ["local", "127.0.0.1:9"])
def test_how_ray_is_installed_is_told_before_a_base_is_opened(
    address, tiny_folder, tmp_path, monkeypatch, capsys
):
    find = importlib.util.find_spec

    def without_ray(name, package=None):
        return None if name == "ray" else find(name, package)

    def never(*_):
        raise AssertionError

    monkeypatch.setattr(importlib.util, "find_spec", without_ray)
    monkeypatch.setattr(StudioEngine, "load_checkpoint", never)
    lora = str(tiny_folder / "style.safetensors")
    asked = (
        "lab",
        "ladder",
        "--base",
        str(tiny_folder / "sd"),
        "--lora",
        lora,
        "--prompt",
        "a cat",
    )
    assert cli.run([*asked, "-o", str(tmp_path / "out"), "--cluster", address]) == 1
    told = capsys.readouterr().err
    assert "Ray is not installed; add it with “pip install 'loraviewer[cluster]'”." in told
