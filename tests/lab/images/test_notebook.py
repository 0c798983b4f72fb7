"""The lines that the package itself shows, run as they stand."""

import inspect
from textwrap import dedent

import numpy as np
import pytest

import loraviewer.lab.images as package
from loraviewer.lab.images.intervals import Interval, interval
from loraviewer.lab.images.measures import SeedPictures, readings
from loraviewer.lab.images.registry import measures
from loraviewer.lab.images.seed_band import pooled
from tests.lab.images.fields import blurred, one_over_f


def test_they_find_that_blur_takes_detail():
    prompts = [f"prompt {at}" for at in range(8)]
    base = {
        p: np.stack([one_over_f(32, 10 * i + j) for j in range(4)]) for i, p in enumerate(prompts)
    }
    soft = {p: np.stack([blurred(one, 1.0) for one in base[p]]) for p in prompts}
    lines = dedent(inspect.cleandoc(package.__doc__ or "").split("In a notebook:")[1]).strip()
    *before, last = lines.splitlines()
    known = {
        "measures": measures, "SeedPictures": SeedPictures, "pooled": pooled,
        "readings": readings, "interval": interval,
        "pictures": soft, "base": base, "prompts": prompts,
    }  # fmt: skip
    exec("\n".join(before), known)
    found: Interval = eval(last, known)
    assert found.high < -1
    assert found.is_enough
    assert (found.prompts, found.pictures) == (8, 32)
    assert found.mean == pytest.approx((found.low + found.high) / 2, rel=0.3)
