"""Plans of published bases on cards that people have, against sums worked out here."""

import pytest

from loraviewer.core.placement.activations import Size
from loraviewer.core.placement.choosing import plan_for, with_options
from loraviewer.core.placement.plan import LoadPlan, Machine, Manner, Speeds
from tests.core.placement.bases import (
    BASES,
    CLIP_G,
    CLIP_L,
    CLIP_L_PARTS,
    FLOW_VAE,
    FLUX_BLOCK,
    FLUX_DEV,
    FLUX_OUTSIDE,
    FP8,
    GB,
    Q4_K,
    Q8_0,
    SD1_UNET,
    SD35_LARGE,
    SD_VAE,
    SDXL_UNET,
    T5,
    T5_PARTS,
)

MANNERS: dict[str, tuple[Manner, ...]] = {
    "sd1": ("pinned", "whole", "whole", "whole", "whole"),
    "sdxl": ("beside", "pinned", "pinned", "pinned", "whole"),
    "sd3.5-large": ("all_streamed", "all_streamed", "all_streamed", "all_streamed", "turns"),
    "flux": ("all_streamed", "all_streamed", "all_streamed", "all_streamed", "all_streamed"),
    "flux-q4": ("all_streamed", "all_streamed", "turns", "turns", "pinned"),
}
"""On cards of 6, 8, 12, 16 and 24 GB, in a machine with main memory enough."""


def planned(base: str, card: float, main: float | None = None) -> LoadPlan:
    machine = Machine(card=round(card * GB), main=None if main is None else round(main * GB))
    return plan_for(BASES[base], machine)


def places(plan: LoadPlan) -> dict[str, str]:
    return {one.name: one.place for one in plan.components}


@pytest.mark.parametrize("base", MANNERS)
def test_how_published_bases_fit_on_usual_cards(base: str) -> None:
    found = tuple(planned(base, card).manner for card in (6, 8, 12, 16, 24))
    assert found == MANNERS[base]


def test_sd1_fits_in_whole_on_8_gb_with_its_base_weights_beside_it() -> None:
    plan = planned("sd1", 8)
    weights = 2 * (SD1_UNET + CLIP_L + SD_VAE)
    kept = 2 * (SD1_UNET + CLIP_L)
    free = 8 * GB - weights
    decoding = 512 * 512 * 4 * 256 * 2
    assert dict(plan.parts) == {
        "weights": weights,
        "base_weights": kept,
        "held_fader": int(0.5 * free) - kept,
        "picture": decoding,
    }
    assert plan.left_bytes == 8 * GB - weights - int(0.5 * free) - decoding
    assert (plan.precision, plan.peak_stage, plan.picture.tile_px) == ("float16", "decoding", 0)
    assert plan.sentence == "Fits in whole: 5.6 GB of 8.0 GB."
    assert set(places(plan).values()) == {"resident"}
    assert (plan.costs.prompt_moved, plan.costs.picture_moved) == (0, 0)
    assert plan.main_bytes == 0


def test_sdxl_on_12_gb_keeps_base_weights_in_main_memory_and_decodes_in_tiles() -> None:
    plan = planned("sdxl", 12)
    touched = 2 * (SDXL_UNET + CLIP_L + CLIP_G)
    weights = touched + 2 * SD_VAE
    assert plan.base_weights is not None
    assert (plan.base_weights.policy, plan.base_weights.kept_bytes) == ("pinned", touched)
    held = int(0.5 * (12 * GB - weights))
    # The VAE is widened to float32: its own weights take twice as much meanwhile.
    decoding = 512 * 512 * 4 * 256 * 4 + 2 * SD_VAE
    assert plan.picture.tile_px == 512
    assert plan.peak_bytes == weights + held + decoding
    assert plan.main_bytes == touched
    again = touched - held // 2
    assert plan.costs.tick_moved == again
    assert (plan.costs.tick_read, plan.costs.tick_written) == (2 * touched, touched)
    assert plan.costs.tick_s == pytest.approx(3 * touched / 300e9 + again / 12e9)


def test_text_encoders_wait_where_large_pictures_need_their_room() -> None:
    plan = plan_for(BASES["sdxl"], Machine(card=9 * GB), Size(2048, 2048))
    assert plan.manner == "text"
    assert places(plan) == {
        "unet": "resident",
        "text_encoder": "moved",
        "text_encoder_2": "moved",
        "vae": "resident",
    }
    assert plan.costs.prompt_moved == 2 * (CLIP_L + CLIP_G)
    assert plan.costs.picture_moved == 0
    assert plan.main_bytes == 2 * (SDXL_UNET + 2 * CLIP_L + 2 * CLIP_G)  # moved, and pinned
    assert "text encoders wait in main memory" in plan.sentence


