"""Bases whose text encoders lie in a folder of components: what they have, and what adapters lose
without."""

import pytest

from loraviewer.adapters.inspection.base_index import index_of_base
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.inspection.values import base_reader
from loraviewer.core.outcome import CheckpointError
from tests.adapters.real_bases import shapes_of
from tests.adapters.sparse import flux_parts, sparse_file

_LAYERS = ("layers.0.self_attn.q_proj", "block.0.layer.0.SelfAttention.q")
_LONE_FILES = {768: "clip_l", 1280: "clip_g", 4096: "t5xxl"}
"""Width → what people call the file of that text encoder."""


def test_lost_text_encoders_are_named_and_given_by_components(tmp_path):
    base, parts, adapter = flux_parts(tmp_path)
    facts = inspect_file(adapter, index_of_base(base))
    assert facts["verdict"] == (
        "Fits in part: 1 of 4 modules land; 3 not in the base (1 of the text encoder CLIP and 2 of "
        "the text encoder T5, which the base does not have; --components FOLDER gives it)."
    )
    assert facts["lost_encoders"] == [
        {"sort": "clip", "modules": 1, "is_lacking": True},
        {"sort": "t5", "modules": 2, "is_lacking": True},
    ]
    index = index_of_base(base, parts)
    assert {target.component for target in index.targets} == {
        "transformer",
        "text_encoder",
        "text_encoder_2",
    }
    assert inspect_file(adapter, index)["verdict"] == "Fits: all 4 modules land."
    reader = base_reader(base, parts)
    weight = reader(("text_encoder_2", "encoder.block.0.layer.0.SelfAttention.q.weight"))
    assert weight.shape == (4096, 4096)


def test_components_as_diffusers_saves_them_complete_a_file_too(tmp_path):
    base, parts, adapter = flux_parts(tmp_path)
    for file, component in (("clip_l", "text_encoder"), ("t5xxl", "text_encoder_2")):
        folder = parts / component
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (parts / f"{file}.safetensors").rename(folder / "model.safetensors")
    assert inspect_file(adapter, index_of_base(base, parts))["verdict"].startswith("Fits: all 4")


def test_components_that_are_not_there(tmp_path):
    base, _, _ = flux_parts(tmp_path)
    with pytest.raises(CheckpointError, match="gone: there is no such folder of components"):
        index_of_base(base, tmp_path / "gone")


def test_t5_alone_is_the_encoder_that_it_is_in_its_family(tmp_path):
    shapes = shapes_of("flux1")
    tensors = dict(shapes["transformer"])
    prefix = "text_encoders.t5xxl.transformer."
    tensors |= {prefix + name: shape for name, shape in shapes["text_encoder_2"].items()}
    found = index_of_base(sparse_file(tmp_path / "a.safetensors", tensors))
    assert {t.component for t in found.targets} == {"transformer", "text_encoder_2"}


@pytest.mark.parametrize(
    ("family", "widths"),
    [
        ("flux1", {"text_encoder": 768, "text_encoder_2": 4096}),
        ("sd3-medium", {"text_encoder": 768, "text_encoder_2": 1280, "text_encoder_3": 4096}),
    ],
)
def test_lone_text_encoders_are_those_of_the_family(tmp_path, family, widths):
    shapes = shapes_of(family)
    base = sparse_file(tmp_path / "base.safetensors", shapes["transformer"])
    parts = tmp_path / "parts"
    parts.mkdir()
    for component, width in widths.items():
        sparse_file(parts / f"{_LONE_FILES[width]}.safetensors", shapes[component])
    found = {
        target.component: target.shapes["weight"][0]
        for target in index_of_base(base, parts).targets
        if target.path.endswith(_LAYERS)
    }
    assert found == widths
