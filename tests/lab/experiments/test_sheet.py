"""What stands where on a sheet."""

from loraviewer.core.outcome import Rendered, Timings
from loraviewer.lab.experiments.sheet import sheet_of
from tests.core.experiments.asked import ladder
from tests.lab.experiments.painters import painted


def found(cell):
    return Rendered(cell.request, painted(cell.request), Timings(), fingerprint="")


def test_arms_that_end_early_leave_paper_and_no_row_slips():
    sheet = sheet_of(ladder(depths=(1, 5, 9), arms=("real", "random")), found)
    assert sheet.columns == 4
    names = [cell.name.removesuffix("-p01-s1") for cell in sheet.cells]
    assert names == [
        "base", "real-one-o1-d001", "real-one-o1-d005", "blank-0-0",
        "base", "random-one-o1-d001", "random-one-o1-d005", "random-one-o1-d009",
    ]  # fmt: skip
    assert set(sheet.cells[3].rendered.picture.rgb) == {255}


def test_rows_of_one_length_have_no_paper():
    sheet = sheet_of(ladder(arms=("real", "random")), found)
    assert sheet.columns == 4
    assert len(sheet.cells) == 8
    assert not any(cell.name.startswith("blank") for cell in sheet.cells)
