"""OFT and BOFT: rotations of blocks of the base weight."""

import math

import torch
from torch import Tensor

from tests.adapters.kinds.module import Draw, Module


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


def oft(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
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


def boft(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
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
