"""Folders of wildcards, with files that nobody can use among them."""

from pathlib import Path

import pytest

from loraviewer.core.outcome import FileError
from loraviewer.core.variants.wildcards import read_wildcards


def test_names_are_places_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "hair").mkdir()
    (tmp_path / "Colour.txt").write_text("# warm first\nred\n\n 2::blue \n", "utf-8-sig")
    (tmp_path / "hair" / "long.txt").write_text("braids\n", "utf-8")
    (tmp_path / "notes.md").write_text("no option\n", "utf-8")
    found = read_wildcards(tmp_path)
    assert found.lines == {"colour": ("red", "2::blue"), "hair/long": ("braids",)}
    assert found.of("COLOUR") == ("red", "2::blue")
    assert found.of("hat") == ()
    assert found.problems == ()


def test_a_file_that_cannot_be_used_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"r\xff\xfe\x00ot")
    (tmp_path / "good.txt").write_text("red", "utf-8")
    (tmp_path / "huge.txt").write_bytes(b"x" * ((4 << 20) + 1))
    found = read_wildcards(tmp_path)
    assert set(found.lines) == {"good"}
    assert "bad.txt” is no text in UTF-8" in found.problems[0]
    assert "huge.txt” is too large" in found.problems[1]


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is no folder; choose the one with the wildcard files"):
        read_wildcards(tmp_path / "gone")
