import pytest

from loraviewer.core.outcome import FileError
from loraviewer.core.settings import MOST_RECENT, Settings, load_settings, save_settings


def test_settings_round_trip(tmp_path):
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(theme="dark", is_live=False).with_recent("/models/a")
    save_settings(path, settings)
    assert load_settings(path) == settings
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_no_file_means_defaults(tmp_path):
    assert load_settings(tmp_path / "none.json") == Settings()


@pytest.mark.parametrize("text", ["", "{", '{"theme": "pink"}', '{"colour": 1}', "[]"])
def test_a_broken_file_is_named(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(FileError, match=r"settings\.json"):
        load_settings(path)


def test_recent_paths_are_unique_newest_first_and_few():
    settings = Settings()
    for name in [*"abcdefghijkl", "c"]:
        settings = settings.with_recent(name)
    assert settings.recent_checkpoints[0] == "c"
    assert len(settings.recent_checkpoints) == MOST_RECENT
    assert len(set(settings.recent_checkpoints)) == MOST_RECENT
