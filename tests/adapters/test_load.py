"""Loading: known answers of scaling, nothing dropped silently, clear refusals."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import load_adapter, summarise
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import AdapterError, FileError
from tests.adapters.builders import (
    ATTENTION,
    KOHYA_MODULES,
    tiny_components,
)
from tests.adapters.toys import lora_tensors, write_lora

TO_Q = "lora_unet_" + ATTENTION + "to_q"
PATH_Q = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
CONV = "lora_unet_down_blocks_0_resnets_0_conv1"


@pytest.fixture(scope="module")
def index():
    return TargetIndex.of(tiny_components())


def delta_of(adapter, component="unet", path=PATH_Q):
    delta = adapter.weights[component, f"{path}.weight"]
    assert isinstance(delta, LowRankDelta)
    return delta.scaling * (delta.up.double() @ delta.down.double())


def test_every_module_of_a_kohya_file_matches(tmp_path, index):
    path = write_lora(tmp_path / "a.safetensors", lora_tensors(KOHYA_MODULES, 1))
    adapter, report = load_adapter(path, index)
    assert set(report.matched) == set(KOHYA_MODULES)
    assert report.is_complete
    assert report.fits
    assert report.sha256 == adapter.sha256 == summarise(path).sha256
    assert len(adapter.weights) == len(KOHYA_MODULES)


@pytest.mark.parametrize(
    ("alpha", "scaling"),
    [
        (None, 1.0),
        (torch.tensor(8.0), 2.0),
        (torch.tensor(8, dtype=torch.int64), 2.0),
        (torch.tensor([8.0], dtype=torch.bfloat16), 2.0),
        (torch.tensor(0.0), 0.0),
    ],
)
def test_alpha(tmp_path, index, alpha, scaling):
    tensors = lora_tensors({TO_Q: ((16, 16), 4)}, 2, alpha=None)
    if alpha is not None:
        tensors[f"{TO_Q}.alpha"] = alpha
    adapter, _ = load_adapter(write_lora(tmp_path / "a.safetensors", tensors), index)
    up, down = tensors[f"{TO_Q}.lora_up.weight"], tensors[f"{TO_Q}.lora_down.weight"]
    assert torch.equal(delta_of(adapter), scaling * (up.double() @ down.double()))


def test_convolution_and_tucker_against_two_convolutions(tmp_path, index):
    generator = torch.Generator().manual_seed(5)
    up = torch.randn(8, 3, 1, 1, generator=generator)
    mid = torch.randn(3, 3, 3, 3, generator=generator)
    down = torch.randn(3, 8, 1, 1, generator=generator)
    tensors = {
        f"{CONV}.lora_up.weight": up,
        f"{CONV}.lora_mid.weight": mid,
        f"{CONV}.lora_down.weight": down,
        f"{CONV}.alpha": torch.tensor(1.5),
    }
    adapter, _ = load_adapter(write_lora(tmp_path / "t.safetensors", tensors), index)
    delta = delta_of(adapter, path="down_blocks.0.resnets.0.conv1").reshape(8, 8, 3, 3)
    picture = torch.randn(1, 8, 6, 6, generator=generator, dtype=torch.float64)
    conv = torch.nn.functional.conv2d
    stepwise = conv(conv(conv(picture, down.double()), mid.double(), padding=1), up.double())
    merged = conv(picture, delta, padding=1)
    assert torch.allclose(merged, 0.5 * stepwise, rtol=1e-5, atol=1e-5)


def test_zero_rank_changes_nothing(tmp_path, index):
    tensors = {
        f"{TO_Q}.lora_up.weight": torch.empty(16, 0),
        f"{TO_Q}.lora_down.weight": torch.empty(0, 16),
        f"{TO_Q}.alpha": torch.tensor(1.0),
    }
    adapter, report = load_adapter(write_lora(tmp_path / "z.safetensors", tensors), index)
    assert report.matched == (TO_Q,)
    assert not delta_of(adapter).any()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("tensor", ["lora_up.weight", "lora_down.weight", "alpha"])
def test_non_finite_factors_name_file_and_module(tmp_path, index, bad, tensor):
    tensors = lora_tensors(KOHYA_MODULES, 3)
    tensors[f"{TO_Q}.{tensor}"].view(-1)[0] = bad
    path = write_lora(tmp_path / "nan.safetensors", tensors)
    with pytest.raises(AdapterError, match=TO_Q) as caught:
        load_adapter(path, index)
    assert "nan.safetensors" in str(caught.value)


def test_peft_metadata_gives_alpha_patterns_and_rank_stabilisation(tmp_path, index):
    name = f"unet.{PATH_Q}"
    factors = lora_tensors({TO_Q: ((16, 16), 4)}, 2, alpha=None)
    up, down = factors[f"{TO_Q}.lora_up.weight"], factors[f"{TO_Q}.lora_down.weight"]
    tensors = {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}
    raw = up.double() @ down.double()
    for config, scaling in (
        ({"unet.lora_alpha": 8}, 2.0),
        ({"unet.lora_alpha": 8, "unet.use_rslora": True}, 4.0),
        ({"unet.lora_alpha": 8, "unet.alpha_pattern": {"attn1.to_q": 12}}, 3.0),
        ({"unet.lora_alpha": 8, "unet.alpha_pattern": {"xattn1.to_q": 12}}, 2.0),
        ({"text_encoder.lora_alpha": 8}, 1.0),
    ):
        metadata = {"lora_adapter_metadata": json.dumps(config)}
        path = write_lora(tmp_path / "p.safetensors", tensors, metadata)
        adapter, _ = load_adapter(path, index)
        assert torch.equal(delta_of(adapter), scaling * raw), config


def test_peft_configuration_beside_the_file(tmp_path, index):
    tensors = lora_tensors({TO_Q: ((16, 16), 4)}, 2, alpha=None)
    raw = tensors[f"{TO_Q}.lora_up.weight"].double() @ tensors[f"{TO_Q}.lora_down.weight"].double()
    (tmp_path / "adapter_config.json").write_text(json.dumps({"lora_alpha": 2, "r": 4}))
    path = write_lora(tmp_path / "adapter_model.safetensors", tensors)
    assert torch.equal(delta_of(load_adapter(path, index)[0]), 0.5 * raw)
    other = write_lora(tmp_path / "other.safetensors", tensors)
    assert torch.equal(delta_of(load_adapter(other, index)[0]), raw)
    (tmp_path / "adapter_config.json").write_text("[")
    with pytest.raises(AdapterError, match="JSON"):
        load_adapter(path, index)


def test_wrong_base_is_named(tmp_path, index):
    key = "lora_unet_input_blocks_7_1_transformer_blocks_5_attn2_to_k"
    path = write_lora(tmp_path / "xl.safetensors", lora_tensors({key: ((1280, 2048), 4)}, 1))
    with pytest.raises(AdapterError, match="SDXL"):
        load_adapter(path, index)


def test_file_without_adapter(tmp_path, index):
    path = write_lora(tmp_path / "x.safetensors", {"model.weight": torch.zeros(2)})
    for function in (summarise, lambda p: load_adapter(p, index)):
        with pytest.raises(AdapterError, match=r"x\.safetensors"):
            function(path)
    with pytest.raises(FileError):
        load_adapter(tmp_path / "none.safetensors", index)


def test_cancel_while_loading(tmp_path, index):
    path = write_lora(tmp_path / "a.safetensors", lora_tensors(KOHYA_MODULES, 1))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        load_adapter(path, index, token)


def test_foreign_and_incomplete_groups_are_unsupported(tmp_path, index):
    tensors = lora_tensors({TO_Q: ((16, 16), 4)}, 1)
    out = "lora_unet_" + ATTENTION + "to_out_0"
    value = "lora_unet_" + ATTENTION + "to_v"
    key = "lora_unet_" + ATTENTION + "to_k"
    tensors |= {
        f"{out}.lora_up.weight": torch.zeros(16, 4),
        f"{value}.hada_w1_a": torch.zeros(16, 4),
        f"{value}.hada_w1_b": torch.zeros(4, 16),
        f"{key}.alpha": torch.tensor(1.0),
        f"{TO_Q}.lora_B.bias": torch.zeros(16),
        f"{TO_Q}.lora_A.weight": torch.zeros(4, 16),
        "bundle_emb.word.string_to_param.*": torch.zeros(1, 16),
        f"{CONV}.lora_up.weight": torch.zeros(8, 4, 1, 1),
        f"{CONV}.lora_down.weight": torch.zeros(3, 8, 3, 3),
    }
    _, report = load_adapter(write_lora(tmp_path / "m.safetensors", tensors), index)
    assert report.matched == (TO_Q,)
    assert set(report.unsupported) == {
        out,
        value,
        key,
        CONV,
        # `lora_A` sorts before `lora_down`: the second spelling of a role is the one left over.
        f"{TO_Q}.lora_down.weight",
    }
    assert report.reasons[key] == "no adapter kind has just alpha"
    assert report.reasons[out] == "down missing"
    assert report.unmatched == (f"{TO_Q}.lora_B.bias",)
    assert report.ignored == ("bundle_emb.word.string_to_param.*",)


def test_two_groups_for_one_module(tmp_path, index):
    tensors = lora_tensors({TO_Q: ((16, 16), 4), f"lycoris_{ATTENTION}to_q": ((16, 16), 2)}, 1)
    _, report = load_adapter(write_lora(tmp_path / "d.safetensors", tensors), index)
    assert report.matched == (TO_Q,)
    assert report.unsupported == (f"lycoris_{ATTENTION}to_q",)


SUFFIXES = [".lora_up.weight", ".lora_down.weight", ".alpha", ".lora_mid.weight", ".hada_w1_a"]
SUFFIXES += [".lora_B.bias", ".diff", ".nonsense", "", ".lora_A.weight", ".dora_scale", ".scale"]
MODULES = [*list(KOHYA_MODULES)[:3], f"unet.{PATH_Q}", "lora_unet_missing", "a.b.c", "bundle_emb.x"]
SHAPES = [(), (1,), (4, 16), (16, 4), (4, 16, 1, 1), (16, 4, 1, 1), (0, 16), (16, 0), (3, 3, 3)]


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(MODULES), st.sampled_from(SUFFIXES)),
        st.sampled_from(SHAPES),
        max_size=12,
    )
)
def test_nothing_is_dropped_silently(tmp_path_factory, index, contents):
    tensors = lora_tensors({TO_Q: ((16, 16), 4)}, 1)
    tensors |= {m + s: torch.zeros(shape) for (m, s), shape in contents.items() if m + s}
    path = write_lora(tmp_path_factory.getbasetemp() / "garbage.safetensors", tensors)
    try:
        _, report = load_adapter(path, index)
    except AdapterError:
        return
    lists = (report.matched, report.unmatched, report.shape_mismatch, report.unsupported)
    lists += (report.ignored,)
    ends = [name for part in lists for name in part]
    assert len(ends) == len(set(ends))
    for name in tensors:
        assert any(name == end or name.startswith(end + ".") for end in ends), name
