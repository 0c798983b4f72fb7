"""Rotations of blocks so large that libraries of linear algebra start threads for them."""

import subprocess
import sys

import pytest

_SCRIPT = """
import sys
import torch
from loraviewer.adapters.kinds.oft import cayley_minus_identity

torch.set_num_threads(2)
size = int(sys.argv[1])
half = torch.randn(2, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
skew = (half - half.mT) / size
turned = cayley_minus_identity(skew) + torch.eye(size, dtype=torch.float64)
identity = torch.eye(size, dtype=torch.float64)
torch.testing.assert_close(turned @ (identity - skew), identity + skew)
torch.testing.assert_close(turned @ turned.mT, identity.expand_as(turned))
"""


@pytest.mark.parametrize("size", [4, 64, 65, 160, 320])
def test_rotations_end_and_are_right_whatever_the_threads(size):
    """In a process of its own: a mistake here may wait for ever."""
    subprocess.run([sys.executable, "-c", _SCRIPT, str(size)], check=True, timeout=120)
