"""Factors that no weight needs, in sparse files of a few hundred bytes: refused by their shapes."""

import pytest

from loraviewer.adapters import group_reader, load
from loraviewer.adapters.files.tensors import read_tensor
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.builders import ATTENTION, tiny_components
from tests.adapters.sparse import sparse_file

HUGE = 1 << 32


def hostile_shapes(case):
    """A change that lands, and what a few bytes of a sparse file can claim beside or in it."""
    key = "lora_unet_" + ATTENTION + "to_q"
    good = {f"{key}.lora_up.weight": (16, 4), f"{key}.lora_down.weight": (4, 16)}
    other = "lora_unet_down_blocks_1_attentions_0_proj_in"
    return good | {
        "rank": {f"{other}.lora_up.weight": (16, HUGE), f"{other}.lora_down.weight": (HUGE, 16)},
        "rows elsewhere": {"lora_unet_no.lora_up.weight": (HUGE, 2),
                           "lora_unet_no.lora_down.weight": (2, 16)},
        "sparse elements": {f"{other}.lora_up.weight": (16, 4),
                            f"{other}.lora_down.weight": (4, 16),
                            f"{other}.bias_indices": (2, HUGE), f"{other}.bias_values": (HUGE,),
                            f"{other}.bias_size": (2,)},
        "Kronecker": {f"{other}.lokr_w1": (1 << 16, 1 << 16), f"{other}.lokr_w2": (1 << 16, 1)},
        "core": {f"{other}.lora_up.weight": (16, 1 << 16),
                 f"{other}.lora_mid.weight": (1 << 16, 1 << 16, 1, 1),
                 f"{other}.lora_down.weight": (1 << 16, 16)},
        "singular values": {f"{other}.lora_A": (HUGE, 16), f"{other}.lora_B": (16, HUGE),
                            f"{other}.lora_E": (HUGE, 1)},
        "words": {f"{other}.lora_embedding_A": (HUGE, 16), f"{other}.lora_embedding_B": (16, HUGE)},
        "projections": {f"{other}.vera_lambda_b": (16,), f"{other}.vera_lambda_d": (4,),
                        f"{other}.vera_A": (4, HUGE), f"{other}.vera_B": (16, 4)},
        "rank of projections": {f"{other}.vera_lambda_b": (16,),
                                f"{other}.vera_lambda_d": (1 << 20,),
                                f"{other}.vera_A": (1 << 20, 16),
                                f"{other}.vera_B": (16, 1 << 20)},
        "stages": {f"{other}.boft_R": (HUGE, 8, 2, 2), f"{other}.boft_s": (16, 1)},
        "parts": {f"{other}.oft_blocks.0": (1, 1 << 16, 1 << 16)},
        "vector": {f"{other}.ia3_l": (HUGE, 1)},
    }[case]  # fmt: skip


CASES = (
    *("rank", "rows elsewhere", "sparse elements", "Kronecker", "core", "singular values"),
    *("words", "projections", "rank of projections", "stages", "parts", "vector"),
)


@pytest.mark.parametrize("case", CASES)
def test_absurd_factors_are_refused_before_they_are_read(tmp_path, case, monkeypatch):
    """The file is sparse: whoever reads all that it claims to hold needs tens of gigabytes."""
    path = sparse_file(tmp_path / "huge.safetensors", hostile_shapes(case))
    monkeypatch.setattr(load, "stream_sha256", lambda file, token: "0" * 64)
    read = []

    def spy(file, header, name, path):
        info = header.tensors[name]
        read.append(info.end - info.begin)
        assert read[-1] < 1 << 20, name
        return read_tensor(file, header, name, path)

    monkeypatch.setattr(group_reader, "read_tensor", spy)
    adapter, report = load.load_adapter(path, TargetIndex.of(tiny_components()))
    assert len(adapter.weights) == 1
    assert len(report.matched) == 1
    assert report.energy_share is None
    assert read
