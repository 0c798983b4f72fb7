"""`loraviewer lab weights` in this process; on the demo against a recomputation from its files."""

import csv
import json
import math
from functools import cache

import pytest
import torch
from safetensors import safe_open

from loraviewer import cli
from loraviewer.core.resources import demo_adapters, resource_root

BASE = resource_root() / "demo" / "base"
ADAPTERS = {"manga": (0.8, 0.3), "stained-glass": (-0.4, -0.4), "sunset": (1.1, 1.1),
            "watercolour": (0.6, 0.0), "pixel-art": (0.5, 0.5)}  # fmt: skip
"""LoRA, DoRA, LoKr, LoHa and LoRA on convolutions: denoiser and text strength."""

ADAPTER_FIELDS = {
    *("name", "sha256", "scale", "text_scale", "modules", "norm", "norm_at_one"),
    *("relative", "share", "leave_one_out"),
}
STACK_FIELDS = {"modules", "norm", "base_norm", "relative", "incoherent_norm", "coherence"}
BLOCK_FIELDS = {"component", "block", "norm", "base_norm", "relative", "norms"}
MODULE_FIELDS = {
    *("component", "module", "shape", "kinds", "ranks", "norm", "base_norm", "relative", "norms"),
    *("singular_values", "stable_rank", "effective_rank", "base_sigma_1"),
    *("row_participation", "column_participation"),
}


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        status = cli.run(["lab", "weights", *map(str, arguments)])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


def tensors_of(path):
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


@cache
def base():
    """(component, module) → W₀ in float64, flat, of everything that may be a module."""
    found = {}
    for component, name in (
        ("unet", "diffusion_pytorch_model.safetensors"),
        ("text_encoder", "model.safetensors"),
    ):
        for key, tensor in tensors_of(BASE / component / name).items():
            if key.endswith(".weight"):
                path = key.removesuffix(".weight")
                found[component, path] = tensor.double().reshape(len(tensor), -1)
    return found


@cache
def changes(name):
    """(component, module) → ΔW at strength 1 in float64, from the tensors of a demo adapter."""
    (path,) = (path for path in demo_adapters() if path.stem == name)
    spelled = {
        f"lora_{'unet' if component == 'unet' else 'te'}_{module.replace('.', '_')}": key
        for key in base()
        for component, module in [key]
    }
    groups = {}
    for key, tensor in tensors_of(path).items():
        group, _, role = key.partition(".")
        groups.setdefault(group, {})[role.removesuffix(".weight")] = tensor.double()
    return {
        spelled[group]: change(roles, base()[spelled[group]]) for group, roles in groups.items()
    }


def change(roles, weight):
    flat = {role: tensor.flatten(1) for role, tensor in roles.items() if tensor.ndim > 1}
    if "lokr_w1" in roles:
        second = flat["lokr_w2_a"] @ flat["lokr_w2_b"]
        return roles["alpha"] / len(flat["lokr_w2_b"]) * torch.kron(flat["lokr_w1"], second)
    if "hada_w1_a" in roles:
        halves = (flat[f"hada_w{i}_a"] @ flat[f"hada_w{i}_b"] for i in (1, 2))
        return roles["alpha"] / len(flat["hada_w1_b"]) * math.prod(halves)
    plain = roles["alpha"] / len(flat["lora_down"]) * (flat["lora_up"] @ flat["lora_down"])
    if "dora_scale" not in roles:
        return plain
    moved = weight + plain
    magnitude = roles["dora_scale"].reshape(-1, 1)
    return magnitude * moved / moved.norm(dim=1, keepdim=True) - weight


def faded(name, key):
    """sᵢΔWᵢ of one module, or None."""
    scale = ADAPTERS[name][0 if key[0] == "unet" else 1]
    return changes(name)[key] * scale if key in changes(name) and scale else None


def total(names, key):
    found = [term for name in names if (term := faded(name, key)) is not None]
    return sum(found, torch.zeros(())) if found else None


def energy(names):
    """‖S‖² over everything."""
    return energy_of(tuple(names))


@cache
def energy_of(names):
    sums = (total(names, key) for key in base())
    return sum(found.square().sum().item() for found in sums if found is not None)


def base_energy(keys):
    return sum(base()[key].square().sum().item() for key in keys)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    loras = [f"{name}:{scale}:{text}" for name, (scale, text) in ADAPTERS.items()]
    flags = [part for lora in loras for part in ("--lora", lora)]
    with pytest.MonkeyPatch.context() as patch:
        told = []
        patch.setattr("typer.echo", lambda text, **_: told.append(text))
        assert cli.run(
            ["lab", "weights", "--base", "demo", *flags, "--modules", "--json", "-o", str(folder)]
        ) == 0  # fmt: skip
    return json.loads(told[-1]), folder


