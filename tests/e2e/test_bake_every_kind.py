"""`loraviewer bake --base demo` with one adapter of every kind, and with a stack of all of them.

What is written must be the float64 formula rounded to the base's float16: the nearest value, or its
neighbour where the float32 sum lies on the other side of a tie.
"""

import itertools
import json
import random
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.cli.commands import run
from loraviewer.core.blocks import block_of
from loraviewer.core.resources import demo_checkpoint
from tests.adapters.kinds.files import modules_for

pytestmark = pytest.mark.sampled(4)

_FILES = {
    "unet": "unet/diffusion_pytorch_model.safetensors",
    "text_encoder": "text_encoder/model.safetensors",
}
_PREFIX = {"unet": "lora_unet_", "text_encoder": "lora_te_"}
_ATTENTION = "mid_block.attentions.0.transformer_blocks.0."
_PLACES = (
    ("unet", "mid_block.resnets.0.conv1"),
    ("unet", _ATTENTION + "attn2.to_k"),
    ("unet", _ATTENTION + "ff.net.0.proj"),
    ("unet", "conv_in"),
    ("text_encoder", "text_model.encoder.layers.0.mlp.fc1"),
)
_SCALES = (0.75, -0.5, 1.0, 0.3)
ONE_EACH = (
    *("lora with alpha", "lora in fp8", "lora with sparse", "locon tucker"),
    *("loha", "loha tucker", "lokr whole", "lokr both factored", "lokr tucker"),
    *("oft", "oft rescaled", "oft_diag", "oft v2", "boft", "boft rescaled"),
    *("glora", "glora old", "ia3 on rows", "ia3 on columns", "full", "set_weight"),
    *(
        "adalora pruned",
        "ia3 of peft",
        "ia3 of peft on inputs",
        "vera",
        "oft in parts",
        "boft of peft",
    ),
    *("dora lora dora_scale 2-d over rows", "dora lora dora_scale 2-d over columns"),
    *("dora loha magnitude 1-d over rows", "dora lokr dora_scale 4-d over columns"),
)


@cache
def base():
    return {name: load_file(demo_checkpoint() / file) for name, file in _FILES.items()}


_NOTES = ("whole LoKr factors", "had before pruning", "it changes nothing in ")


def stored(component, path, role="weight"):
    """The key in the demo's file, None without; newer transformers dropped `text_model.`."""
    names = (f"{path}.{role}", f"{path.removeprefix('text_model.')}.{role}")
    return next((name for name in names if name in base()[component]), None)


@cache
def kinds():
    """Names of the modules that some place of the demo can have."""
    names = [set(modules_of(place)) for place in _PLACES]
    return sorted(set.union(*names))


@cache
def modules_of(place):
    key = stored(*place)
    assert key is not None
    shape = tuple(base()[place[0]][key].shape)
    return modules_for(shape, seed=_PLACES.index(place), size=0.05)


def write_adapter(folder: Path, kind: str) -> Path:
    tensors = {}
    for component, path in _PLACES:
        module = modules_of((component, path)).get(kind)
        if module is not None:
            key = _PREFIX[component] + path.replace(".", "_")
            tensors |= {f"{key}.{suffix}": t for suffix, t in module.tensors.items()}
    file = folder / f"{kind.replace(' ', '-').replace('×', 'x')}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, file)
    return file


def bake(folder: Path, loras: list[str], out: str, capsys) -> dict:
    arguments = ["bake", "--base", "demo", "-o", str(folder / out), "--json"]
    for lora in loras:
        arguments += ["--lora", f"{folder / lora}"]
    status = run(arguments)
    told = capsys.readouterr()
    assert status == 0
    assert all(any(n in line for n in _NOTES) for line in told.err.splitlines()), told.err
    return json.loads(told.out)


