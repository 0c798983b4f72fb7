"""Kinds against the libraries that train them, where those are right: LyCORIS and PEFT.

Their results are taken in float64 where they allow it. LyCORIS inverts in float32 (OFT, BOFT), and
reads DoRA's strength and rescaled OFT's in ways that only agree at full strength.
"""

import json
from typing import Any

import peft
import pytest
import torch
from lycoris.functional import boft, diag_oft, locon, loha, lokr
from lycoris.functional.general import weight_decompose
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from safetensors.torch import load_file, save_file
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import NothingMatches, load_adapter
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.kinds.files import modules_for
from tests.adapters.kinds.test_formulas import SHAPES, delta_of, network_of


def lycoris_delta(name: str, tensors: dict[str, torch.Tensor], weight: torch.Tensor) -> Any:
    """LyCORIS' own ΔW; `weight` in float64."""
    t = {key: tensor.double() for key, tensor in tensors.items()}
    gamma = {"lora with alpha": 0.5, "locon tucker": 0.5, "loha": 2.0, "loha tucker": 2.0}
    down, up, mid = (t.get(f"lora_{part}") for part in ("down.weight", "up.weight", "mid.weight"))
    if name.startswith(("lora", "locon")):
        # LyCORIS says of each weight that it is a tuple of all
        return locon.diff_weight(down, up, mid, gamma=gamma[name])  # pyright: ignore[reportArgumentType]
    if name.startswith("loha"):
        parts = ("w1_b", "w1_a", "w2_b", "w2_a", "t1", "t2")
        return loha.diff_weight(*(t.get(f"hada_{part}") for part in parts), gamma=gamma[name])
    if name.startswith("lokr"):
        parts = ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")
        scale = {"lokr whole": 1.0, "lokr tucker": 1 / 3}.get(name, 2 / 3)
        return lokr.kron_weight(*(t.get(f"lokr_{part}") for part in parts), scale=scale)
    if name.startswith("oft"):
        limit = float(t["alpha"]) * len(weight) if "alpha" in t else 0.0
        args = (tensors["oft_blocks"], tensors.get("rescale"))
        return diag_oft.diff_weight(weight.float(), *args, constraint=limit)
    return boft.diff_weight(weight.float(), tensors["oft_blocks"], tensors.get("rescale"))


_FROM_LYCORIS = [
    *("lora with alpha", "locon tucker", "loha", "loha tucker", "lokr whole", "lokr tucker"),
    *("lokr w2 factored", "lokr w1 factored", "lokr both factored"),
    *("oft", "oft constrained", "oft rescaled", "boft", "boft rescaled"),
]
_EXACT = 1e-6
_FLOAT32_INVERSE = 1e-5


@pytest.mark.parametrize("where", ["linear", "conv"])
@pytest.mark.parametrize("name", _FROM_LYCORIS)
def test_kind_equals_lycoris(where, name, tmp_path):
    modules = modules_for(SHAPES[where])
    if name not in modules:
        assert "tucker" in name
        return
    found, base = _ours(modules[name].tensors, where, tmp_path)
    theirs = lycoris_delta(name, modules[name].tensors, base.double())
    error = (found.double() - theirs.double().flatten(1)).norm() / theirs.norm()
    assert error <= (_FLOAT32_INVERSE if "oft" in name else _EXACT)


@pytest.mark.parametrize("where", ["linear", "conv"])
@pytest.mark.parametrize("on_out", [True, False])
def test_dora_equals_lycoris_at_full_strength(where, on_out, tmp_path):
    shape = SHAPES[where]
    tensors = dict(modules_for(shape)["lora with alpha"].tensors)
    ones = (1,) * (len(shape) - 1)
    magnitude = torch.rand(shape[0], *ones) if on_out else torch.rand(1, shape[1], *ones[1:])
    found, base = _ours(tensors | {"dora_scale": magnitude + 1.0}, where, tmp_path)
    directed = base.double() + lycoris_delta("lora with alpha", tensors, base).reshape(shape)
    theirs = weight_decompose(directed, magnitude.double() + 1.0, wd_on_out=on_out) - base.double()
    assert (found.double() - theirs.flatten(1)).norm() / theirs.norm() <= _EXACT