def test_the_fields_are_those_of_the_surface(measured):
    facts, _ = measured
    assert set(facts) == {
        *(
            "adapters",
            "stack",
            "gram",
            "cosine",
            "cosine_null",
            "blocks",
            "modules",
            "output",
            "landings",
        )
    }
    assert set(facts["stack"]) == STACK_FIELDS
    for name, fields in (
        ("adapters", ADAPTER_FIELDS), ("blocks", BLOCK_FIELDS), ("modules", MODULE_FIELDS)
    ):  # fmt: skip
        assert all(set(one) == fields for one in facts[name])


def test_adapters_of_the_demo_equal_their_files(measured):
    facts, _ = measured
    names, whole = list(ADAPTERS), energy(ADAPTERS)
    assert [one["name"] for one in facts["adapters"]] == names
    for name, one in zip(names, facts["adapters"], strict=True):
        own, rest = changes(name), [other for other in names if other != name]
        assert one["modules"] == len(own)
        at_one = math.sqrt(sum(delta.square().sum().item() for delta in own.values()))
        assert one["norm_at_one"] == pytest.approx(at_one, rel=1e-5)
        assert one["norm"] == pytest.approx(math.sqrt(energy([name])), rel=1e-5)
        relative = math.sqrt(energy([name]) / base_energy(own))
        assert one["relative"] == pytest.approx(relative, rel=1e-5)
        assert one["leave_one_out"] == pytest.approx((whole - energy(rest)) / whole, rel=1e-5)
        part = (whole + energy([name]) - energy(rest)) / 2
        assert one["share"] == pytest.approx(part / whole, rel=1e-5)
    assert sum(one["share"] for one in facts["adapters"]) == pytest.approx(1.0)


def test_the_stack_of_the_demo_equals_its_files(measured):
    stack = measured[0]["stack"]
    touched = [key for key in base() if total(ADAPTERS, key) is not None]
    alone = sum(energy([name]) for name in ADAPTERS)
    assert stack["modules"] == len(touched)
    assert stack["norm"] == pytest.approx(math.sqrt(energy(ADAPTERS)), rel=1e-5)
    assert stack["base_norm"] == pytest.approx(math.sqrt(base_energy(touched)), rel=1e-5)
    assert stack["relative"] == pytest.approx(stack["norm"] / stack["base_norm"])
    assert stack["incoherent_norm"] == pytest.approx(math.sqrt(alone), rel=1e-5)
    assert stack["coherence"] == pytest.approx(stack["norm"] / stack["incoherent_norm"])


def test_products_and_angles_of_the_demo_equal_their_files(measured):
    facts, names = measured[0], list(ADAPTERS)
    norms = [one["norm_at_one"] for one in facts["adapters"]]
    for i, first in enumerate(names):
        for j, second in enumerate(names):
            common = changes(first).keys() & changes(second).keys()
            exact = sum((changes(first)[k] * changes(second)[k]).sum().item() for k in common)
            size = norms[i] * norms[j]
            assert facts["gram"][i][j] == pytest.approx(exact, abs=1e-6 * size)
            assert facts["cosine"][i][j] == pytest.approx(exact / size, abs=1e-6)
    assert 0 < facts["cosine_null"] < 0.05


def test_modules_of_the_demo_equal_their_files(measured):
    modules = measured[0]["modules"]
    assert len(modules) == measured[0]["stack"]["modules"]
    for one in modules[::7]:
        path = one["module"]
        path = path if (one["component"], path) in base() else f"text_model.{path}"
        key = one["component"], path
        exact = total(ADAPTERS, key)
        assert exact is not None
        values = torch.linalg.svdvals(exact)
        shares = values[values > 1e-12] / values.sum()
        assert one["norm"] == pytest.approx(exact.norm().item(), rel=1e-5)
        assert one["base_norm"] == pytest.approx(base()[key].norm().item(), rel=1e-5)
        assert one["singular_values"] == pytest.approx(values[:8].tolist(), rel=1e-5)
        assert one["stable_rank"] == pytest.approx(one["norm"] ** 2 / values[0].item() ** 2, 1e-4)
        entropy = -(shares * shares.log()).sum().item()
        assert one["effective_rank"] == pytest.approx(math.exp(entropy), rel=1e-4)
        sigma = torch.linalg.svdvals(base()[key])[0].item()
        assert one["base_sigma_1"] == pytest.approx(sigma, rel=1e-5)
        for axis, side in ((1, "row"), (0, "column")):
            e = exact.square().sum(axis)
            spread = e.sum().item() ** 2 / (len(e) * e.square().sum().item())
            assert one[f"{side}_participation"] == pytest.approx(spread, rel=1e-5)
        norms = [0.0 if (term := faded(n, key)) is None else term.norm().item() for n in ADAPTERS]
        assert one["norms"] == pytest.approx(norms, rel=1e-5)
        touches = [key in changes(name) for name in ADAPTERS]
        assert [kind is not None for kind in one["kinds"]] == touches