def assert_baked(
    out: Path, stack: dict[str, float], blocks: Mapping[str, float] | None = None
) -> None:
    """blocks: by what every strength is multiplied there."""
    for component, file in _FILES.items():
        written, touched = load_file(out / file), set()
        for place in _PLACES:
            parts = [(modules_of(place).get(kind), scale) for kind, scale in stack.items()]
            if place[0] != component or not any(module for module, _ in parts):
                continue
            for role in ("weight", "bias"):
                key = stored(*place, role)
                changes = [(_formula(module, role), scale) for module, scale in parts if module]
                changes = [(formula, scale) for formula, scale in changes if formula]
                factor = (blocks or {}).get(block_of(component, f"{place[1]}.{role}"), 1.0)
                if key is None or not changes or factor == 0.0:
                    continue
                touched.add(key)
                weight = base()[component][key].double()
                exact = weight + sum(factor * scale * formula(weight) for formula, scale in changes)
                assert_rounded(written[key], exact)
        for key, tensor in base()[component].items():
            assert key in touched or torch.equal(tensor, written[key]), key


def _formula(module, role):
    return module.formula if role == "weight" else module.bias


def assert_rounded(written: torch.Tensor, exact: torch.Tensor) -> None:
    """Each value is the nearest float16 or its neighbour; nearly all are the nearest."""
    nearest = exact.half()
    assert (written == nearest).double().mean() > 0.999
    below = torch.nextafter(nearest, nearest.new_tensor(-torch.inf))
    above = torch.nextafter(nearest, nearest.new_tensor(torch.inf))
    assert ((written >= below) & (written <= above)).all()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kinds")


@pytest.mark.parametrize("kind", ONE_EACH)
def test_one_adapter(folder, kind, capsys):
    file, out = write_adapter(folder, kind), f"baked-{ONE_EACH.index(kind)}"
    bake(folder, [f"{file.name}:0.75"], out, capsys)
    assert_baked(folder / out, {kind: 0.75})
    shutil.rmtree(folder / out)


def test_a_stack_of_all_kinds_in_any_order(folder, capsys):
    stack = dict(zip(kinds(), itertools.cycle(_SCALES)))
    loras = [f"{write_adapter(folder, kind).name}:{scale}" for kind, scale in stack.items()]
    shuffled = random.Random(7).sample(loras, len(loras))
    for out, order in (("sorted", loras), ("shuffled", shuffled)):
        facts = bake(folder, order, out, capsys)
        assert facts["modules"] == len(_PLACES)
    assert_baked(folder / "sorted", stack)
    for file in _FILES.values():
        assert (folder / "sorted" / file).read_bytes() == (folder / "shuffled" / file).read_bytes()


BLOCKS = {"M00": 0.0, "IN00": -0.5, "TE1.00": 0.25}
PAINTED = "@" + ",".join(f"{name}={factor}" for name, factor in BLOCKS.items())


def test_a_stack_of_all_kinds_with_strengths_in_single_blocks(folder, capsys):
    """The middle, at 0, is the base bit for bit."""
    stack = dict(zip(kinds(), itertools.cycle(_SCALES)))
    files = [write_adapter(folder, kind).name for kind in stack]
    loras = [f"{file}:{s}{PAINTED}" for file, s in zip(files, stack.values(), strict=True)]
    bake(folder, loras, "painted", capsys)
    assert_baked(folder / "painted", stack, BLOCKS)


@pytest.mark.parametrize("kind", ["lora with alpha", "loha", "oft", "lokr whole", "full"])
def test_one_adapter_of_it_holds_them(folder, kind, capsys):
    """Baked into one file, which then needs none of its own."""
    file, out = write_adapter(folder, kind), f"{ONE_EACH.index(kind)}-of-blocks"
    command = ["bake", "--base", "demo", "--lora", f"{file}:0.75{PAINTED}"]
    assert run([*command, "--as", "adapter", "-o", str(folder / f"{out}.safetensors")]) == 0
    command = ["bake", "--base", "demo", "--lora", str(folder / f"{out}.safetensors")]
    assert run([*command, "-o", str(folder / out)]) == 0
    capsys.readouterr()
    for component, file in _FILES.items():
        written = load_file(folder / out / file)
        for place in _PLACES:
            module, key = modules_of(place).get(kind), stored(*place)
            if place[0] != component or module is None or key is None:
                continue
            weight, factor = (
                base()[component][key].double(),
                BLOCKS[block_of(component, f"{place[1]}.weight")],
            )
            change = 0.75 * factor * module.formula(weight)
            if factor == 0.0:
                assert torch.equal(written[key], base()[component][key])
            limit = 1e-3 * (weight.abs() + change.abs().max())
            assert ((written[key].double() - weight - change).abs() <= limit).all()
