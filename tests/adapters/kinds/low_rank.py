"""LoRA and what is made of two thin factors as it is: AdaLoRA, VeRA, embeddings, GLoRA."""

import math

import torch
from torch import Tensor

from tests.adapters.kinds.module import Draw, Module, product


def lora(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    ones = (1,) * (len(shape) - 2)
    up, down = draw(shape[0], 4, *ones), draw(4, *shape[1:])
    raw = product(up.flatten(1), down, shape)
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
            lambda w: product(up.bfloat16().flatten(1), down.half(), shape),
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
                * product(
                    up.to(torch.float8_e5m2).double().flatten(1),
                    down.to(torch.float8_e4m3fn).double(),
                    shape,
                )
            ),
        ),
    }


def adalora(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
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


def embedding(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
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


def vera(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
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


def glora(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    out, inner, r = shape[0], shape[1], 3
    ones = (1,) * (len(shape) - 2)
    a1, a2 = draw(inner, r, *ones), draw(r, inner, *ones)
    b1, b2 = draw(out, r, *ones), draw(r, *shape[1:])
    mixed = torch.einsum("ir,rj->ij", a1.double().flatten(1), a2.double().flatten(1))
    added = product(b1.flatten(1), b2, shape)

    def formula(w: Tensor) -> Tensor:
        return (torch.einsum("oi...,ij->oj...", w, mixed) + added) * 1.5 / r

    alpha = {"alpha": torch.tensor(1.5)}
    new = {"a1.weight": a1, "a2.weight": a2, "b1.weight": b1, "b2.weight": b2}
    old = {"a2.weight": a1, "a1.weight": a2, "b2.weight": b1, "b1.weight": b2}
    return {
        "glora": Module("glora", new | alpha, formula),
        "glora old": Module("glora", old | alpha, formula),
    }
