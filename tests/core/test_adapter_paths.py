"""What a path to an adapter means: a file, or a folder of one adapter."""

from pathlib import Path

import pytest

from loraviewer.core.adapter_paths import adapter_file, adapter_name, is_adapter_folder
from loraviewer.core.arguments import adapter_path
from loraviewer.core.outcome import FileError

CONFIG, MODEL, DIFFUSERS = (
    "adapter_config.json",
    "adapter_model.safetensors",
    "pytorch_lora_weights.safetensors",
)


@pytest.fixture
def folder(tmp_path):
    """Makes a folder with these entries."""

    def folder(*names: str) -> Path:
        made = tmp_path / "manga"
        made.mkdir()
        for name in names:
            (made / name).touch()
        return made

    return folder


@pytest.mark.parametrize(
    ("names", "file"),
    [
        ((CONFIG, MODEL), MODEL),
        ((CONFIG, MODEL, "adapter_model.bin", "optimizer.pt"), MODEL),
        ((CONFIG, MODEL, "other.safetensors"), MODEL),
        ((CONFIG, "manga.safetensors"), "manga.safetensors"),
        ((DIFFUSERS,), DIFFUSERS),
        ((DIFFUSERS, f"._{DIFFUSERS}", "._x.bin"), DIFFUSERS),
        ((CONFIG, "manga.safetensors", "._manga.safetensors"), "manga.safetensors"),
        ((MODEL,), MODEL),
        ((DIFFUSERS, "README.md", "pytorch_lora_weights.bin"), DIFFUSERS),
    ],
)
def test_the_folder_of_one_adapter_means_its_file(folder, names, file):
    made = folder(*names)
    assert is_adapter_folder(made)
    assert adapter_path(str(made)) == adapter_file(made) == made / file
    assert adapter_name(adapter_file(made)) == "manga"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ((CONFIG, "adapter_model.bin"), "“adapter_model.bin”, a pickle"),
        ((CONFIG, "adapter_model.bin", "a.pt"), "“adapter_model.bin”, a pickle"),
        (("pytorch_lora_weights.bin",), "“pytorch_lora_weights.bin”, a pickle"),
        ((CONFIG, MODEL, DIFFUSERS), f"two adapters; choose “{MODEL}” or “{DIFFUSERS}”"),
        ((CONFIG,), "no weights; download “adapter_model.safetensors”"),
        (
            (CONFIG, *(f"adapter_model-0000{i}-of-00002.safetensors" for i in (1, 2))),
            "in several files",
        ),
    ],
)
def test_an_adapter_that_cannot_be_read_says_why(folder, names, reason):
    made = folder(*names)
    assert is_adapter_folder(made)
    with pytest.raises(FileError, match=reason) as raised:
        adapter_path(str(made))
    assert str(made) in str(raised.value)


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("a.safetensors",),
        (CONFIG, "a.safetensors", "b.safetensors"),
        (DIFFUSERS, "b.safetensors"),
        (DIFFUSERS, "model_index.json"),
    ],
)
def test_other_folders_are_none(folder, names):
    made = folder(*names)
    assert not is_adapter_folder(made)
    with pytest.raises(FileError, match="is a folder and not one adapter"):
        adapter_path(str(made))


def test_a_folder_of_adapters_says_to_choose_one(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / MODEL).touch()
    with pytest.raises(FileError, match="choose a folder in it"):
        adapter_file(tmp_path)


def test_a_path_that_is_no_folder_means_itself(tmp_path):
    assert not is_adapter_folder(tmp_path / "missing")
    assert adapter_file(tmp_path / "a.safetensors") == tmp_path / "a.safetensors"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/loras/manga.safetensors", "manga"),
        (f"/loras/manga/{MODEL}", "manga"),
        (f"/loras/manga/{DIFFUSERS}", "manga"),
        (f"/hub/models--someone--manga-lora/snapshots/0a1b2c/{MODEL}", "manga-lora"),
        (f"/{MODEL}", "adapter_model"),
    ],
)
def test_names(path, name):
    assert adapter_name(Path(path)) == name