def test_sd35_large_takes_turns_with_its_text_encoders_on_24_gb() -> None:
    plan = planned("sd3.5-large", 24)
    texts = [one for one in plan.components if one.kind == "text_encoder"]
    assert {one.place for one in texts} == {"moved"}
    assert places(plan)["transformer"] == "moved"
    assert places(plan)["vae"] == "resident"  # its pipeline decodes in the call that denoises
    text_bytes = sum(one.computed_bytes for one in texts)
    assert plan.costs.prompt_moved == text_bytes + 2 * 2 * SD35_LARGE
    assert plan.parts["weights"] == 2 * (SD35_LARGE + FLOW_VAE)
    assert plan.parts["picture"] == 1024 * 1024 * 4 * 256 * 2


def test_a_flux_whose_text_encoders_wait_is_streamed_by_blocks() -> None:
    plan = plan_for(BASES["flux"], Machine(card=12 * GB), manner="streamed")
    blocks = 2 * (FLUX_DEV - FLUX_OUTSIDE)
    assert plan.precision == "bfloat16"
    assert plan.peak_stage == "encoding"
    assert plan.parts["weights"] == 2 * (CLIP_L + T5 + FLOW_VAE + FLUX_OUTSIDE)
    assert plan.costs.picture_moved == 28 * blocks
    assert plan.costs.picture_s == pytest.approx(28 * blocks / 12e9)
    assert plan.costs.tick_s == 0.0
    assert plan.base_weights is None
    assert plan.main_bytes == 2 * (CLIP_L + T5) + blocks
    assert "block by block at every step" in plan.sentence


def test_flux_on_6_gb_streams_its_text_encoders_too() -> None:
    plan = planned("flux", 6)
    t5_outside, clip_outside = T5_PARTS[0], CLIP_L_PARTS[0]
    texts = CLIP_L + T5 - t5_outside - clip_outside
    stays = FLUX_OUTSIDE + t5_outside + clip_outside + FLOW_VAE
    assert plan.manner == "all_streamed"
    assert places(plan)["text_encoder_2"] == "streamed"
    # Its pipeline decodes in the call that denoises, so that two blocks are there meanwhile; a
    # third one has room to stay.
    assert plan.parts["weights"] == 2 * (stays + 2 * FLUX_BLOCK + FLUX_BLOCK)
    assert plan.parts["picture"] == 1024 * 1024 * 4 * 256 * 2
    assert plan.costs.prompt_moved == 2 * texts
    assert plan.main_bytes == 2 * (texts + FLUX_DEV - FLUX_OUTSIDE - FLUX_BLOCK)


