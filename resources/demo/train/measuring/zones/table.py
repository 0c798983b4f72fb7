"""The measured rows as arrays, and shares over them where some stacks and prompts count more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

AXES = ("in_adapters", "relative", "one_step")
SEEN = ("subject", "judged_face", "face", "ssim")
PROMPTS = 16  # of each set


@dataclass(frozen=True)
class Table:
    """Rows of `rows.measure`, those of the base left out."""

    rows: tuple[dict, ...]

    @classmethod
    def of(cls, rows: Sequence[dict]) -> Table:
        return cls(tuple(row for row in rows if row["family"] != "base"))

    def __len__(self) -> int:
        return len(self.rows)

    def axis(self, name: str) -> np.ndarray:
        """(n,): a size of each stack."""
        return np.array([row[name] for row in self.rows], float)

    def seen(self, name: str) -> np.ndarray:
        """(n,): of each stack's pictures the share that still shows it, or their mean SSIM."""
        return np.array([np.mean([float(one) for one in row[name]]) for row in self.rows])

    @cached_property
    def subject(self) -> np.ndarray:
        """(n, 16): 1 where the judge still finds the subject."""
        return np.array([[int(one) for one in row["subject"]] for row in self.rows], float)

    @cached_property
    def prompts(self) -> np.ndarray:
        """(n, 16): which prompt each picture is of."""
        first = np.array([row["asks"] * PROMPTS for row in self.rows])
        return first[:, None] + np.arange(PROMPTS)

    @cached_property
    def groups(self) -> np.ndarray:
        """(n,): the same for the same adapters, at whatever strengths."""
        return np.array(["+".join(sorted(row["strengths"])) for row in self.rows])

    @cached_property
    def families(self) -> np.ndarray:
        """(n,)"""
        return np.array([row["family"] for row in self.rows])

    def where(self, mask: np.ndarray) -> Table:
        """Some of the rows."""
        return Table(tuple(row for row, kept in zip(self.rows, mask, strict=True) if kept))

    def counted(
        self, of_stacks: np.ndarray | None = None, of_prompts: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """(n,) pictures that show their subject and (n,) all pictures, each as often as its stack
        (n,) and its prompt (all,) count."""
        weights = np.ones_like(self.subject)
        if of_prompts is not None:
            weights = weights * of_prompts[self.prompts]
        if of_stacks is not None:
            weights = weights * of_stacks[:, None]
        return (weights * self.subject).sum(1), weights.sum(1)
