"""Random modules of every adapter kind for a weight of any shape, each with its float64 formula.

The formulas are written with einsum from the definitions, in another way than the code under test.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Formula = Callable[[Tensor], Tensor]
"""W₀ in float64 and its own shape → ΔW in the same shape."""


@dataclass(frozen=True)
class Module:
    """Tensors by suffix, and what they do to a weight (and a bias) at scale 1."""

    kind: str
    tensors: dict[str, Tensor]
    formula: Formula
    bias: Formula | None = None
    """b₀ in float64 → Δb, where the module changes the bias as well."""


class Draw:
    """Random factors, all from one seed; `size` sets how large changes are."""

    def __init__(self, seed: int, size: float = 0.3) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._size = size

    def __call__(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._generator) * self._size


def modules_for(shape: tuple[int, ...], seed: int = 0, size: float = 0.3) -> dict[str, Module]:
    """One module of every kind and layout that can change a weight of this shape."""
    draw = Draw(seed, size)
    found = _lora(shape, draw) | _loha(shape, draw) | _lokr(shape, draw) | _oft(shape, draw)
    found |= _scaled(shape, draw) | _glora(shape, draw) | _whole(shape, draw)
    found |= _adalora(shape, draw) | _vera(shape, draw) | _boft(shape, draw)
    found |= _embedding(shape, draw)
    if len(shape) == 4 and shape[2] > 1:
        found |= _tucker(shape, draw)
    return found | _dora(shape, draw) | _sparse(shape, draw)


def _product(up: Tensor, down: Tensor, shape: tuple[int, ...]) -> Tensor:
    return torch.einsum("or,rn->on", up.double(), down.double().flatten(1)).reshape(shape)


def _lora(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    ones = (1,) * (len(shape) - 2)
    up, down = draw(shape[0], 4, *ones), draw(4, *shape[1:])
    raw = _product(up.flatten(1), down, shape)
    plain = {"lora_up.weight": up, "lora_down.weight": down}
    return {
        "lora without alpha": Module("lora", plain, lambda w: raw),
        "lora with alpha": Module(
            "lora", plain | {"alpha": torch.tensor(2, dtype=torch.int64)}, lambda w: raw * 2 / 4
        ),
        "lora with scale": Module(
            "lora",
            plain | {"alpha": torch.tensor(2.0), "scale": torch.tensor(0.7)},
            lambda w: raw * float(torch.tensor(0.7)),
        ),
        "lora in mixed precision": Module(
            "lora",
            {"lora_A.weight": down.half(), "lora_B.weight": up.bfloat16()},
            lambda w: _product(up.bfloat16().flatten(1), down.half(), shape),
        ),
        "lora in fp8": Module(
            "lora",
            {
                "lora_down.weight": down.to(torch.float8_e4m3fn),
                "lora_up.weight": up.to(torch.float8_e5m2),
                "alpha": torch.tensor([3.0]),
            },
            lambda w: (
                0.75
                * _product(
                    up.to(torch.float8_e5m2).double().flatten(1),
                    down.to(torch.float8_e4m3fn).double(),
                    shape,
                )
            ),
        ),
    }


def _adalora(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    up, down, values = draw(shape[0], 4), draw(4, math.prod(shape[1:])), draw(4, 1)
    tensors = {"lora_A": down, "lora_B": up, "lora_E": values}
    raw = torch.einsum("or,r,rn->on", up.double(), values.double().flatten(), down.double())
    raw = raw.reshape(shape)
    return {
        "adalora": Module("adalora", tensors, lambda w: raw * 4 / (4 + 1e-5)),
        "adalora pruned": Module(
            "adalora",
            tensors | {"ranknum": torch.tensor([6.0]), "alpha": torch.tensor(3.0)},
            lambda w: raw * 3 / (6 + 1e-5),
        ),
    }


def _embedding(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    if len(shape) != 2:
        return {}
    words, width, saved = draw(3, shape[0]), draw(shape[1], 3), draw(*shape)
    tensors = {"lora_embedding_A": words, "lora_embedding_B": width, "alpha": torch.tensor(2.0)}
    raw = torch.einsum("rv,dr->vd", words.double(), width.double()) * 2 / 3
    return {
        "lora on an embedding": Module("lora", tensors, lambda w: raw),
        "lora on a saved embedding": Module(
            "lora", tensors | {"base_layer.weight": saved}, lambda w: saved.double() - w + raw
        ),
    }


def _vera(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    """With projections of its own; elsewhere modules share them."""
    if math.prod(shape[2:]) > 1:
        return {}
    rows, columns = shape[0] + 3, shape[1] + 5
    tensors = {"vera_lambda_b": draw(shape[0]), "vera_lambda_d": draw(6)}
    tensors |= {"vera_A": draw(6, columns), "vera_B": draw(rows, 6)}
    left, right = tensors["vera_lambda_b"].double(), tensors["vera_lambda_d"].double()
    up, down = tensors["vera_B"].double()[: shape[0]], tensors["vera_A"].double()[:, : shape[1]]
    raw = torch.einsum("o,or,r,rn->on", left, up, right, down).reshape(shape)
    return {"vera": Module("vera", tensors, lambda w: raw)}


def _tucker(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    out, inner, kh, kw = shape
    up, mid, down = draw(out, 3, 1, 1), draw(3, 3, kh, kw), draw(3, inner, 1, 1)
    t1, t2 = draw(3, 3, kh, kw), draw(3, 3, kh, kw)
    w1a, w2a, w1b, w2b = draw(3, out), draw(3, out), draw(3, inner), draw(3, inner)

    def half(core: Tensor, a: Tensor, b: Tensor) -> Tensor:
        return torch.einsum("ijyx,ip,jq->pqyx", core.double(), a.double(), b.double())

    raw = torch.einsum(
        "im,mnyx,nj->ijyx", up.double().flatten(1), mid.double(), down.double().flatten(1)
    )
    w1, t, a, b = draw(2, 2), draw(3, 3, kh, kw), draw(3, out // 2), draw(3, inner // 2)
    kron = torch.einsum("ab,cdyx->acbdyx", w1.double(), half(t, a, b)).reshape(shape)
    a1, a2, b2 = draw(inner, 3, 1, 1), draw(3, inner, 1, 1), draw(3, inner, 1, 1)
    mixed = torch.einsum("ir,rj->ij", a1.double().flatten(1), a2.double().flatten(1))
    added = torch.einsum(
        "im,mnyx,nj->ijyx", up.double().flatten(1), mid.double(), b2.double().flatten(1)
    )
    glora = {"a1.weight": a1, "a2.weight": a2, "b1.weight": up, "b2.weight": b2, "bm.weight": mid}
    return {
        "glora tucker": Module(
            "glora",
            glora | {"alpha": torch.tensor(1.5)},
            lambda w: (torch.einsum("oiyx,ij->ojyx", w, mixed) + added) * 1.5 / 3,
        ),
        "locon tucker": Module(
            "lora",
            {
                "lora_up.weight": up,
                "lora_mid.weight": mid,
                "lora_down.weight": down,
                "alpha": torch.tensor(1.5),
            },
            lambda w: raw * 1.5 / 3,
        ),
        "loha tucker": Module(
            "loha",
            {
                "hada_t1": t1,
                "hada_w1_a": w1a,
                "hada_w1_b": w1b,
                "hada_t2": t2,
                "hada_w2_a": w2a,
                "hada_w2_b": w2b,
                "alpha": torch.tensor(6.0),
            },
            lambda w: 2.0 * half(t1, w1a, w1b) * half(t2, w2a, w2b),
        ),
        "lokr tucker": Module(
            "lokr",
            {
                "lokr_w1": w1,
                "lokr_t2": t,
                "lokr_w2_a": a,
                "lokr_w2_b": b,
                "alpha": torch.tensor(1.0),
            },
            lambda w: kron / 3,
        ),
    }


def _loha(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    n = math.prod(shape[1:])
    a1, b1, a2, b2 = draw(shape[0], 4), draw(4, n), draw(shape[0], 4), draw(4, n)
    tensors = {"hada_w1_a": a1, "hada_w1_b": b1, "hada_w2_a": a2, "hada_w2_b": b2}
    raw = _product(a1, b1, shape) * _product(a2, b2, shape)
    return {
        "loha": Module("loha", tensors | {"alpha": torch.tensor(8.0)}, lambda w: raw * 2.0),
    }


def _kron(first: Tensor, second: Tensor, shape: tuple[int, ...]) -> Tensor:
    """(a, b) ⊗ (c, d, k) → (a·c, b·d, k) by definition."""
    second = second.double().reshape(second.shape[0], second.shape[1], -1)
    return torch.einsum("ab,cdk->acbdk", first.double(), second).reshape(shape)


def _lokr(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    o1, i1, o2, i2 = 2, 2, shape[0] // 2, shape[1] // 2
    kernel = shape[2:]
    w1, w1a, w1b = draw(o1, i1), draw(o1, 3), draw(3, i1)
    w2, w2a, w2b = draw(o2, i2, *kernel), draw(o2, 3), draw(3, i2 * math.prod(kernel))
    small = w1a.double() @ w1b.double()
    large = (w2a.double() @ w2b.double()).reshape(o2, i2, -1)
    alpha, absurd = {"alpha": torch.tensor(2.0)}, {"alpha": torch.tensor(1e10)}
    return {
        "lokr whole": Module(
            "lokr", {"lokr_w1": w1, "lokr_w2": w2} | absurd, lambda w: _kron(w1, w2, shape)
        ),
        "lokr w2 factored": Module(
            "lokr",
            {"lokr_w1": w1, "lokr_w2_a": w2a, "lokr_w2_b": w2b} | alpha,
            lambda w: _kron(w1, large, shape) * 2 / 3,
        ),
        "lokr w1 factored": Module(
            "lokr",
            {"lokr_w1_a": w1a, "lokr_w1_b": w1b, "lokr_w2": w2} | alpha,
            lambda w: _kron(small, w2, shape) * 2 / 3,
        ),
        "lokr both factored": Module(
            "lokr",
            {"lokr_w1_a": w1a, "lokr_w1_b": w1b, "lokr_w2_a": w2a, "lokr_w2_b": w2b} | alpha,
            lambda w: _kron(small, large, shape) * 2 / 3,
        ),
    }


def _cayley(blocks: Tensor, limit: float = 0.0) -> Tensor:
    """(I + Q)(I − Q)⁻¹ by definition; the norm runs over all blocks."""
    skew = blocks.double() - blocks.double().transpose(-1, -2)
    norm = skew.square().sum().sqrt()
    if 0 < limit < norm:
        skew = skew * limit / norm
    identity = torch.eye(skew.shape[-1], dtype=torch.float64)
    # Block by block: batches of large ones never end after threads were set (torch 2.13, MKL).
    turned = [(identity + q) @ torch.linalg.inv(identity - q) for q in skew.flatten(0, -3)]
    return torch.stack(turned).reshape(skew.shape)


def _oft(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    out, b = shape[0], 4
    n = out // b
    blocks, stages = draw(n, b, b), draw(2, n, b, b)
    rescale = 1 + draw(out, *(1,) * (len(shape) - 1))
    rotation = _cayley(draw(n, b, b)).float()
    columns = math.prod(shape[1:])
    vectors = draw(columns // b, b * (b - 1) // 2)
    shared = draw(1, b * (b - 1) // 2)

    half = out // 2
    parts = [draw(half // 4, 4, 4), draw(out // 8, 2, 2), draw(1, out // 4, out // 4)]
    of_parts = {f"oft_blocks.{i}": part for i, part in enumerate(parts)}
    limit = float(torch.tensor(0.02))

    def in_parts(weight: Tensor) -> Tensor:
        """Each part has its own limit, and blocks of its own size."""
        found = []
        for part, rows in zip(parts, weight.split([half, out // 4, out // 4]), strict=True):
            count, size, _ = part.shape
            turns = _cayley(part, limit * count * size)
            turned = torch.einsum("gjm,gjr->gmr", turns, rows.reshape(count, size, -1))
            found.append(turned.reshape(rows.shape))
        return torch.cat(found)

    def turned(weight: Tensor, turns: Tensor) -> Tensor:
        return torch.einsum("gjm,gjr->gmr", turns, weight.reshape(n, b, -1)).reshape(shape)

    def butterfly(weight: Tensor) -> Tensor:
        rows = weight.reshape(out, -1)
        for i, turns in enumerate(_cayley(stages)):
            stride = 2**i * b // 2
            order = torch.arange(out).reshape(-1, 2, stride).transpose(1, 2).reshape(-1)
            mixed = torch.einsum("gij,gjr->gir", turns, rows[order].reshape(n, b, -1))
            rows = torch.empty_like(rows)
            rows[order] = mixed.reshape(out, -1)
        return rows.reshape(shape)

    def columns_turned(weight: Tensor, triangles: Tensor, scaled: bool) -> Tensor:
        triangles = triangles.double() / (2 * math.sqrt(b - 1) if scaled else 1.0)
        skew = torch.zeros(len(triangles), b, b, dtype=torch.float64)
        at = [(i, j) for i in range(b) for j in range(i + 1, b)]
        for place, (i, j) in enumerate(at):
            skew[:, i, j], skew[:, j, i] = triangles[:, place], -triangles[:, place]
        power, series = skew, torch.eye(b, dtype=torch.float64) + 2 * skew
        for factor in (2.0, 2.0, 1.0):
            power = power @ skew
            series = series + factor * power
        series = series.expand(columns // b, b, b)
        blocks_of = weight.reshape(out, -1, b)
        return torch.einsum("ogj,gij->ogi", blocks_of, series).reshape(shape)

    return {
        "oft": Module("oft", {"oft_blocks": blocks}, lambda w: turned(w, _cayley(blocks)) - w),
        "oft constrained": Module(
            "oft",
            {"oft_blocks": blocks, "alpha": torch.tensor(0.01)},
            lambda w: turned(w, _cayley(blocks, float(torch.tensor(0.01)) * out)) - w,
        ),
        "oft rescaled": Module(
            "oft",
            {"oft_blocks": blocks, "rescale": rescale, "alpha": torch.tensor(0.0)},
            lambda w: rescale.double() * turned(w, _cayley(blocks)) - w,
        ),
        "oft in one part": Module(
            "oft", {"oft_blocks.0": blocks}, lambda w: turned(w, _cayley(blocks)) - w
        ),
        "oft in parts": Module(
            "oft",
            of_parts | {"alpha": torch.tensor(0.02)},
            lambda w: in_parts(w) - w,
        ),
        "oft_diag": Module(
            "oft", {"oft_diag": rotation}, lambda w: turned(w, rotation.double()) - w
        ),
        "boft": Module("boft", {"oft_blocks": stages}, lambda w: butterfly(w) - w),
        "boft rescaled": Module(
            "boft",
            {"oft_blocks": stages, "rescale": rescale},
            lambda w: rescale.double() * butterfly(w) - w,
        ),
        "oft v2": Module(
            "oft", {"oft_R.weight": vectors}, lambda w: columns_turned(w, vectors, False) - w
        ),
        "oft v2 shared and scaled": Module(
            "oft",
            {"oft_R.weight": shared, "oft_R.scaled_oft": torch.tensor(True)},
            lambda w: columns_turned(w, shared, True) - w,
        ),
    }


def _boft(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    """By whole matrices over all columns: PEFT's permutations from their definition."""
    out, columns, b, m = shape[0], math.prod(shape[1:]), 2, 3
    stages, scale = draw(m, columns // b, b, b), 1 + draw(out, 1)
    single = draw(1, 2, columns // 2, columns // 2)

    def permutation(stage: int) -> Tensor:
        chunk, half = b * 2**stage, b // 2
        inside = [half * run + i for first in (0, 1) for run in range(first, chunk // half, 2)
                  for i in range(half)]  # fmt: skip
        order = [start + i for start in range(0, columns, chunk) for i in inside]
        matrix = torch.zeros(columns, columns, dtype=torch.float64)
        matrix[torch.arange(columns), torch.tensor(order)] = 1.0
        return matrix

    def turned(weight: Tensor, blocks: Tensor) -> Tensor:
        rows = weight.reshape(out, -1)
        for stage, of_stage in enumerate(_cayley((blocks.double().mT) / 2)):
            whole = torch.block_diag(*of_stage)
            shuffle = permutation(stage) if len(blocks) > 1 else torch.eye(columns).double()
            rows = rows @ (shuffle @ whole @ shuffle.T).T
        return (rows * scale.double()).reshape(weight.shape)

    stored = scale if len(shape) == 2 else scale.reshape(1, -1)
    found = {
        "boft of peft in one stage": Module(
            "boft", {"boft_R": single, "boft_s": stored}, lambda w: turned(w, single) - w
        ),
    }
    if columns % (b * 2 ** (m - 1)):
        return found
    tensors = {"boft_R": stages, "boft_s": stored}
    return found | {"boft of peft": Module("boft", tensors, lambda w: turned(w, stages) - w)}


def _scaled(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    ones = (1,) * (len(shape) - 2)
    rows = draw(shape[0]) if not ones else draw(1, shape[0], *ones)
    columns = draw(shape[1]) if not ones else draw(1, shape[1], *ones)
    by_row = rows.double().reshape(-1, *(1,) * (len(shape) - 1))
    by_column = columns.double().reshape(1, -1, *ones)
    vector = 1 + draw(*((shape[0], 1) if not ones else (1, shape[0], *ones)))
    inputs = 1 + draw(1, shape[1], *ones)
    of_rows, of_columns = vector.double().reshape(by_row.shape), inputs.double()
    found = {
        "ia3 of peft": Module(
            "ia3", {"ia3_l": vector}, lambda w: w * of_rows - w, lambda b: b * of_rows.flatten() - b
        ),
        "ia3 of peft on inputs": Module("ia3", {"ia3_l": inputs}, lambda w: w * of_columns - w),
    }
    if ones and shape[0] == shape[1]:
        found = {}  # only a configuration tells them apart
    return found | {
        "ia3 on rows": Module(
            "ia3", {"weight": rows, "on_input": torch.tensor(0)}, lambda w: w * by_row
        ),
        "ia3 on columns": Module(
            "ia3", {"weight": columns, "on_input": torch.tensor(1)}, lambda w: w * by_column
        ),
    }


def _glora(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    out, inner, r = shape[0], shape[1], 3
    ones = (1,) * (len(shape) - 2)
    a1, a2 = draw(inner, r, *ones), draw(r, inner, *ones)
    b1, b2 = draw(out, r, *ones), draw(r, *shape[1:])
    mixed = torch.einsum("ir,rj->ij", a1.double().flatten(1), a2.double().flatten(1))
    added = _product(b1.flatten(1), b2, shape)

    def formula(w: Tensor) -> Tensor:
        return (torch.einsum("oi...,ij->oj...", w, mixed) + added) * 1.5 / r

    alpha = {"alpha": torch.tensor(1.5)}
    new = {"a1.weight": a1, "a2.weight": a2, "b1.weight": b1, "b2.weight": b2}
    old = {"a2.weight": a1, "a1.weight": a2, "b2.weight": b1, "b1.weight": b2}
    return {
        "glora": Module("glora", new | alpha, formula),
        "glora old": Module("glora", old | alpha, formula),
    }


def _whole(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    change = draw(*shape)
    return {
        "full": Module("full", {"diff": change}, lambda w: change.double()),
        "set_weight": Module("full", {"set_weight": change}, lambda w: change.double() - w),
    }


def _normed(w: Tensor, change: Tensor, magnitude: Tensor, axes: tuple[int, ...]) -> Tensor:
    directed = w + change
    return magnitude * directed / directed.square().sum(axes, keepdim=True).sqrt() - w


def _dora(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    rest = (1,) * (len(shape) - 1)
    rows = draw(shape[0]).abs() + 1.0
    columns = draw(shape[1]).abs() + 1.0
    by_row = rows.double().reshape(-1, *rest)
    by_column = columns.double().reshape(1, -1, *rest[1:])
    row_axes = tuple(range(1, len(shape)))
    column_axes = (0, *range(2, len(shape)))
    found = {}
    lora, loha = _lora(shape, draw)["lora with alpha"], _loha(shape, draw)["loha"]
    lokr = _lokr(shape, draw)["lokr w2 factored"]
    for inner in (lora, loha, lokr, _whole(shape, draw)["full"]):

        def over_rows(w: Tensor, inner: Module = inner) -> Tensor:
            return _normed(w, inner.formula(w), by_row, row_axes)

        def over_columns(w: Tensor, inner: Module = inner) -> Tensor:
            return _normed(w, inner.formula(w), by_column, column_axes)

        for name, magnitude, formula in (
            ("dora_scale", rows.reshape(-1, *rest), over_rows),
            ("dora_scale", rows, over_rows),
            ("lora_magnitude_vector.weight", rows.reshape(1, -1, *rest[1:]), over_rows),
            ("lora_magnitude_vector", rows, over_rows),
            ("magnitude", rows, over_rows),
            ("dora_scale", columns.reshape(1, -1, *rest[1:]), over_columns),
        ):
            if name.endswith(".weight") and len(shape) == 2:
                continue  # PEFT has vectors for linears
            tensors = inner.tensors | {name: magnitude}
            over = "rows" if formula is over_rows else "columns"
            form = f"{magnitude.ndim}-d over {over}"
            found[f"dora {inner.kind} {name} {form}"] = Module(inner.kind, tensors, formula)
    return found


def _sparse(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    lora = _lora(shape, draw)["lora with alpha"]
    indices = torch.tensor([[i % size for i in (0, 3, 5)] for size in shape])
    values = draw(3)
    dense = torch.zeros(shape, dtype=torch.float64)
    dense[tuple(indices)] = values.double()
    extra = {"bias_indices": indices, "bias_values": values, "bias_size": torch.tensor(shape)}
    tensors = lora.tensors | extra
    return {"lora with sparse": Module("lora", tensors, lambda w: lora.formula(w) + dense * 2 / 4)}
