"""What waits is what the plan asks for, on a card alone; pictures are the same with it."""

from pathlib import Path

import pytest
import torch
from msgspec.structs import replace

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.outcome import OutOfMemory
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner
from loraviewer.core.request import AskedMergeMode
from loraviewer.engine.device import Compute, FreeMemory, choose_compute
from loraviewer.engine.opening import checkpoint as opening
from loraviewer.engine.placement.placement import compute_on
from loraviewer.engine.placement.streaming import can_be_streamed
from loraviewer.engine.placement.waiting import NOBODY, PlacementWish, Waiting, waiting_of
from loraviewer.engine.studio_engine import StudioEngine
from tests.core.placement.bases import FLUX_BLOCK, FLUX_OUTSIDE, T5_PARTS
from tests.engine.conftest import silent
from tests.engine.placement.recording import RecordingConveyor, RecordingMover
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
        (6, Waiting(frozenset({"text_encoder", "text_encoder_2", "vae"}), "unet", beside=True)),
        (2, NOBODY),
    ],
)
def test_the_plan_says_who_waits(tmp_path: Path, card: float | None, waiting: Waiting) -> None:
    folder = sparse_folder(tmp_path / "sdxl", "sdxl")
    assert waiting_of(folder, None, HALF, measure=lambda device: free(card)) == waiting


def test_a_denoiser_may_give_way(tmp_path: Path) -> None:
    folder = sparse_folder(tmp_path / "sd3", "sd3.5-large")
    compute = Compute(torch.device("cpu"), torch.bfloat16)
    found = waiting_of(folder, None, compute, measure=lambda device: free(24))
    assert found.turning == "transformer"
    assert found.components == {"text_encoder", "text_encoder_2", "text_encoder_3"}


def test_a_packed_denoiser_leaves_more_room(tmp_path: Path) -> None:
    folder = sparse_folder(tmp_path / "flux", "flux1-dev", "F8_E4M3")
    compute = Compute(torch.device("cpu"), torch.bfloat16)

    def asked(packing: AskedPacking, card: float) -> Waiting:
        wish = PlacementWish(packing=packing)
        return waiting_of(folder, None, compute, wish, lambda device: free(card))

    texts = frozenset({"text_encoder", "text_encoder_2"})
    assert asked("packed", 24) == Waiting(texts)
    assert asked("packed", 16) == Waiting(texts, "transformer")
    for card in (16, 24):
        assert "transformer" in dict(asked("widened", card).streamed)


def test_what_cannot_be_planned_is_left_to_who_opens_it(tmp_path: Path) -> None:
    assert waiting_of(tmp_path, None, HALF, measure=lambda device: free(6)) == NOBODY


def test_on_a_cpu_nobody_waits(tiny_folder) -> None:
    assert waiting_of(tiny_folder / "sd", None, choose_compute("cpu")) == NOBODY


def test_a_flux_on_a_small_card_is_streamed(tmp_path: Path) -> None:
    folder = sparse_folder(tmp_path / "flux", "flux1-dev")
    compute = Compute(torch.device("cpu"), torch.bfloat16)

    def asked(card: float, manner: AskedManner = "", adapters: AskedMergeMode = "auto") -> Waiting:
        wish = PlacementWish(manner, adapters)
        return waiting_of(folder, None, compute, wish, lambda device: free(card))

    def stays(found: Waiting) -> dict[str, int]:
        return dict(found.streamed)

    texts = frozenset({"text_encoder", "text_encoder_2"})
    outside = 2 * FLUX_OUTSIDE
    assert asked(12, "streamed") == Waiting(texts, "", (("transformer", outside),), beside=True)
    small = asked(8)
    assert (small.components, small.turning, small.beside) == (frozenset(), "", True)
    assert stays(small).keys() == {"transformer", *texts}
    assert stays(small)["text_encoder_2"] == 2 * T5_PARTS[0]
    assert stays(small)["transformer"] == outside + 4 * 2 * FLUX_BLOCK
    merged = asked(12, "merged_streamed", "merged")
    assert (merged.components, merged.beside) == (texts, False)


def mover_for(monkeypatch) -> RecordingMover:
    mover = RecordingMover()
    monkeypatch.setattr(opening, "DeviceMover", lambda device: mover)
    return mover


def engine_with(monkeypatch, base: Path, waiting: Waiting) -> StudioEngine:
    monkeypatch.setattr(opening, "waiting_of", lambda *_: waiting)
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(base), CancelToken(), silent)
    return engine


TURNING = Waiting(frozenset({"text_encoder", "vae"}), "unet")
STREAMED = Waiting(frozenset({"text_encoder", "vae"}), "", (("unet", 0),))
PARTLY = STREAMED._replace(streamed=(("unet", 60_000),))
ALL_STREAMED = Waiting(frozenset({"vae"}), "", (("unet", 0), ("text_encoder", 0)))


@pytest.fixture
def moving(monkeypatch, tiny_folder):
    """An engine whose text encoder and VAE wait and whose UNet gives way, and its mover."""
    mover = mover_for(monkeypatch)
    return engine_with(monkeypatch, tiny_folder / "sd", TURNING), mover


def test_pictures_and_weights_are_the_same(moving, engine, request_for, style, words) -> None:
    moved, mover = moving
    are_alike(moved, engine, request_for, style, words)
    assert mover.brought
    assert mover.taken