@pytest.mark.parametrize("where", ["linear", "conv"])
def test_glora_equals_lycoris(where, tmp_path):
    tensors = modules_for(SHAPES[where])["glora"].tensors
    found, _ = _ours(tensors, where, tmp_path)
    layer = network_of(SHAPES[where]).layer.double()
    a1, a2, b1, b2 = (tensors[f"{role}.weight"] for role in ("a1", "a2", "b1", "b2"))
    module = GLoRAModule.make_module_from_state_dict(
        "x", layer, a1, a2, b1, b2, None, tensors["alpha"]
    )
    theirs = module.double().get_diff_weight()[0]
    assert (found.double() - theirs.flatten(1)).norm() / theirs.norm() <= _EXACT


@pytest.mark.parametrize("where", ["linear", "conv"])
@pytest.mark.parametrize("on_input", [False, True])
def test_ia3_equals_lycoris(where, on_input, tmp_path):
    layer = network_of(SHAPES[where]).layer
    module = IA3Module("x", layer, train_on_input=on_input)
    nn.init.normal_(module.weight, generator=torch.Generator().manual_seed(2))
    tensors = {"weight": module.weight.detach(), "on_input": torch.tensor(int(on_input))}
    found, _ = _ours(tensors, where, tmp_path)
    theirs = module.get_diff_weight()[0].detach()
    assert (found - theirs.flatten(1)).norm() / theirs.norm() <= _EXACT


def _ours(tensors, where, folder):
    """Our ΔW, (out, n), and the base weight."""
    network = network_of(SHAPES[where])
    save_file({f"unet.layer.{name}": t for name, t in tensors.items()}, folder / "x.safetensors")
    adapter, _ = load_adapter(folder / "x.safetensors", TargetIndex.of({"unet": network}))
    base = network.layer.weight.detach()
    return delta_of(adapter, base), base


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(16, 24)
        self.conv = nn.Conv2d(8, 12, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.conv(x).flatten(1)[:, :16])


_TARGETS: dict[str, Any] = {"target_modules": ["linear", "conv"]}
_CONFIGS: dict[str, Any] = {
    "lora": peft.LoraConfig(r=4, lora_alpha=6, **_TARGETS),
    "rslora": peft.LoraConfig(r=4, lora_alpha=6, use_rslora=True, **_TARGETS),
    "dora": peft.LoraConfig(r=4, lora_alpha=6, use_dora=True, **_TARGETS),
    "patterns": peft.LoraConfig(
        r=4,
        lora_alpha=6,
        rank_pattern={"conv": 2},
        alpha_pattern={"conv": 3},
        **_TARGETS,
    ),
    "adalora": peft.AdaLoraConfig(init_r=4, lora_alpha=6, total_step=9, **_TARGETS),
    "ia3": peft.IA3Config(feedforward_modules=[], **_TARGETS),
    "ia3 on inputs": peft.IA3Config(feedforward_modules=["linear", "conv"], **_TARGETS),
    "vera": peft.VeraConfig(r=5, target_modules=["linear"]),
    "bias": peft.LoraConfig(r=4, lora_alpha=6, lora_bias=True, target_modules=["linear"]),
    "loha": peft.LoHaConfig(r=4, alpha=6, **_TARGETS),
    "loha tucker": peft.LoHaConfig(r=4, alpha=6, use_effective_conv2d=True, **_TARGETS),
    "lokr": peft.LoKrConfig(r=2, alpha=3, decompose_factor=4, **_TARGETS),
    "lokr both": peft.LoKrConfig(r=1, alpha=3, decompose_both=True, **_TARGETS),
    "oft": peft.OFTConfig(r=0, oft_block_size=4, use_cayley_neumann=True, **_TARGETS),
    "oft terms": peft.OFTConfig(
        r=0,
        oft_block_size=4,
        use_cayley_neumann=True,
        num_cayley_neumann_terms=7,
        **_TARGETS,
    ),
    **{
        f"oft of {terms} terms": peft.OFTConfig(
            r=0,
            oft_block_size=4,
            use_cayley_neumann=True,
            num_cayley_neumann_terms=terms,
            **_TARGETS,
        )
        for terms in (2, 3, 4, 5, 6)
    },
    "adalora with patterns": peft.AdaLoraConfig(
        init_r=4, lora_alpha=6, alpha_pattern={"linear": 1}, total_step=9, **_TARGETS
    ),
    "adalora, rank-stabilised": peft.AdaLoraConfig(
        init_r=4, lora_alpha=6, use_rslora=True, total_step=9, **_TARGETS
    ),
    "oft exact": peft.OFTConfig(r=0, oft_block_size=4, use_cayley_neumann=False, **_TARGETS),
    "oft constrained": peft.OFTConfig(r=0, oft_block_size=4, coft=True, eps=0.3, **_TARGETS),
    "oft constrained by default": peft.OFTConfig(r=0, oft_block_size=4, coft=True, **_TARGETS),
    "oft constrained, exact": peft.OFTConfig(
        r=0, oft_block_size=4, coft=True, eps=0.01, use_cayley_neumann=False, **_TARGETS
    ),
    "oft constrained, shared": peft.OFTConfig(
        r=0, oft_block_size=4, coft=True, eps=0.01, block_share=True, **_TARGETS
    ),
    "oft shared": peft.OFTConfig(r=0, oft_block_size=4, block_share=True, **_TARGETS),
}


