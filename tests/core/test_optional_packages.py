"""Packages that only some bases need: whether they are there is found without importing them."""

import importlib.metadata
import importlib.util

import pytest

from loraviewer.core.optional_packages import SENTENCEPIECE, check_packages
from loraviewer.core.outcome import CheckpointError


@pytest.fixture
def installed(monkeypatch):
    def install(version):
        """None: not at all; "": without saying which."""
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: version is not None or None)

        def told(name):
            if not version:
                raise importlib.metadata.PackageNotFoundError(name)
            return version

        monkeypatch.setattr(importlib.metadata, "version", told)

    return install


@pytest.mark.parametrize(
    ("version", "is_usable"),
    [
        (None, False), ("", True), ("0.1.99", False), ("0.2.2", False), ("0.2.3", True),
        ("0.2.10", True), ("0.3.0rc1", True), ("1.0", True), ("0.2", False),
    ],
)  # fmt: skip
def test_versions(version, is_usable, installed, tmp_path):
    installed(version)
    assert SENTENCEPIECE.is_usable == is_usable
    check_packages(tmp_path, "sdxl")
    if is_usable:
        check_packages(tmp_path, "kolors")
    else:
        with pytest.raises(CheckpointError, match=r"Kolors needs .* sentencepiece .*\[kolors\]"):
            check_packages(tmp_path, "kolors")