def test_kinds_and_blocks_of_the_demo(measured):
    facts = measured[0]
    kinds = {tuple(one["kinds"]) for one in facts["modules"] if None not in one["kinds"]}
    assert kinds == {("lora", "dora", "lokr", "loha", "lora")}
    for part in ("norm", "base_norm"):
        squares = sum(block[part] ** 2 for block in facts["blocks"])
        assert math.sqrt(squares) == pytest.approx(facts["stack"][part])
    assert {block["component"] for block in facts["blocks"]} == {"text_encoder", "unet"}


def test_tables(measured):
    facts, folder = measured
    assert sorted(file.name for file in folder.iterdir()) == [
        "modules.csv",
        "pairs.csv",
        "spectra.csv",
    ]
    with (folder / "modules.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["module"] for row in rows] == [one["module"] for one in facts["modules"]]
    assert set(rows[0]) == MODULE_FIELDS
    with (folder / "pairs.csv").open(encoding="utf-8") as file:
        pairs = [row for row in csv.DictReader(file) if not row["block"]]
    assert len(pairs) == 10
    assert (pairs[0]["first"], pairs[0]["second"]) == ("manga", "stained-glass")
    assert float(pairs[0]["cosine"]) == pytest.approx(facts["cosine"][0][1])


def test_it_prints_tables(run, tiny_folder):
    words, style = (tiny_folder / f"{name}.safetensors" for name in ("words", "style"))
    status, out, err = run(
        "--base", tiny_folder / "sd", "--lora", f"{words}:0.7:0.2", "--lora", style
    )
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[1].split()[:5] == ["words", "0.7", ":", "0.2", "5"]
    assert lines[3].split()[:3] == ["the", "stack", "5"]
    assert "cosines" in out


def test_silent_adapters_keep_their_rows(run, tiny_folder):
    words = tiny_folder / "words.safetensors"
    flags = ("--base", tiny_folder / "sd", "--lora", f"{words}:0", "--modules", "--json")
    facts = json.loads(run(*flags)[1])
    (only,) = facts["adapters"]
    assert (only["scale"], only["norm"], only["relative"], only["modules"]) == (0.0, 0.0, 0.0, 5)
    assert only["norm_at_one"] > 0.0
    assert only["share"] is None
    assert (facts["stack"]["modules"], facts["stack"]["relative"]) == (0, None)
    assert facts["blocks"] == facts["modules"] == []


def test_an_adapter_given_twice_is_two_rows(run, tiny_folder):
    words = tiny_folder / "words.safetensors"
    twice = ("--lora", f"{words}:0.5", "--lora", f"{words}:0.5")
    flags = ("--base", tiny_folder / "sd", "--json")
    two = json.loads(run(*flags, *twice)[1])
    one = json.loads(run(*flags, "--lora", words)[1])
    assert two["stack"]["norm"] == pytest.approx(one["stack"]["norm"])
    assert [row["share"] for row in two["adapters"]] == pytest.approx([0.5, 0.5])
    assert two["stack"]["coherence"] == pytest.approx(math.sqrt(2))


def test_wrong_usage_and_failures(run, tiny_folder, tmp_path):
    words = tiny_folder / "words.safetensors"
    assert run("--base", "demo")[0] == 2
    (tmp_path / "taken").write_text("mine")
    for flags in (("--base", "nothing"), ("--base", tiny_folder / "sd", "-o", "taken")):
        status, out, err = run(*flags, "--lora", words)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert "Traceback" not in err
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_files_are_only_replaced_when_asked(run, tiny_folder, tmp_path):
    flags = ("--base", tiny_folder / "sd", "--lora", tiny_folder / "style.safetensors", "-o", "out")
    assert run(*flags)[0] == 0
    status, _, err = run(*flags)
    assert status == 1
    assert "--force" in err
    assert run(*flags, "--force")[0] == 0