def randomised(model, seed=4):
    """PEFT's model with noise on all that it trains and saves, in float64."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.double().named_parameters():
        if parameter.requires_grad and "ranknum" not in name:
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.data.add_(0.1 * noise)
    return model


def small():
    torch.manual_seed(3)
    return Small().double()


def assert_as_merged(folder, model, tolerance=2e-6, network=small):
    """What the saved adapter changes is what PEFT's merge changes, and nothing else."""
    base = {key: value.detach().clone() for key, value in network().named_parameters()}
    index = TargetIndex.of({"unet": network()})
    adapter, report = load_adapter(folder / "adapter_model.safetensors", index)
    assert report.unmatched == report.shape_mismatch == ()
    read_base = {("unet", key): v.float().reshape(len(v), -1) for key, v in base.items()}
    merged = dict(model.merge_and_unload().named_parameters())
    changed = {key for key in base if not torch.equal(base[key], merged[key].double())}
    assert changed == {key for _, key in adapter.weights}
    for (_, key), delta in adapter.weights.items():
        if isinstance(delta, LowRankDelta):
            found = delta.scaling * (delta.up.float() @ delta.down.float())
        else:
            found = delta.dense(read_base.__getitem__)
        theirs = (merged[key].detach() - base[key]).reshape(found.shape)
        assert (found.double() - theirs).norm() / theirs.norm() <= tolerance, key
    return report


@pytest.mark.parametrize("name", _CONFIGS)
def test_kind_equals_peft(name, tmp_path):
    model = randomised(peft.get_peft_model(small(), _CONFIGS[name]))
    model.save_pretrained(tmp_path)
    report = assert_as_merged(tmp_path, model)
    assert report.doubts == ()
    assert report.is_complete
    assert json.loads((tmp_path / "adapter_config.json").read_text())["peft_type"]


def test_a_null_switches_the_series_off(tmp_path):
    """As PEFT reads its own file."""
    model = randomised(peft.get_peft_model(small(), _CONFIGS["oft exact"]))
    model.save_pretrained(tmp_path)
    path = tmp_path / "adapter_config.json"
    config = json.loads(path.read_text()) | {"use_cayley_neumann": None}
    path.write_text(json.dumps(config))
    assert_as_merged(tmp_path, model)


@pytest.mark.parametrize("alpha", [5, 0])
def test_pruned_adalora_equals_peft(alpha, tmp_path):
    """PEFT saves without the pruned rows, and goes on dividing by the first rank."""
    config = peft.AdaLoraConfig(init_r=6, lora_alpha=alpha, total_step=9, **_TARGETS)
    model = randomised(peft.get_peft_model(small(), config))
    used = model.peft_config["default"]
    assert isinstance(used, peft.AdaLoraConfig)
    used.rank_pattern = {
        "linear.lora_E": [True, False, True, True, False, False],
        "conv.lora_E": [False, False, True, False, False, False],
    }
    model.save_pretrained(tmp_path)
    saved = peft.PeftModel.from_pretrained(small(), tmp_path).double()
    report = assert_as_merged(tmp_path, saved)
    assert report.is_complete
    assert report.doubts == ()
    (tmp_path / "adapter_config.json").unlink()
    index = TargetIndex.of({"unet": small()})
    _, report = load_adapter(tmp_path / "adapter_model.safetensors", index)
    assert "2 modules had before pruning" in report.doubts[0]


class BlocksOnTheCpu:
    """In place of PEFT's CUDA extension, without which it has one stage only."""

    def forward(self, stages: torch.Tensor) -> list[torch.Tensor]:
        return [torch.stack([torch.block_diag(*blocks) for blocks in stages])]


