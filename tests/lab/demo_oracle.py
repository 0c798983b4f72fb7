"""A stack of the demo's adapters as dense float64 matrices, from the tensors of their files alone.

Numpy and the formulas of each kind as they are published; nothing of `loraviewer` but where the
demo lies.
"""

import math
import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from safetensors import safe_open

from loraviewer.core.resources import resource_root

DEMO = resource_root() / "demo"
_FILES = {
    "text_encoder": "text_encoder/model.safetensors",
    "unet": "unet/diffusion_pytorch_model.safetensors",
}


@dataclass(frozen=True)
class Asked:
    """One `--lora`."""

    name: str
    scale: float
    text_scale: float
    blocks: dict = field(default_factory=dict)

    @property
    def argument(self):
        blocks = ",".join(f"{block}={factor}" for block, factor in self.blocks.items())
        return f"{self.name}:{self.scale}:{self.text_scale}{'@' if blocks else ''}{blocks}"

    def strength(self, key):
        scale = self.scale if key[0] == "unet" else self.text_scale
        return scale * self.blocks.get(block_of(key), 1.0)


def tensors_of(path):
    with safe_open(path, "np") as file:
        return {name: np.float64(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118


def flat(tensor):
    return tensor.reshape(len(tensor), -1)


def block_of(key):
    """As the block-weight extension numbers them; levels count three numbers each."""
    component, module = key
    if component == "text_encoder":
        return f"TE1.{int(module.split('layers.')[1].split('.')[0]):02}"
    if module.startswith("mid_block"):
        return "M00"
    ((side, level, index),) = re.findall(r"^(down|up)_blocks[.](\d)[.]\w+[.](\d)", module)
    number = 3 * int(level) + int(index)
    return f"IN{number + 1:02}" if side == "down" else f"OUT{number:02}"


def change(roles, base):
    """ΔW at strength 1 of one module, (out, n)."""
    plain = {role: flat(tensor) for role, tensor in roles.items() if tensor.ndim > 1}
    if "lokr_w1" in roles:
        second = plain["lokr_w2_a"] @ plain["lokr_w2_b"]
        return roles["alpha"] / len(plain["lokr_w2_b"]) * np.kron(plain["lokr_w1"], second)
    if "hada_w1_a" in roles:
        halves = [plain[f"hada_w{i}_a"] @ plain[f"hada_w{i}_b"] for i in (1, 2)]
        return roles["alpha"] / len(plain["hada_w1_b"]) * halves[0] * halves[1]
    down, up = ("lora_down", "lora_up") if "lora_up" in roles else ("lora_A", "lora_B")
    scaling = roles.get("alpha", len(plain[down])) / len(plain[down])
    moved = base + scaling * (plain[up] @ plain[down])
    if "dora_scale" in roles:
        moved *= roles["dora_scale"].reshape(-1, 1) / np.linalg.norm(moved, axis=1, keepdims=True)
    return moved - base


class DenseStack:
    """What `lab weights --json --modules` should say."""

    def __init__(self, asked):
        self.asked = asked
        stored = [tensors_of(DEMO / "base" / file) for file in _FILES.values()]
        self.base = {
            (component, key.removesuffix(".weight").removeprefix("text_model.")): tensor
            for component, tensors in zip(_FILES, stored, strict=True)
            for key, tensor in tensors.items()
            if key.endswith(".weight")
        }
        spelled = {self._kohya(key): key for key in self.base}
        spelled |= {f"{c}.{'text_model.' * (c != 'unet')}{m}": (c, m) for c, m in self.base}
        self.changes = [self._changes(one.name, spelled) for one in asked]

    @staticmethod
    def _kohya(key):
        component, module = key
        tag = "unet_" if component == "unet" else "te_text_model_"
        return f"lora_{tag}{module.replace('.', '_')}"

    def _changes(self, name, spelled):
        groups = {}
        for key, tensor in tensors_of(DEMO / "adapters" / f"{name}.safetensors").items():
            group, _, role = key.removesuffix(".weight").rpartition(".")
            groups.setdefault(spelled[group], {})[role] = tensor
        return {key: change(roles, flat(self.base[key])) for key, roles in groups.items()}

    def shape(self, key):
        return list(self.base[key].shape)

    def terms(self, key):
        """sᵢΔWᵢ of each adapter, None where it does nothing."""
        pairs = zip(self.asked, self.changes, strict=True)
        strengths = [one.strength(key) if key in own else 0.0 for one, own in pairs]
        pairs = zip(self.changes, strengths, strict=True)
        return [own[key] * s if s else None for own, s in pairs]

    def total(self, key, without=None):
        found = [t for i, t in enumerate(self.terms(key)) if t is not None and i != without]
        return sum(found[1:], found[0]) if found else None

    @cached_property
    def touched(self):
        return sorted(key for key in self.base if self.total(key) is not None)

    def energy(self, keys, without=None):
        found = (self.total(key, without) for key in keys)
        return sum(float((one**2).sum()) for one in found if one is not None)

    def own_energy(self, i, keys):
        found = (self.terms(key)[i] for key in keys)
        return sum(float((one**2).sum()) for one in found if one is not None)

    def base_energy(self, keys):
        return sum(float((self.base[key] ** 2).sum()) for key in keys)

    def sizes(self, keys):
        norm, base = math.sqrt(self.energy(keys)), math.sqrt(self.base_energy(keys))
        own = [math.sqrt(self.own_energy(i, keys)) for i in range(len(self.asked))]
        return {"norm": norm, "base_norm": base, "relative": norm / base}, {"norms": own}

    def adapter(self, i):
        one, own = self.asked[i], self.changes[i]
        whole, rest = self.energy(self.touched), self.energy(self.touched, without=i)
        norm = math.sqrt(self.own_energy(i, own))
        inside = whole - rest - norm**2  # 2⟨sᵢΔWᵢ, S without it⟩
        return {
            "name": one.name,
            "scale": one.scale,
            "text_scale": one.text_scale,
            "modules": len(own),
            "norm": norm,
            "norm_at_one": math.sqrt(sum(float((d**2).sum()) for d in own.values())),
            "relative": norm / math.sqrt(self.base_energy(own)),
            "share": (norm**2 + inside / 2) / whole,
            "leave_one_out": (whole - rest) / whole,
        }

    def stack(self):
        sizes, own = self.sizes(self.touched)
        apart = math.sqrt(sum(norm**2 for norm in own["norms"]))
        return sizes | {
            "modules": len(self.touched),
            "incoherent_norm": apart,
            "coherence": sizes["norm"] / apart,
        }

    def gram(self):
        def product(first, second):
            return sum(float((first[k] * second[k]).sum()) for k in first.keys() & second.keys())

        return [[product(first, second) for second in self.changes] for first in self.changes]

    def cosine_null(self):
        """The widest of all pairs: √Σ eᵢeⱼ/(out·n) / (‖ΔWᵢ‖‖ΔWⱼ‖) for independent directions."""
        energies = [{k: float((d**2).sum()) for k, d in own.items()} for own in self.changes]
        bands = [
            math.sqrt(sum(a[k] * b[k] / self.base[k].size for k in a.keys() & b.keys()))
            / math.sqrt(sum(a.values()) * sum(b.values()))
            for i, a in enumerate(energies)
            for b in energies[i + 1 :]
        ]
        return max(bands)

    def blocks(self):
        places = sorted({(key[0], block_of(key)) for key in self.touched})
        found = []
        for component, block in places:
            keys = [k for k in self.touched if (k[0], block_of(k)) == (component, block)]
            sizes, own = self.sizes(keys)
            found.append({"component": component, "block": block} | sizes | own)
        return found

    def module(self, key):
        exact = self.total(key)
        assert exact is not None
        values = np.linalg.svd(exact, compute_uv=False)
        shares = values[values > 1e-12 * values[0]] / values.sum()
        sizes, own = self.sizes([key])
        return {
            "component": key[0],
            "module": key[1],
            "shape": self.shape(key),
            **sizes,
            **own,
            "singular_values": values[:8].tolist(),
            "stable_rank": float((exact**2).sum() / values[0] ** 2),
            "effective_rank": math.exp(-float((shares * np.log(shares)).sum())),
            "base_sigma_1": spectral_norm(flat(self.base[key])),
            "row_participation": participation((exact**2).sum(1)),
            "column_participation": participation((exact**2).sum(0)),
        }


def spectral_norm(matrix):
    """From the product with itself on the shorter side: half of all digits, in half the time."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    return math.sqrt(np.linalg.eigvalsh(wide @ wide.T)[-1])


def participation(energies):
    return float(energies.sum() ** 2 / (len(energies) * (energies**2).sum()))
