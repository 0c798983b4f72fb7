"""The settings file: what it costs when it is damaged, and two studios that share it."""

import json
import os
import subprocess
import sys

import pytest

from loraviewer.core.base_weights_policy import MemoryWishes
from loraviewer.core.experiments.hands import RunsOn
from loraviewer.core.outcome import FileError
from loraviewer.core.settings import BaseFacts, Settings
from loraviewer.core.settings_file import SettingsFile


def test_settings_round_trip(tmp_path):
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(theme="dark", is_live=False).with_recent("/a", BaseFacts("sdxl", 7))
    settings = settings.with_favourite("/a", True).with_family("f" * 64, "sd1")
    SettingsFile(path).save(settings)
    assert SettingsFile(path).load() == (settings, "")
    assert {p.name for p in path.parent.iterdir()} <= {"settings.json", "settings.lock"}


def test_block_presets_outlive_the_window_and_two_studios_add_theirs(tmp_path):
    path = tmp_path / "settings.json"
    ours, theirs = SettingsFile(path), SettingsFile(path)
    ours.save(Settings().with_block_preset("face off", {"OUT03": 0.0, "TE1.00": 0.25}))
    theirs.save(theirs.load().settings.with_block_preset("no words", {"TE1.00": 0.0}))
    ours.save(ours.load().settings.with_block_preset_renamed("face off", "faces"))
    known = theirs.load().settings.block_presets
    assert known == {"faces": {"OUT03": 0.0, "TE1.00": 0.25}, "no words": {"TE1.00": 0.0}}


def test_who_makes_experiments_outlives_the_window_and_costs_only_itself(tmp_path):
    path = tmp_path / "settings.json"
    far = RunsOn(who="cluster", address="10.0.0.5:6379", workers=0)
    SettingsFile(path).save(Settings(experiments_on=far, theme="dark"))
    assert SettingsFile(path).load().settings.experiments_on == far
    table = json.loads(path.read_text()) | {"experiments_on": {"who": "mars"}}
    path.write_text(json.dumps(table))
    loaded = SettingsFile(path).load()
    assert loaded.settings == Settings(theme="dark")
    assert "experiments_on" in loaded.complaint


def test_no_file_means_defaults(tmp_path):
    assert SettingsFile(tmp_path / "none.json").load() == (Settings(), "")


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"theme": }'])
def test_a_file_that_is_no_json_is_named_and_kept(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    settings, complaint = SettingsFile(path).load()
    assert settings == Settings()
    assert str(path) in complaint
    assert "settings.unreadable.json" in complaint
    SettingsFile(path).save(settings)
    assert (tmp_path / "settings.unreadable.json").read_text() == text


def test_a_value_that_cannot_be_used_costs_only_itself(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "pink", "is_live": false, "recent_checkpoints": ["/a"]}')
    settings, complaint = SettingsFile(path).load()
    assert settings == Settings(is_live=False, recent_checkpoints=("/a",))
    assert "theme" in complaint


def test_fields_of_a_newer_version_are_kept_when_saving(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "dark", "presenter": {"rows": 3}}')
    settings, complaint = SettingsFile(path).load()
    assert complaint == ""
    SettingsFile(path).save(settings.with_recent("/a"))
    saved = json.loads(path.read_text())
    assert saved["presenter"] == {"rows": 3}
    assert saved["recent_checkpoints"] == ["/a"]


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
    settings, complaint = SettingsFile(path).load()
    assert settings.memory == MemoryWishes(policy=policy, limit_bytes=limit)
    assert complaint == ""


def test_impossible_choices_for_originals_cost_only_themselves(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"originals": "swap", "memory_budget_gb": -1, "theme": "dark"}')
    settings, complaint = SettingsFile(path).load()
    assert settings == Settings(theme="dark")
    assert "originals, memory_budget_gb" in complaint


@pytest.mark.parametrize("steps", [0, -3, 1001])
def test_impossible_drafts_are_refused(tmp_path, steps):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"draft_steps": steps}))
    settings, complaint = SettingsFile(path).load()
    assert settings == Settings()
    assert "draft_steps" in complaint


def test_a_value_that_cannot_be_used_stays_until_it_is_changed(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "pink", "draft_steps": 7}')
    file = SettingsFile(path)
    settings = file.load().settings
    file.save(Settings(draft_steps=5))
    assert json.loads(path.read_text())["theme"] == "pink"
    file.save(Settings(theme="dark"))
    assert json.loads(path.read_text())["theme"] == "dark"
    assert settings.draft_steps == 7


# What editors make of it


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_byte_order_mark_costs_nothing(tmp_path, encoding):
    path = tmp_path / "settings.json"
    path.write_bytes('{"theme": "dark", "recent_checkpoints": ["/schön"]}'.encode(encoding))
    file = SettingsFile(path)
    wanted = Settings(theme="dark", recent_checkpoints=("/schön",))
    assert file.load() == (wanted, "")
    file.save(wanted.with_recent("/b"))
    assert SettingsFile(path).load().settings.recent_checkpoints == ("/b", "/schön")
    assert [p.name for p in tmp_path.glob("*.json")] == ["settings.json"]


