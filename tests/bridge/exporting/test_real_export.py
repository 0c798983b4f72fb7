"""The real command answers as the window reads it."""

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.bridge.exporting.exporter import Exporter
from loraviewer.core.exports import ExportSource, ExportWish
from loraviewer.core.merge_rules import SUM
from loraviewer.core.stack import AppliedAdapter
from tests.bridge.exporting.test_exporter import heard

PATIENCE_MS = 240_000


@pytest.mark.usefixtures("qapp")
def test_an_export_is_written_and_proven(tiny_folder: Path, tmp_path: Path, qtbot: QtBot):
    file = tiny_folder / "style.safetensors"
    style = AppliedAdapter(file_sha256(file), 0.9, 0.9, "style", str(file))
    source = ExportSource(base=str(tiny_folder / "sd"), adapters=(style,), rule=SUM)
    out = tmp_path / "out.safetensors"
    wish = ExportWish(source=source, kind="adapter", path=str(out), prompt="-a cat")
    exporter, failed = Exporter((sys.executable, "-m", "loraviewer")), []
    exporter.failed.connect(failed.append)
    with qtbot.waitSignal(exporter.done, timeout=PATIENCE_MS) as done:
        exporter.export(wish)
    assert not failed
    (exported,) = heard(done)
    assert exported.output == str(out)
    assert out.stat().st_size > 0
    assert [one.seed for one in exported.proof] == [1, 2, 3]
    assert max(one.largest_levels for one in exported.proof) <= 2
    exporter.close()