def are_alike(moved, engine, request_for, style, words) -> None:
    for stack in ((), (style,), (style, words), (words,), ()):
        found = moved.render(request_for(*stack), CancelToken(), silent)
        wanted = engine.render(request_for(*stack), CancelToken(), silent)
        assert found.picture == wanted.picture
        assert found.fingerprint == wanted.fingerprint
        assert moved.verify(CancelToken()).differing == ()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("waiting", [STREAMED, PARTLY, ALL_STREAMED])
@pytest.mark.parametrize("beside", [False, True])
def test_streamed_ones_are_the_same_too(
    monkeypatch, tiny_folder, request_for, style, words, waiting, beside
) -> None:
    mover_for(monkeypatch)
    conveyor = RecordingConveyor()
    monkeypatch.setattr(opening, "new_conveyor", lambda device: conveyor)
    moved = engine_with(monkeypatch, tiny_folder / "sd", waiting._replace(beside=beside))
    engine = StudioEngine("cpu", merge_mode="unmerged" if beside else "auto")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    are_alike(moved, engine, request_for, style, words)
    assert conveyor.sent
    assert conveyor.used == 0, "what blocks were brought to is given back after each picture"
    unet = moved.checkpoint.networks["unet"]
    assert not any(map(conveyor.is_on_device, unet.parameters()))


@pytest.mark.parametrize("rule", [MergeRule("switch", 1), MergeRule("composite")])
@pytest.mark.parametrize("beside", [False, True])
def test_adapters_that_take_turns_between_blocks_give_the_same_picture(
    monkeypatch, tiny_folder, request_for, style, words, rule, beside
) -> None:
    """They are merged while the first block of the next step is on its way already."""
    mover_for(monkeypatch)
    monkeypatch.setattr(opening, "new_conveyor", lambda device: RecordingConveyor())
    moved = engine_with(monkeypatch, tiny_folder / "sd", STREAMED._replace(beside=beside))
    engine = StudioEngine("cpu", merge_mode="unmerged" if beside else "auto")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    request = replace(request_for(style, words), merge_rule=rule)
    found = moved.render(request, CancelToken(), silent)
    wanted = engine.render(request, CancelToken(), silent)
    assert found.picture == wanted.picture
    assert found.fingerprint == wanted.fingerprint
    assert moved.verify(CancelToken()).differing == ()


def test_a_drag_while_it_streams_settles_to_the_same_bytes(
    monkeypatch, tiny_folder, engine, request_for, style, words
) -> None:
    mover_for(monkeypatch)
    monkeypatch.setattr(opening, "new_conveyor", lambda device: RecordingConveyor())
    moved = engine_with(monkeypatch, tiny_folder / "sd", PARTLY)
    for scale in (0.2, 0.9, 0.4):
        held = replace(style, scale=scale, text_scale=scale)
        draft = replace(request_for(held, words), is_draft=True, held=style.sha256)
        moved.render(draft, CancelToken(), silent)
    settled = request_for(replace(style, scale=0.4, text_scale=0.4), words)
    found = moved.render(settled, CancelToken(), silent)
    wanted = engine.render(settled, CancelToken(), silent)
    assert found.picture == wanted.picture
    assert found.fingerprint == wanted.fingerprint


def test_a_picture_that_is_cancelled_while_it_streams_leaves_pure_weights(
    monkeypatch, tiny_folder, engine, request_for, style
) -> None:
    mover_for(monkeypatch)
    conveyor = RecordingConveyor()
    monkeypatch.setattr(opening, "new_conveyor", lambda device: conveyor)
    moved = engine_with(monkeypatch, tiny_folder / "sd", STREAMED)
    token = CancelToken()
    with pytest.raises(Cancelled):
        moved.render(request_for(style), token, lambda told: token.cancel() if told.step else None)
    assert conveyor.used == 0
    conveyor.room = 0
    with pytest.raises(OutOfMemory):
        moved.render(request_for(style), CancelToken(), silent)
    conveyor.room = None
    assert moved.verify(CancelToken()).differing == ()
    found = moved.render(request_for(style), CancelToken(), silent)
    assert found.picture == engine.render(request_for(style), CancelToken(), silent).picture


def test_diffusers_computes_on_the_device_wherever_weights_rest(moving) -> None:
    pipeline, elsewhere = moving[0].checkpoint.pipeline, torch.device("meta")
    assert pipeline._execution_device == torch.device("cpu")
    for network in moving[0].checkpoint.networks.values():
        compute_on(network, elsewhere)
    assert pipeline._execution_device == elsewhere


def test_a_prompt_that_is_known_moves_no_text_encoder(moving, request_for) -> None:
    engine, mover = moving
    engine.render(request_for(seed=1), CancelToken(), silent)
    taken = mover.taken
    engine.render(request_for(seed=2), CancelToken(), silent)
    assert mover.taken == taken


def test_adapters_beside_the_weights_are_part_of_what_is_planned(monkeypatch, tiny_folder) -> None:
    asked = []

    def planned(*arguments: object) -> Waiting:
        asked.append(arguments[-1])
        return NOBODY

    monkeypatch.setattr(opening, "waiting_of", planned)
    engine = StudioEngine("cpu", merge_mode="unmerged")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent, manner="streamed")
    assert asked == [PlacementWish("streamed", "unmerged", "widened")]


def test_weights_of_quantisation_libraries_stay_whole() -> None:
    class Hidden(torch.Tensor):
        """A tensor with others in it."""

    linear = torch.nn.Linear(2, 2)
    network = torch.nn.ModuleList([linear])
    assert can_be_streamed(network)
    linear.weight = torch.nn.Parameter(linear.weight.data.as_subclass(Hidden))
    assert not can_be_streamed(network)
