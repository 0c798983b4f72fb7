"""Which file a path means as an adapter."""

import pytest

from loraviewer.bridge.drops import Dropped, read_drop
from loraviewer.core.adapter_files import adapter_in_folder, adapter_name
from loraviewer.core.arguments import adapter_path
from loraviewer.core.outcome import FileError


@pytest.fixture(params=["adapter_model.safetensors", "pytorch_lora_weights.safetensors"])
def saved(request, tmp_path):
    folder = tmp_path / "manga-v2.1"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    (folder / request.param).touch()
    return folder / request.param


def test_a_saved_folder_is_one_adapter_named_by_the_folder(saved):
    assert adapter_path(str(saved.parent)) == adapter_path(str(saved)) == saved
    assert adapter_name(saved) == "manga-v2.1"
    assert read_drop([str(saved.parent)]) == Dropped(adapters=(str(saved),))


def test_a_folder_of_saved_folders_is_a_collection(saved):
    (saved.parent.parent / "ink.safetensors").touch()
    folder = saved.parent.parent
    found = tuple(sorted([str(folder / "ink.safetensors"), str(saved)]))
    assert read_drop([str(folder)]) == Dropped(adapters=found, collection=str(folder))


def test_a_pipeline_is_none(saved):
    (saved.parent / "model_index.json").touch()
    assert adapter_in_folder(saved.parent) is None


def test_a_file_of_its_own_name_keeps_it(tmp_path):
    assert adapter_name(tmp_path / "ink.safetensors") == "ink"


def test_pickles_are_refused_with_the_way_out(tmp_path):
    (tmp_path / "adapter_config.json").touch()
    (tmp_path / "adapter_model.bin").touch()
    with pytest.raises(FileError, match=r"adapter_model.bin.*safe_serialization=True"):
        adapter_path(str(tmp_path))
