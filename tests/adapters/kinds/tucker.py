"""Kinds with a core of the kernel's size between their thin factors."""

import torch
from torch import Tensor

from tests.adapters.kinds.module import Draw, Module


def tucker(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
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
