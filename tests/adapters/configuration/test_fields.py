"""Values of a configuration that are not what their fields are for: what counts, and that it is
told."""

import json

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.configuration.fields import unusable_fields, usable_fields
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.load import load_adapter, summarise
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import AdapterError
from tests.adapters.configuration.test_alpha import INDEX, factors, lokr, scaling, write_config
from tests.adapters.toys import toy_components, write_lora

PEFT = {"peft_type": "LORA", "lora_alpha": 8, "r": 4}


def peft_file(folder, **fields):
    write_config(folder, **PEFT | fields)
    return write_lora(folder / "adapter_model.safetensors", factors())


@pytest.mark.parametrize(
    ("fields", "expected", "words"),
    [
        ({"use_rslora": 1}, 4.0, None),  # as PEFT takes it
        ({"use_rslora": 0}, 2.0, None),
        ({"use_rslora": "true"}, 4.0, None),
        ({"use_rslora": "false"}, 2.0, "use_rslora “false”, which is no true or false"),
        ({"use_rslora": 2}, 2.0, "use_rslora “2”"),
        ({"use_rslora": [True]}, 2.0, "use_rslora “[True]”"),
        ({"use_rslora": None}, 2.0, None),
        ({"lora_alpha": "8"}, 2.0, None),
        ({"lora_alpha": True}, 1.0, "alpha “True”, which is no number"),
        ({"lora_alpha": None}, 1.0, "names no alpha: 1 module counts as it is (×1)"),
        ({"alpha_pattern": ["inner.0"]}, 2.0, "alpha_pattern “['inner.0']”, which is no table"),
        ({"alpha_pattern": {"inner.0": "much"}}, 2.0, "alpha_pattern “inner.0” “much”"),
        ({"alpha_pattern": {"inner.0": "4"}}, 1.0, None),
        ({"alpha_pattern": None}, 2.0, None),
        ({"rank_pattern": [4]}, 2.0, "rank_pattern “[4]”, which is no table"),
        ({"rank_pattern": {"inner.0": -4}}, 2.0, "rank_pattern “inner.0” “-4”, which is no rank"),
        ({"r": "four"}, 2.0, "r “four”, which is no rank"),
        ({"r": -4}, 2.0, "r “-4”"),
        ({"r": 0}, 2.0, "r “0”"),
        ({"r": 4.5}, 2.0, "r “4.5”"),
        ({"use_dora": "yes"}, 2.0, "use_dora “yes”"),
        ({"peft_type": "LOKR"}, 2.0, "says LOKR, but 1 of its modules is lora"),
        ({"peft_type": "RANDLORA"}, 2.0, "says RANDLORA, but 1 of its modules is lora"),
        ({"peft_type": 7}, 2.0, "says 7, but"),
        ({"peft_type": "lora"}, 2.0, None),
    ],
)
def test_what_counts_and_what_is_told(tmp_path, fields, expected, words):
    path = peft_file(tmp_path, **fields)
    assert scaling(path) == expected
    doubts = load_adapter(path, INDEX)[1].doubts
    assert doubts == summarise(path).doubts
    assert any(words in doubt for doubt in doubts) if words else doubts == ()


def test_a_field_without_value_is_looked_for_in_the_next_place(tmp_path):
    write_config(tmp_path, **PEFT | {"use_rslora": True})
    metadata = {"lora_alpha": "16", "use_rslora": "perhaps"}
    path = write_lora(tmp_path / "adapter_model.safetensors", factors(), metadata)
    assert scaling(path) == 8.0


@pytest.mark.parametrize(
    ("table", "ignored"),
    [
        ({"peft_type": "OFT", "r": 0, "oft_block_size": 4}, True),
        ({"peft_type": "ADALORA", "rank_pattern": {"x.lora_E": [True]}, "r": "?"}, True),
        ({"peft_type": ["LORA"], "r": 0}, False),
        ({"coft": "", "eps": -1, "num_cayley_neumann_terms": 1}, False),
    ],
)
def test_fields_mean_something_by_the_type(table, ignored):
    assert (list(unusable_fields(table)) == []) == ignored


def test_what_means_nothing_is_not_among_the_fields():
    table = {"r": "4", "eps": "1e-3", "coft": 1, "x": "y", "lora_alpha": "inf"}
    assert dict(usable_fields(table)) == {"eps": 1e-3, "coft": True, "x": "y"}


def test_a_peft_file_without_its_configuration_is_told(tmp_path):
    """Diffusers’ names have no alpha where it is the rank; PEFT keeps it in the file beside."""
    plain = write_lora(tmp_path / "plain.safetensors", factors())
    assert summarise(plain).doubts == ()
    tensors = {f"base_model.model.{name}": tensor for name, tensor in factors("x").items()}
    tensors = {name.replace("x.inner", "inner"): tensor for name, tensor in tensors.items()}
    path = write_lora(tmp_path / "adapter_model.safetensors", tensors)
    index = TargetIndex.of({"unet": toy_components()["unet"]})
    assert scaling(path, index=index) == 1.0
    (doubt,) = load_adapter(path, index)[1].doubts
    assert "adapter_config.json is not there: 1 module counts as it is (×1)" in doubt


