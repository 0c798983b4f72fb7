"""Files appear whole or not at all, links are followed, what killed processes left is cleared."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from loraviewer.core.atomic import check_place, new_file, new_folder
from loraviewer.core.outcome import FileError

FAILURES = {
    "disk": OSError(errno.ENOSPC, "No space left on device"),
    "rights": PermissionError(errno.EACCES, "Permission denied"),
}


def written(out: Path, content: str = "new") -> None:
    with new_file(out) as temporary:
        temporary.write_text(content)


def test_a_file_is_there_whole_and_alone(tmp_path):
    out = tmp_path / "a.png"
    written(out)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(out.stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_leaves_what_was_there(tmp_path, name):
    out = tmp_path / "a.png"
    out.write_text("old")

    def fail():
        with new_file(out) as temporary:
            temporary.write_text("half")
            raise FAILURES[name]

    with pytest.raises(FileError, match=f"a.png.* {FAILURES[name].strerror}"):
        fail()
    assert out.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_links_are_followed_and_rights_kept(tmp_path):
    (tmp_path / "store").mkdir()
    real, link = tmp_path / "store" / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    written(link)
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_link_to_nothing_gives_it_a_file(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "later")
    written(link)
    assert link.is_symlink()
    assert (tmp_path / "later").read_text() == "new"


@pytest.mark.parametrize("length", [200, 250, 255])
def test_long_names_are_written_where_the_disk_takes_them(tmp_path, length):
    out = tmp_path / ("x" * (length - 4) + ".png")
    check_place(out)
    written(out)
    assert out.read_text() == "new"


def test_what_cannot_be_written_is_told_before(tmp_path):
    for out, words in (
        (tmp_path / ("x" * 300), "its name is too long; choose a shorter one"),
        (tmp_path / "none" / "a", "does not exist"),
        (Path("/proc/loraviewer/a"), "does not exist"),
    ):
        with pytest.raises(FileError, match=words):
            check_place(out)
    with pytest.raises(FileError, match=r"needs 1000000000000\.0 GB, and only"):
        check_place(tmp_path / "a", 10**21)
    assert not list(tmp_path.iterdir())


def test_what_killed_processes_left_is_cleared(tmp_path):
    """And nothing else: not what a living process writes, nor what another machine does."""
    code = (
        "import os, sys; from pathlib import Path; from loraviewer.core.atomic import *\n"
        "with new_file(Path('a')) as one, new_folder(Path('b')) as two:\n"
        "    one.write_text('half'); two.mkdir(); (two / 'x').touch(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert len(list(tmp_path.iterdir())) == 2
    other = tmp_path / ".loraviewer-00000000-1-aaaaaaaa.part"
    other.touch()
    with new_file(tmp_path / "c") as mine:
        mine.write_text("half")
        written(tmp_path / "d")
        assert mine.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"c", "d", other.name}


def test_a_folder_is_there_whole(tmp_path):
    with new_folder(tmp_path / "a") as temporary:
        temporary.mkdir()
        (temporary / "x").touch()
    assert (tmp_path / "a" / "x").exists()
    with pytest.raises(FileError, match="already exists"), new_folder(tmp_path / "a"):
        pass
