"""What is written into a sheet of pictures."""

import msgspec
import pytest

from loraviewer.core.contact_sheet import ContactSheet, SheetCell, sheet_record
from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.request import CheckpointRef, GenerationRequest

PIXEL = Picture(1, 1, bytes(3))


@pytest.mark.parametrize("made_on", ["", "NVIDIA H200"])
def test_records_name_a_device_only_where_it_is_another_kind(made_on):
    request = GenerationRequest(checkpoint=CheckpointRef("demo"))
    rendered = Rendered(request, PIXEL, Timings(), "", made_on=made_on)
    sheet = ContactSheet((SheetCell("A", rendered, PIXEL),), 1, PIXEL)
    ((pane),) = msgspec.json.decode(sheet_record(sheet))
    assert pane["pane"] == "A"
    assert pane["record"].get("made_on", "") == made_on
    assert ("made_on" in pane["record"]) == bool(made_on)