def test_a_configuration_of_another_component_is_no_scaling(tmp_path):
    path = write_lora(tmp_path / "a.safetensors", factors(), {"text_encoder.lora_alpha": "2"})
    summary = summarise(path)
    assert "no alpha anywhere" in summary.scaling
    (doubt,) = summary.doubts
    assert "for text_encoder, of which it has no module: 1 module counts as it is" in doubt


# Alphas in tensors


def with_own(alpha: float, module: str = "inner.0"):
    return factors() | {f"unet.{module}.alpha": torch.tensor(alpha)}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16, torch.int64])
def test_an_alpha_of_its_own_beside_another_configured(tmp_path, dtype):
    """Told before a base is known as well as after, from the file's numbers."""
    tensors = factors() | {"unet.inner.0.alpha": torch.tensor(2, dtype=dtype)}
    for configured, words in ((16, "×0.5, not ×4"), (2, "")):
        path = write_lora(tmp_path / "a.safetensors", tensors, {"lora_alpha": str(configured)})
        assert scaling(path) == 0.5
        said = f"alpha from its own tensors, not the alpha {configured} from its header"
        assert inspect_file(path)["scaling"] == said
        for doubts in (
            load_adapter(path, INDEX)[1].doubts,
            inspect_file(path, values=True)["doubts"],
        ):
            assert [words in doubt for doubt in doubts] == [True] * bool(words)


def test_alpha_zero_is_told(tmp_path):
    path = write_lora(tmp_path / "a.safetensors", with_own(0.0))
    for doubts in (load_adapter(path, INDEX)[1].doubts, inspect_file(path, values=True)["doubts"]):
        (doubt,) = doubts
        assert doubt == "1 module has alpha 0 and changes nothing: “unet.inner.0”."


def test_a_module_without_alpha_among_others_is_told(tmp_path):
    tensors = with_own(2.0) | {
        "unet.inner.2.lora_A.weight": torch.randn(4, 24),
        "unet.inner.2.lora_B.weight": torch.randn(8, 4),
    }
    path = write_lora(tmp_path / "a.safetensors", tensors)
    summary = summarise(path)
    assert summary.scaling == ("alpha from its own tensors; 1 of 2 modules has none (×1)")
    (doubt,) = summary.doubts
    assert "1 of 2 modules has no alpha (“unet.inner.2”)" in doubt
    configured = write_lora(tmp_path / "b.safetensors", tensors, {"lora_alpha": "2"})
    assert summarise(configured).doubts == ()


# Factors that are no factors


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.bool, torch.int64])
def test_whole_numbers_are_no_factors(tmp_path, dtype):
    tensors = {name: tensor.to(dtype) for name, tensor in factors().items()}
    path = write_lora(tmp_path / "a.safetensors", tensors | {"unet.outer.diff_b": torch.ones(1)})
    with pytest.raises(AdapterError, match="whole numbers") as raised:
        load_adapter(path, INDEX)
    assert "a.safetensors" in str(raised.value)


def test_whole_numbers_count_where_they_are_no_factors(tmp_path):
    tensors = lokr(1.0) | {"unet.inner.0.alpha": torch.tensor(1, dtype=torch.int64)}
    assert load_adapter(write_lora(tmp_path / "a.safetensors", tensors), INDEX)[1].is_complete


@pytest.mark.parametrize("name", ["dora_scale", "lora_magnitude_vector"])
@pytest.mark.parametrize("size", [(23,), (1, 9), (24, 2)])
def test_a_magnitude_of_another_size_is_named(tmp_path, name, size):
    tensors = factors() | {f"unet.inner.0.{name}": torch.ones(size)}
    path = tmp_path / "a.safetensors"
    save_file(tensors, path)
    with pytest.raises(AdapterError, match=r"its DoRA magnitude has .* numbers"):
        load_adapter(path, TargetIndex.of(toy_components()))


# Files that are written by other programs


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = write_lora(tmp_path / "adapter_model.safetensors", factors())
    (tmp_path / "adapter_config.json").write_text(json.dumps(PEFT), "utf-8-sig")
    assert scaling(path) == 2.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"r": ' + "9" * 10_000 + "}", "a number with thousands of digits"),
        ("{", "not valid JSON"),
        ('{"alpha_pattern": {"(to_q": 4}}', "“\\(to_q” .* it is no regular expression"),
        ('{"alpha_pattern": {"to_q(?!x)": 4}}', "without look-around"),
        ('{"alpha_pattern": {"(x)to_q\\\\1": 4}}', "without look-around"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, text, words):
    path = write_lora(tmp_path / "adapter_model.safetensors", factors())
    (tmp_path / "adapter_config.json").write_text(text)
    for read in (summarise, lambda path: load_adapter(path, INDEX)):
        with pytest.raises(AdapterError, match=words):
            read(path)