@pytest.mark.parametrize("stages", [1, 2, 3])
def test_boft_equals_peft(stages, tmp_path, monkeypatch):
    monkeypatch.setattr("peft.tuners.boft.layer.get_fbd_cuda", BlocksOnTheCpu)
    size = {"boft_block_size": 4} if stages < 3 else {"boft_block_size": 2}
    config = peft.BOFTConfig(boft_n_butterfly_factor=stages, **size, **_TARGETS)
    model = randomised(peft.get_peft_model(small(), config))
    model.save_pretrained(tmp_path)
    assert_as_merged(tmp_path, model)
    stored = load_file(tmp_path / "adapter_model.safetensors")
    assert len(stored["base_model.model.linear.boft_R"]) == stages


class Two(nn.Module):
    """Linears of different sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(16, 24)
        self.wide = nn.Linear(24, 40)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.wide(self.linear(x))


def two():
    torch.manual_seed(6)
    return Two().double()


def test_modules_of_vera_share_their_projections(tmp_path):
    config = peft.VeraConfig(r=5, target_modules=["linear", "wide"])
    model = randomised(peft.get_peft_model(two(), config))
    model.save_pretrained(tmp_path)
    report = assert_as_merged(tmp_path, model, network=two)
    assert report.matched == ("base_model.model.linear", "base_model.model.wide")


def test_vera_without_projections_is_refused(tmp_path):
    """PEFT would draw them again, with luck the same."""
    config = peft.VeraConfig(r=5, target_modules=["linear", "wide"], save_projection=False)
    peft.get_peft_model(two(), config).save_pretrained(tmp_path)
    path = tmp_path / "adapter_model.safetensors"
    with pytest.raises(NothingMatches, match="save_projection=True") as refused:
        load_adapter(path, TargetIndex.of({"unet": two()}))
    assert refused.value.report.unsupported == (
        "base_model.model.linear",
        "base_model.model.wide",
    )


class Words(nn.Module):
    """An embedding before a linear, a norm and an output layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(11, 16)
        self.linear = nn.Linear(16, 24)
        self.norm = nn.LayerNorm(24)
        self.proj_out = nn.Linear(24, 8)

    def get_input_embeddings(self) -> nn.Module:
        return self.embed_tokens

    def get_output_embeddings(self) -> None:
        return None

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        return self.proj_out(self.norm(self.linear(self.embed_tokens(numbers))))


def words():
    torch.manual_seed(8)
    return Words().double()


_BESIDE: dict[str, Any] = {
    "an embedding": {"target_modules": ["embed_tokens", "linear"]},
    "modules to save": {"target_modules": ["linear"], "modules_to_save": ["proj_out", "norm"]},
    "biases of its modules": {"target_modules": ["linear"], "bias": "lora_only"},
    "all biases": {"target_modules": ["linear"], "bias": "all"},
    "everything": {
        "target_modules": ["linear"],
        "modules_to_save": ["proj_out"],
        "bias": "all",
    },
}


@pytest.mark.parametrize("saves_embedding", [False, True])
@pytest.mark.parametrize("name", _BESIDE)
def test_what_peft_trains_beside_linears(name, saves_embedding, tmp_path):
    if saves_embedding and name != "an embedding":
        return
    config = peft.LoraConfig(r=4, lora_alpha=6, **_BESIDE[name])
    model = randomised(peft.get_peft_model(words(), config))
    model.save_pretrained(tmp_path, save_embedding_layers=saves_embedding)
    stored = load_file(tmp_path / "adapter_model.safetensors")
    assert saves_embedding == any(key.endswith("embed_tokens.base_layer.weight") for key in stored)
    report = assert_as_merged(tmp_path, model, network=words)
    twice = ("base_model.model.proj_out.modules_to_save.bias",) if name == "everything" else ()
    assert report.unsupported == twice


def test_biases_of_a_boft(tmp_path, monkeypatch):
    monkeypatch.setattr("peft.tuners.boft.layer.get_fbd_cuda", BlocksOnTheCpu)
    config = peft.BOFTConfig(boft_block_size=4, bias="boft_only", **_TARGETS)
    model = randomised(peft.get_peft_model(small(), config))
    model.save_pretrained(tmp_path)
    assert_as_merged(tmp_path, model)