@pytest.mark.parametrize("card", [6, 8, 12, 16, 24])
@pytest.mark.parametrize(
    ("base", "packing"),
    [("flux", (2, 1)), ("flux-q8", Q8_0), ("flux-fp8", FP8), ("flux-q4", Q4_K)],
)
def test_as_many_blocks_stay_as_nine_tenths_of_the_card_hold(base, packing, card: int) -> None:
    """Of Flux as it is stored in all usual ways, against sums of its published numbers."""

    def stored(numbers: int) -> int:
        return numbers * packing[0] // packing[1]

    plan = plan_for(BASES[base], Machine(card=card * GB), manner="all_streamed")
    block, outside = stored(FLUX_BLOCK), stored(FLUX_OUTSIDE)
    texts = 2 * (T5_PARTS[0] + CLIP_L_PARTS[0])
    bare = texts + 2 * FLOW_VAE + outside + 2 * block
    decoding = 1024 * 1024 * 4 * 256 * 2
    stay = (9 * card * GB // 10 - bare - decoding) // block
    blocks = stored(FLUX_DEV) - outside
    left = max(0, blocks - stay * block)
    assert stay > 0
    assert plan.costs.picture_moved == 28 * left
    assert plan.main_bytes == left + 2 * (CLIP_L + T5) - texts
    if left > 2 * block:  # else not even two have to come
        assert plan.peak_bytes == bare + decoding + stay * block


@pytest.mark.parametrize("card", [6, 8, 12, 16, 24])
@pytest.mark.parametrize("base", ["sd3.5-large", "sd3.5-q8", "sd3.5-fp8", "flux-q8", "flux-fp8"])
def test_every_one_of_them_fits_on_every_usual_card_and_waits_less_on_a_larger(base, card) -> None:
    plan, larger = planned(base, card), planned(base, card + 2)
    assert plan.fits
    assert plan.peak_bytes <= card * GB
    assert larger.costs.picture_s <= plan.costs.picture_s


def test_blocks_that_are_streamed_can_be_merged_in_main_memory() -> None:
    plan = plan_for(BASES["flux"], Machine(card=12 * GB), manner="merged_streamed")
    touched = 2 * (CLIP_L + T5 + FLUX_DEV)
    assert plan.manner == "merged_streamed"
    assert plan.base_weights is not None
    assert (plan.base_weights.policy, plan.base_weights.kept_bytes) == ("resident", touched)
    assert (plan.costs.tick_written, plan.costs.tick_moved) == (touched, 0)
    outside = 2 * FLUX_OUTSIDE
    on_card, in_main = 3 * outside / 300e9, 3 * (touched - outside) / 20e9
    assert plan.costs.tick_s == pytest.approx(on_card + in_main)
    assert plan.main_bytes == 2 * touched - 2 * outside
    assert "merged in main memory" in plan.sentence


def test_a_person_may_want_another_manner_and_gets_it_where_it_fits() -> None:
    base, machine = BASES["sdxl"], Machine(card=12 * GB)
    fastest = plan_for(base, machine)
    offered = with_options(fastest, base, machine).options
    assert [option.manner for option in offered][:2] == [fastest.manner, "text"]
    for option in offered:
        plan = plan_for(base, machine, manner=option.manner)
        assert plan.manner == option.manner
        assert (plan.costs.picture_s, plan.costs.tick_s) == (option.picture_s, option.tick_s)
    assert plan_for(base, machine, manner="whole") == fastest, "which does not fit"
    small = Machine(card=2 * GB)
    assert with_options(plan_for(base, small), base, small).options == ()


def test_adapters_beside_the_weights_need_none_kept() -> None:
    machine = Machine(card=12 * GB)
    assert plan_for(BASES["sdxl"], machine, adapters="unmerged").manner == "beside"
    assert plan_for(BASES["flux"], machine, adapters="merged").manner == "merged_streamed"


def test_packed_weights_stay_packed_and_have_adapters_beside_them() -> None:
    plan = planned("flux-q4", 24)
    packed = FLUX_DEV * 144 // 256
    denoiser = next(one for one in plan.components if one.kind == "denoiser")
    assert denoiser.computed_bytes == packed == denoiser.stored_bytes
    assert plan.parts["weights"] == packed + 2 * (CLIP_L + T5 + FLOW_VAE)
    assert plan.base_weights is not None
    assert plan.base_weights.touched_bytes == 2 * (CLIP_L + T5)


def test_what_waits_has_its_base_weights_in_main_memory_too() -> None:
    plan = planned("flux-q4", 12)
    packed, texts = FLUX_DEV * 144 // 256, 2 * (CLIP_L + T5)
    assert plan.manner == "turns"
    assert plan.base_weights is not None
    assert plan.base_weights.touched_bytes == texts
    assert (plan.parts["base_weights"], plan.parts["held_fader"]) == (0, 0)
    assert plan.parts["weights"] == texts + 2 * FLOW_VAE
    assert plan.main_bytes == packed + texts + texts
    assert plan.costs.prompt_moved == texts + 2 * packed
    assert (plan.costs.tick_written, plan.costs.tick_moved) == (texts, 0)
    assert plan.costs.tick_s == pytest.approx(3 * texts / 20e9)  # in main memory


def test_main_memory_that_is_short_turns_pinned_into_lean() -> None:
    plan = planned("sdxl", 12, main=10)
    assert plan.manner == "lean"
    assert plan.base_weights is not None
    assert plan.base_weights.kept_bytes == 0
    assert (
        plan.costs.tick_file == plan.base_weights.touched_bytes - plan.base_weights.held_budget // 2
    )
    assert plan.costs.tick_moved == 0


@pytest.mark.parametrize(
    ("base", "card", "main", "words"),
    [
        ("flux", 12, 16, "it needs 33.7 GB of main memory, which has 16.0 GB"),
        ("flux", 4, None, "Make pictures smaller."),
        ("sdxl", 3, None, "Use a GGUF version of it or a graphics card with more memory."),
    ],
)
def test_a_refusal_says_what_is_short_and_what_to_do(base, card, main, words) -> None:
    plan = planned(base, card, main)
    assert not plan.fits
    assert words in plan.sentence


def test_a_picture_that_is_too_large_is_to_be_smaller() -> None:
    plan = plan_for(BASES["sd1"], Machine(card=4 * GB), Size(8192, 8192))
    assert not plan.fits
    assert plan.sentence.endswith("Make pictures smaller.")
    assert plan_for(BASES["sd1"], Machine(card=4 * GB), Size(512, 512)).fits


def test_without_a_card_nothing_moves_and_everything_is_float32() -> None:
    plan = plan_for(BASES["sd1"], Machine(main=10 * GB))
    weights = 4 * (SD1_UNET + CLIP_L + SD_VAE)
    assert (plan.manner, plan.precision, plan.has_card) == ("lean", "float32", False)
    assert plan.parts["weights"] == weights
    assert plan.parts["picture"] == 512 * 512 * 4 * 256 * 4
    assert set(places(plan).values()) == {"resident"}
    short = plan_for(BASES["sd1"], Machine(main=4 * GB))
    assert short.sentence.startswith("Does not fit: it needs at least")
    assert "Close other programs" in short.sentence


def test_speeds_are_assumptions_that_can_be_others() -> None:
    machine = Machine(card=12 * GB)
    twice = plan_for(BASES["flux"], machine, speeds=Speeds(bus=24e9))
    once = plan_for(BASES["flux"], machine, speeds=Speeds(bus=12e9))
    assert once.costs.picture_s == pytest.approx(2 * twice.costs.picture_s)
