"""Folders of drivers: removed, and those of killed runs by the next one."""

import os
import tempfile

import pytest

from loraviewer.lab.runners.cluster.own_folder import own_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(temporary, name):
    """By a run that was killed a while ago."""
    folder = temporary / name
    (folder / "session").mkdir(parents=True)
    (folder / "held").touch()
    os.utime(folder, (1, 1))
    return folder


def test_nothing_is_left(temporary):
    with own_folder() as folder:
        (folder / "session").mkdir()
        (folder / "session" / "log").touch()
        assert folder.parent == temporary
    assert os.listdir(temporary) == []


def test_what_a_killed_run_left_is_removed_by_the_next(temporary):
    left_behind(temporary, "lv-ray-old")
    with own_folder() as folder:
        assert os.listdir(temporary) == [folder.name]


def test_what_another_run_holds_or_has_just_begun_stays(temporary):
    with own_folder() as held:
        os.utime(held, (1, 1))
        (temporary / "lv-ray-new").mkdir()
        other = left_behind(temporary, "another-programs")
        with own_folder() as folder:
            names = {held.name, "lv-ray-new", other.name, folder.name}
            assert set(os.listdir(temporary)) == names


def test_an_error_passes_and_the_folder_goes(temporary):
    with pytest.raises(ValueError, match="mine"), own_folder():
        raise ValueError("mine")
    assert os.listdir(temporary) == []
