"""The script for diffusers makes the picture that the studio shows, but for rounding."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.core.blocks import block_scales
from loraviewer.core.cancel import CancelToken
from loraviewer.core.diffusers_code import code_of
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import DEMO, demo_adapters, demo_checkpoint
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.studio_engine import StudioEngine
from tests.listeners import silent

pytestmark = pytest.mark.sampled(3)

SAMPLING = Sampling(prompt="a girl in a meadow", negative_prompt="night", seed=5, steps=4)
PATHS = {path.stem: path for path in demo_adapters()}
ROUNDING_LEVELS = 1.5


@pytest.fixture(scope="module")
def engine():
    engine = StudioEngine("cpu", "float32")
    engine.load_checkpoint(DEMO, CancelToken(), silent)
    yield engine
    engine.close()


def applied(name: str, scale: float, text: float) -> AppliedAdapter:
    path = PATHS[name]
    return AppliedAdapter(file_sha256(path), scale, text, name, str(path))


def by_diffusers(request: GenerationRequest, folder: Path, monkeypatch) -> np.ndarray:
    monkeypatch.chdir(folder)
    exec(compile(code_of(request, str(demo_checkpoint()), "demo"), "picture.py", "exec"), {})
    return np.asarray(Image.open("picture.png").convert("RGB"), dtype=float)


def asked(stack: tuple[AppliedAdapter, ...], sampler: str) -> GenerationRequest:
    sampling = msgspec.structs.replace(SAMPLING, sampler=sampler)
    return GenerationRequest(checkpoint=CheckpointRef(DEMO), adapters=stack, sampling=sampling)


def by_studio(engine: StudioEngine, request: GenerationRequest) -> np.ndarray:
    made = engine.render(request, CancelToken(), silent).picture
    return np.frombuffer(made.rgb, np.uint8).reshape(made.height, made.width, 3).astype(float)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("adapters", "sampler"),
    [
        ((), "DPM++ 2M"),
        ((("birds", 0.8, 0.8),), "Euler"),
        ((("birds", 1.0, 1.0), ("night", 0.6, 0.6)), "DPM++ 2M"),
        ((("birds", 1.0, 0.3),), "DDIM"),
        ((), "UniPC"),
        ((), "LCM"),
        ((), "TCD"),
        ((), "Euler trailing"),
        ((), "DDIM trailing"),
    ],
)
def test_diffusers_makes_the_same_picture(engine, tmp_path, monkeypatch, adapters, sampler):
    stack = tuple(sorted(applied(*one) for one in adapters))
    request = asked(stack, sampler)
    ours = by_studio(engine, request)
    theirs = by_diffusers(request, tmp_path, monkeypatch)
    difference = np.abs(theirs - ours).mean()
    print(adapters, sampler, difference, np.abs(theirs - ours).max())
    assert difference < ROUNDING_LEVELS


LONG = "a girl with red hair, a yellow hat, in a green meadow, a white house, trees, a blue sky, "


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [
        ("a girl BREAK a (green:0.6) meadow", "night, (trees:1.5)"),
        ("a girl", f"{LONG}clouds and a (small bird:1.3)"),
    ],
)
def test_diffusers_reads_words_with_their_weights(engine, tmp_path, monkeypatch, prompt, negative):
    request = asked((applied("birds", 0.8, 0.8),), "Euler")
    sampling = msgspec.structs.replace(
        request.sampling, prompt=prompt, negative_prompt=negative, words="weighted"
    )
    request = msgspec.structs.replace(request, sampling=sampling)
    letters = msgspec.structs.replace(
        request, sampling=msgspec.structs.replace(sampling, words="plain")
    )
    ours, unweighted = by_studio(engine, request), by_studio(engine, letters)
    theirs = by_diffusers(request, tmp_path, monkeypatch)
    difference = np.abs(theirs - ours).mean()
    print(prompt, difference, np.abs(ours - unweighted).mean())
    assert difference < ROUNDING_LEVELS
    assert difference * 2 < np.abs(ours - unweighted).mean()


IN, OUT = [f"IN{n:02}" for n in range(12)], [f"OUT{n:02}" for n in range(12)]
TEXTS = [f"TE1.{n:02}" for n in range(4)]


@pytest.fixture(scope="module", params=[1.0, pytest.param(0.4, marks=pytest.mark.long)])
def plain(request, engine) -> tuple[AppliedAdapter, np.ndarray]:
    """An adapter without strengths of blocks, and what it paints beside another."""
    adapter = applied("birds", 1.0, request.param)
    return adapter, by_studio(engine, asked(beside_night(adapter), "Euler"))


def beside_night(adapter: AppliedAdapter) -> tuple[AppliedAdapter, ...]:
    return tuple(sorted((adapter, applied("night", 0.6, 0.6))))


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "factors",
    [
        {"M00": 0.0},
        dict.fromkeys(IN, 0.0),
        dict.fromkeys(OUT, -0.5),
        dict.fromkeys(TEXTS, 0.0),
        {"IN01": 0.25, "OUT04": 2.0, "TE1.01": -1.0, "TIME": 0.5, "END": 0.5},
    ],
)
def test_diffusers_is_told_of_single_blocks(engine, tmp_path, monkeypatch, factors, plain):
    """Beside an adapter that has none: what its blocks do is the difference to the one below."""
    adapter, without = plain
    painted = msgspec.structs.replace(adapter, block_scales=block_scales(factors))
    request = asked(beside_night(painted), "Euler")
    ours = by_studio(engine, request)
    theirs = by_diffusers(request, tmp_path, monkeypatch)
    difference = np.abs(theirs - ours).mean()
    print(factors, adapter.text_scale, difference, np.abs(ours - without).mean())
    assert difference < ROUNDING_LEVELS
    assert difference * 2 < np.abs(ours - without).mean()
