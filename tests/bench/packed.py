"""What it costs to multiply packed weights out in every call: one layer of Flux's width, in float32
as CPUs compute it, against the same layer widened; with few tokens, which is the worst of it.

python -m tests.bench.packed [rounds]
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.packed.layers import pack
from loraviewer.core.cancel import CancelToken
from loraviewer.engine.opening.weights import WeightReader
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.engine import packed_files
from tests.listeners import silent

ROUNDS = 10
WIDTH, TOKENS = 3072, 512
FORMS = {
    "fp8": packed_files.plain_fp8,
    "fp8 scaled": packed_files.scaled_fp8("scale_weight"),
    "int8": packed_files.int8,
    "nf4": packed_files.four_bits("nf4", outer=256),
}


def packed_layer(weight: torch.Tensor, form: Callable, folder: Path) -> nn.Linear:
    save_file(form({"layer.weight": weight}), folder / "a.safetensors")
    reader = WeightReader(1, CancelToken(), silent, packs=True)
    files = [WeightFile.whole(folder / "a.safetensors")]
    layer = nn.Linear(WIDTH, WIDTH, bias=False, device="meta")
    pack(layer, reader.read("transformer", files, lambda name: torch.float32)["layer.weight"])
    return layer


def measure(rounds: int = ROUNDS) -> list[Figure]:
    torch.set_num_threads(2)
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(WIDTH, WIDTH, generator=generator)
    inputs = torch.randn(TOKENS, WIDTH, generator=generator)
    plain = nn.Linear(WIDTH, WIDTH, bias=False)
    plain.weight.data = weight
    with tempfile.TemporaryDirectory() as folder:
        layers = {name: packed_layer(weight, form, Path(folder)) for name, form in FORMS.items()}

    def calling(layer: nn.Linear) -> Callable[[int], object]:
        return lambda _: layer(inputs)

    with torch.no_grad():
        widened_s, *packed_s = alternating_s(list(map(calling, (plain, *layers.values()))), rounds)
    figures = []
    for (name, layer), seconds in zip(layers.items(), packed_s, strict=True):
        size = layer.weight.nbytes / plain.weight.nbytes
        figures += [
            Figure(f"layer {name}", seconds / widened_s, "×", what=f"{TOKENS} tokens"),
            Figure(f"bytes {name}", size, "×", what="of the layer in float32"),
        ]
    return figures


def main() -> None:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    keep("packed", figures)
    print_table(f"packed layers of {WIDTH} × {WIDTH}, against widened", figures)


if __name__ == "__main__":
    main()
