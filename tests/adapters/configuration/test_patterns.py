"""Patterns of PEFT against PEFT's own matcher, and hostile ones."""

import json

import peft
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from peft.utils.other import get_pattern_key
from torch import nn

from loraviewer.adapters.configuration.patterns import Patterns
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import load_adapter, summarise
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import AdapterError

NAMES = [
    "blocks.0.attn.to_q",
    "blocks.1.attn.to_q",
    "blocks.11.attn.to_q",
    "blocks.1.attn.to_out.0",
    "xblocks.1.attn.to_q",
    "to_q",
]
PATTERNS = [
    "to_q",
    "attn.to_q",
    r"attn\.to_q",
    "^blocks.1.attn.to_q",
    r"^blocks\.1\.attn\.to_q",
    r"blocks\.\d+\.attn\.to_q",
    r".*\.to_(q|out\.0)",
    "blocks.1.*",
    "blocks.1",
    "o_q",
    "0",
    "[xy]?blocks.1.attn.to_[qk]",
    "to_q|to_out.0",
    "lo",
    "",
]


@given(st.lists(st.sampled_from(PATTERNS), unique=True, max_size=5), st.sampled_from(NAMES))
def test_the_first_pattern_that_peft_takes(patterns, name):
    theirs = get_pattern_key(patterns, name)
    table = {pattern: i for i, pattern in enumerate(patterns)}
    expected = table.get(theirs)
    assert Patterns.of(table, "x").value([name]) == expected


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.to_q = nn.Linear(8, 12)
        self.to_k = nn.Linear(8, 12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.to_q(x) + self.to_k(x)


class Blocks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return sum((block(x) for block in self.blocks), torch.zeros(()))


@pytest.mark.parametrize(
    "patterns",
    [
        {r"blocks\.[12]\.to_q": 2},
        {r"^blocks\.\d+\.to_q": 2, "to_k": 16},
        {"to_q": 1, r"blocks.0.to_q": 32},
        {r".*to_(q|k)": 3},
    ],
)
@pytest.mark.parametrize("is_stabilised", [False, True])
def test_alpha_patterns_equal_pefts_merge(tmp_path, patterns, is_stabilised):
    torch.manual_seed(0)
    base = Blocks().double()
    before = {k: v.clone() for k, v in base.named_parameters()}
    config = peft.LoraConfig(
        r=4,
        lora_alpha=8,
        use_rslora=is_stabilised,
        init_lora_weights=False,
        target_modules=["to_q", "to_k"],
        alpha_pattern=patterns,
        rank_pattern={r"blocks\.2\.to_k": 2},
    )
    model = peft.get_peft_model(base, config).double()
    model.save_pretrained(tmp_path)
    path = tmp_path / "adapter_model.safetensors"
    adapter, report = load_adapter(path, TargetIndex.of({"transformer": Blocks()}))
    assert report.is_complete
    loaded = peft.PeftModel.from_pretrained(Blocks().double(), str(tmp_path))
    loaded.get_base_model().load_state_dict(model.get_base_model().state_dict())
    merged = dict(loaded.merge_and_unload().named_parameters())
    assert len(adapter.weights) == 6
    for (_, key), delta in adapter.weights.items():
        assert isinstance(delta, LowRankDelta)
        found = delta.scaling * (delta.up.double() @ delta.down.double())
        theirs = (merged[key] - before[key]).detach()
        assert (found - theirs).norm() <= 1e-6 * theirs.norm(), key
    is_contested = len({value for key, value in patterns.items() if "to_q" in key}) > 1
    assert any("Several" in doubt for doubt in summarise(path).doubts) == is_contested


def write(tmp_path, **fields):
    model = peft.get_peft_model(
        Blocks(), peft.LoraConfig(r=4, lora_alpha=8, target_modules=["to_q", "to_k"])
    )
    model.save_pretrained(tmp_path)
    path = tmp_path / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    return tmp_path / "adapter_model.safetensors"


def test_patterns_that_hit_nothing_are_told(tmp_path):
    path = write(tmp_path, alpha_pattern={"to_q": 2, r"blocks\.9\..*": 4, "to_v": 1})
    (doubt,) = summarise(path).doubts
    assert doubt == ("Of its alpha_pattern, “blocks\\.9\\..*”, “to_v” fit none of its modules.")


@pytest.mark.parametrize("pattern", ["(", "[", "*x", "(?<=a)b", r"(a)\1", "((x{999}){999}){999}"])
def test_patterns_that_cannot_be_read_are_one_sentence(tmp_path, pattern):
    path = write(tmp_path, alpha_pattern={pattern: 2})
    with pytest.raises(AdapterError, match="adapter_model") as caught:
        summarise(path)
    assert pattern in str(caught.value)


def test_hostile_patterns_end(tmp_path):
    """Expressions on which Python’s matcher would run for longer than the universe."""
    table = {r"(b|b)*(.*.*)*(.*a)*x": 1, r"(((l*)*)*)*y": 2}
    assert Patterns.of(table, "x").value(["blocks" * 2_000]) is None
    with pytest.raises(AdapterError, match="too large"):
        Patterns.of({str(i): 1 for i in range(20_001)}, "x")
