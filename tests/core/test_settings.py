import json

import pytest

from loraviewer.core.originals_policy import MemoryWishes
from loraviewer.core.settings import (
    MOST_RECENT,
    BaseFacts,
    Settings,
    load_settings,
    save_settings,
)


def test_settings_round_trip(tmp_path):
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(theme="dark", is_live=False).with_recent("/a", BaseFacts("sdxl", 7))
    settings = settings.with_favourite("/a", True).with_family("f" * 64, "sd1")
    save_settings(path, settings)
    assert load_settings(path) == (settings, "")
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_no_file_means_defaults(tmp_path):
    assert load_settings(tmp_path / "none.json") == (Settings(), "")


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"theme": }'])
def test_a_file_that_is_no_json_is_named_and_kept(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    settings, complaint = load_settings(path)
    assert settings == Settings()
    assert str(path) in complaint
    assert "settings.unreadable.json" in complaint
    save_settings(path, settings)
    assert (tmp_path / "settings.unreadable.json").read_text() == text


def test_a_value_that_cannot_be_used_costs_only_itself(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "pink", "is_live": false, "recent_checkpoints": ["/a"]}')
    settings, complaint = load_settings(path)
    assert settings == Settings(is_live=False, recent_checkpoints=("/a",))
    assert "theme" in complaint


def test_fields_of_a_newer_version_are_kept_when_saving(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "dark", "presenter": {"rows": 3}}')
    settings, complaint = load_settings(path)
    assert complaint == ""
    save_settings(path, settings.with_recent("/a"))
    saved = json.loads(path.read_text())
    assert saved["presenter"] == {"rows": 3}
    assert saved["recent_checkpoints"] == ["/a"]


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
    ("text", "policy", "limit"),
    [
        ("{}", "auto", None),
        ('{"originals": "lean", "memory_budget_gb": null}', "lean", None),
        ('{"memory_budget_gb": 1.5}', "auto", 1_500_000_000),
        ('{"memory_budget_gb": 0}', "auto", 0),
    ],
)
def test_how_originals_are_kept_is_a_choice(tmp_path, text, policy, limit):
    path = tmp_path / "settings.json"
    path.write_text(text)
    settings, complaint = load_settings(path)
    assert settings.memory == MemoryWishes(policy=policy, limit_bytes=limit)
    assert complaint == ""


def test_impossible_choices_for_originals_cost_only_themselves(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"originals": "swap", "memory_budget_gb": -1, "theme": "dark"}')
    settings, complaint = load_settings(path)
    assert settings == Settings(theme="dark")
    assert "originals, memory_budget_gb" in complaint
