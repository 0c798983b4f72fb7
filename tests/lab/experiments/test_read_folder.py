"""Tables of an experiment, read back as what was written."""

import pytest

from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.outcome import FileError
from loraviewer.lab.experiments.read_folder import read_table
from loraviewer.lab.experiments.tables import summary_table
from tests.core.experiments.means import base, mean
from tests.languages.said import in_german


def test_means_are_read_back_with_units_that_can_be_translated(tmp_path):
    means = (base(), mean("real", 1.5, unit="ΔE"), mean("real", 0.5, unit="of pictures"))
    path = tmp_path / "summary.csv"
    path.write_bytes(summary_table(means))
    read = read_table(path, Mean)
    assert [one.unit for one in read] == [one.unit for one in means]
    assert [in_german(one.unit) for one in read] == ["Stufen", "ΔE", "der Bilder"]
    assert summary_table(read) == path.read_bytes()


def test_what_is_no_table_is_refused_in_the_window_language(tmp_path):
    path = tmp_path / "summary.csv"
    path.write_text("arm,depth\nreal,deep\n")
    with pytest.raises(FileError) as failed:
        read_table(path, Mean)
    assert in_german(failed.value.message).startswith(
        f"„{path}“ ist keine Tabelle eines Versuchs: "
    )
