import pytest

from loraviewer.core.base_weights_policy import MemoryWishes
from loraviewer.core.settings import (
    MOST_RECENT,
    BaseFacts,
    Settings,
)


def test_recent_paths_are_unique_newest_first_and_few():
    settings = Settings()
    for name in [*"abcdefghijkl", "c"]:
        settings = settings.with_recent(name)
    assert settings.recent_checkpoints[0] == "c"
    assert len(settings.recent_checkpoints) == MOST_RECENT
    assert len(set(settings.recent_checkpoints)) == MOST_RECENT


def test_facts_are_kept_for_recent_and_favourite_bases_only():
    settings = Settings().with_recent("star", BaseFacts("sd1", 1)).with_favourite("star", True)
    for number in range(MOST_RECENT + 3):
        settings = settings.with_recent(str(number), BaseFacts("sdxl", number))
    assert set(settings.base_facts) == {*settings.recent_checkpoints, "star"}
    assert settings.base_facts["star"] == BaseFacts("sd1", 1)


def test_a_base_can_be_taken_off_both_lists():
    settings = Settings().with_recent("/a", BaseFacts("sd1", 1)).with_favourite("/a", True)
    assert settings.without_base("/a") == Settings()


def test_a_family_as_found_leaves_nothing_behind():
    settings = Settings().with_family("abc", "sdxl")
    assert settings.family_overrides == {"abc": "sdxl"}
    assert settings.with_family("abc", "") == Settings()


@pytest.mark.parametrize(
    ("gb", "limit"),
    [(None, None), (1.5, 1_500_000_000), (0, 0), (1e308, None), (float("inf"), None)],
)
def test_how_much_memory_originals_may_take(gb, limit):
    assert Settings(memory_budget_gb=gb).memory == MemoryWishes(limit_bytes=limit)


def test_block_presets_keep_their_places():
    settings = Settings()
    for name in ("a", "b", "c"):
        settings = settings.with_block_preset(name, {"M00": 0.5})
    assert list(settings.with_block_preset("b", {}).block_presets) == ["a", "b", "c"]
    assert list(settings.with_block_preset_renamed("b", "x").block_presets) == ["a", "x", "c"]
    assert list(settings.with_block_preset_renamed("b", "c").block_presets) == ["a", "c"]
    assert settings.with_block_preset_renamed("b", "b") == settings
    assert settings.with_block_preset_renamed("gone", "c") == settings
    assert list(settings.without_block_preset("b").block_presets) == ["a", "c"]
