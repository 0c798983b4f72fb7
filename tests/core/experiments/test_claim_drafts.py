"""The experiments of claims: gone on with, they are what they were."""

from pathlib import Path

import pytest

from loraviewer.core.experiments.claims import CLAIMS, Claim
from loraviewer.core.experiments.description import encoded, read_description


@pytest.mark.parametrize("claim", [one for one in CLAIMS if one.draft], ids=lambda one: one.name)
def test_a_description_is_the_same_once_it_was_read(claim: Claim, tmp_path: Path):
    assert claim.draft is not None
    file = tmp_path / "description.json"
    file.write_bytes(encoded(claim.draft))
    again = read_description(file)
    assert again == claim.draft
    assert encoded(again) == file.read_bytes()
