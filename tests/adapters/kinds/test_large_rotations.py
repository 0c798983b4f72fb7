"""Rotations of blocks so large that libraries of linear algebra start threads for them."""

import subprocess
import sys

import pytest

_SCRIPT = """
import torch
from loraviewer.adapters.kinds.oft import cayley_minus_identity

torch.set_num_threads(2)
generator = torch.Generator().manual_seed(1)
for size in (4, 64, 65, 160, 320):
    half = torch.randn(2, 3, size, size, dtype=torch.float64, generator=generator)
    skew = (half - half.mT) / size
    identity = torch.eye(size, dtype=torch.float64)
    turned = cayley_minus_identity(skew) + identity
    torch.testing.assert_close(turned @ (identity - skew), identity + skew)
    torch.testing.assert_close(turned @ turned.mT, identity.expand_as(turned))
"""


@pytest.mark.long
def test_rotations_end_and_are_right_whatever_the_threads():
    """In a process of its own: a mistake here may wait for ever."""
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=120)
