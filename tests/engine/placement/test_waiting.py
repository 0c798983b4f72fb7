"""What waits is what the plan asks for, on a card alone; pictures are the same with it."""

from pathlib import Path

import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.engine.device import Compute, FreeMemory, choose_compute
from loraviewer.engine.opening import checkpoint as opening
from loraviewer.engine.placement.waiting import NOBODY, Waiting, waiting_of
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine.conftest import silent
from tests.engine.placement.recording import RecordingMover
from tests.full_size_files import sparse_folder

GB = 10**9
HALF = Compute(torch.device("cpu"), torch.float16)


def free(card: float | None, main: float = 64) -> FreeMemory:
    return FreeMemory(round(main * GB), None if card is None else round(card * GB))


@pytest.mark.parametrize(
    ("card", "waiting"),
    [
        (None, NOBODY),
        (24, NOBODY),
        (7, Waiting(frozenset({"text_encoder", "text_encoder_2", "vae"}), "unet")),
        (6, NOBODY),  # adapters would have to be beside weights that are moved
        (2, NOBODY),
    ],
)
def test_the_plan_says_who_waits(tmp_path: Path, card: float | None, waiting: Waiting) -> None:
    folder = sparse_folder(tmp_path / "sdxl", "sdxl")
    assert waiting_of(folder, None, HALF, lambda device: free(card)) == waiting


def test_a_denoiser_may_give_way(tmp_path: Path) -> None:
    folder = sparse_folder(tmp_path / "sd3", "sd3.5-large")
    compute = Compute(torch.device("cpu"), torch.bfloat16)
    found = waiting_of(folder, None, compute, lambda device: free(24))
    assert found.turning == "transformer"
    assert found.components == {"text_encoder", "text_encoder_2", "text_encoder_3"}


def test_a_packed_denoiser_leaves_more_room(tmp_path: Path) -> None:
    folder = sparse_folder(tmp_path / "flux", "flux1-dev", "F8_E4M3")
    compute = Compute(torch.device("cpu"), torch.bfloat16)
    for packs, card, turning in ((False, 24, ""), (True, 24, ""), (True, 16, "transformer")):
        found = waiting_of(folder, None, compute, lambda device, n=card: free(n), packs=packs)
        assert found.turning == turning
        assert bool(found.components) is packs, "widened it does not fit at all"


def test_what_cannot_be_planned_is_left_to_who_opens_it(tmp_path: Path) -> None:
    assert waiting_of(tmp_path, None, HALF, lambda device: free(6)) == NOBODY


def test_on_a_cpu_nobody_waits(tiny_folder) -> None:
    assert waiting_of(tiny_folder / "sd", None, choose_compute("cpu")) == NOBODY


@pytest.fixture
def moving(monkeypatch, tiny_folder):
    """An engine whose text encoder and VAE wait and whose UNet gives way, and its mover."""
    mover = RecordingMover()
    waiting = Waiting(frozenset({"text_encoder", "vae"}), "unet")
    monkeypatch.setattr(opening, "waiting_of", lambda path, components, compute, packs: waiting)
    monkeypatch.setattr(opening, "DeviceMover", lambda device: mover)
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    return engine, mover


def test_pictures_and_weights_are_the_same(moving, engine, request_for, style, words) -> None:
    moved, mover = moving
    for stack in ((), (style,), (style, words), (words,), ()):
        found = moved.render(request_for(*stack), CancelToken(), silent)
        wanted = engine.render(request_for(*stack), CancelToken(), silent)
        assert found.picture == wanted.picture
        assert found.fingerprint == wanted.fingerprint
        assert moved.verify(CancelToken()).differing == ()
    assert mover.brought
    assert mover.taken


def test_a_prompt_that_is_known_moves_no_text_encoder(moving, request_for) -> None:
    engine, mover = moving
    engine.render(request_for(seed=1), CancelToken(), silent)
    taken = mover.taken
    engine.render(request_for(seed=2), CancelToken(), silent)
    assert mover.taken == taken


def test_adapters_beside_the_weights_keep_it_where_it_is(monkeypatch, tiny_folder) -> None:
    asked = []
    monkeypatch.setattr(opening, "waiting_of", lambda *arguments: asked.append(arguments))
    engine = StudioEngine("cpu", merge_mode="unmerged")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    assert asked == []