def test_a_byte_that_is_no_text_costs_only_itself(tmp_path):
    path = tmp_path / "settings.json"
    before = '{"theme": "dark", "recent_checkpoints": ["/schön"]}'.encode("latin-1")
    path.write_bytes(before)
    file = SettingsFile(path)
    settings, complaint = file.load()
    assert settings == Settings(theme="dark", recent_checkpoints=("/sch�n",))
    assert complaint == (
        f"“{path}” is not saved as UTF-8, so that letters in it became “�”. "
        "The file is kept as “settings.unreadable.json”."
    )
    assert path.read_bytes() == before
    file.save(Settings(theme="light"))
    assert (tmp_path / "settings.unreadable.json").read_bytes() == before
    assert SettingsFile(path).load() == (Settings(theme="light"), "")


def test_files_kept_earlier_are_never_replaced(tmp_path):
    path = tmp_path / "settings.json"
    for text in ("{", "[]", "{", "nonsense"):
        path.write_text(text)
        file = SettingsFile(path)
        file.load()
        file.load()
        file.save(Settings(theme="dark"))
    kept = sorted(p for p in tmp_path.glob("settings.unreadable*"))
    assert sorted(p.read_text() for p in kept) == ["[]", "nonsense", "{"]
    assert SettingsFile(path).load() == (Settings(theme="dark"), "")


def test_what_cannot_be_kept_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "settings.json"
    path.write_text("{")
    (tmp_path / "settings.unreadable.json").mkdir()
    monkeypatch.setattr("loraviewer.core.kept_aside._MOST_KEPT", 1)
    file = SettingsFile(path)
    assert "using defaults" in file.load().complaint
    with pytest.raises(FileError, match=r"settings\.json.*move it away"):
        file.save(Settings(theme="dark"))
    assert path.read_text() == "{"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_budget_that_is_no_number_is_none(tmp_path, number):
    path = tmp_path / "settings.json"
    path.write_text(f'{{"theme": "dark", "memory_budget_gb": {number}}}')
    settings = SettingsFile(path).load().settings
    assert settings.theme == "dark"
    assert settings.memory.limit_bytes is None


# Files that are none, or that we may not read


def test_a_file_that_may_not_be_read_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "dark"}')
    file = SettingsFile(path)

    def refuse(path, most):  # rights do not stop root, who runs the tests in a container
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("loraviewer.core.settings_file.read_regular", refuse)
        assert "Permission denied; using defaults" in file.load().complaint
        with pytest.raises(FileError, match="Permission denied"):
            file.save(Settings(theme="light"))
    assert [p.name for p in tmp_path.glob("*.json")] == ["settings.json"]
    assert path.read_text() == '{"theme": "dark"}'


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "endless"])
def test_what_is_no_file_is_named_and_stays(tmp_path, kind):
    path = tmp_path / "settings.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "endless":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    else:
        path.symlink_to("/dev/zero")
    file = SettingsFile(path)
    settings, complaint = file.load()
    assert settings == Settings()
    assert str(path) in complaint
    assert "using defaults" in complaint
    with pytest.raises(FileError, match=r"settings\.json"):
        file.save(Settings(theme="dark"))
    assert os.path.lexists(path)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"theme": ' * 5_000, '{"draft_steps": ' + "9" * 100_000 + "}"],
)
def test_hostile_files_keep_no_studio_from_starting(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    settings, complaint = SettingsFile(path).load()
    assert settings == Settings()
    assert str(path) in complaint


# Two studios


def test_each_studio_writes_only_what_it_changed(tmp_path):
    path = tmp_path / "settings.json"
    one, two = SettingsFile(path), SettingsFile(path)
    first = one.load().settings.with_recent("/a", BaseFacts("sd1", 1))
    second = two.load().settings.with_recent("/b", BaseFacts("sdxl", 2)).with_family("f", "sd1")
    one.save(Settings(theme="dark", recent_checkpoints=first.recent_checkpoints,
                      base_facts=first.base_facts))  # fmt: skip
    two.save(second)
    saved = SettingsFile(path).load().settings
    assert saved.theme == "dark"
    assert saved.recent_checkpoints == ("/b", "/a")
    assert set(saved.base_facts) == {"/a", "/b"}
    assert saved.family_overrides == {"f": "sd1"}
    one.save(Settings(theme="light"))  # takes /a off again, not /b
    saved = SettingsFile(path).load().settings
    assert (saved.theme, saved.recent_checkpoints) == ("light", ("/b",))
    assert set(saved.base_facts) == {"/b"}


def test_many_studios_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from loraviewer.core import settings_file; settings_file._LOCK_SECONDS = 60.0\n"
        "from loraviewer.core.settings_file import SettingsFile\n"
        "file = SettingsFile(Path('settings.json')); mine = file.load().settings\n"
        "for i in range(10):\n"
        "    mine = mine.with_family(f'{sys.argv[1]}-{i}', 'sd1'); file.save(mine)\n"
    )
    studios = [
        subprocess.Popen([sys.executable, "-c", code, str(i)], cwd=tmp_path) for i in range(4)
    ]
    assert [studio.wait() for studio in studios] == [0] * 4
    saved = SettingsFile(tmp_path / "settings.json").load().settings
    assert len(saved.family_overrides) == 40


def test_a_lock_that_is_never_given_back_is_told(tmp_path, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr("loraviewer.core.settings_file._LOCK_SECONDS", 0.01)
    lock, refused = FileLock(tmp_path / "settings.lock"), pytest.raises(FileError, match="another")
    with lock, refused:
        SettingsFile(tmp_path / "settings.json").save(Settings())
