"""Why the weights see no row: what is said must be true of the rows that are there."""

import pytest

from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.nothing_applied import nothing_applied, reason_words
from loraviewer.core.stack import AdapterStack, StackEntry


def row(name: str, **fields) -> StackEntry:
    return StackEntry(entry_id=name, name=name, path=f"/{name}", sha256=name, **fields)


def stack(*rows: StackEntry, master: float = 1.0) -> AdapterStack:
    return AdapterStack(entries=rows, master=master)


MANGA, OFF = row("manga"), row("off", is_enabled=False)
LCM = row("lcm", for_drafts=DraftWay("lcm"))


@pytest.mark.parametrize(
    ("made", "muted", "reason"),
    [
        (stack(), (), "off"),
        (stack(OFF), (), "off"),
        (stack(LCM), (), "drafts"),
        (stack(LCM, OFF), (), "drafts"),
        (stack(LCM), ("lcm",), "drafts"),
        (stack(MANGA), ("manga",), "muted"),
        (stack(MANGA, LCM), ("manga",), "muted"),
        (stack(row("silent", scale=0.0)), (), "zero"),
        (stack(MANGA, LCM, master=0.0), (), "zero"),
        (stack(MANGA), (), None),
        (stack(MANGA, LCM), (), None),
    ],
)
def test_the_reason_is_that_of_the_rows_that_are_on(made, muted, reason) -> None:
    assert nothing_applied(made, made.without_muted(muted)) == reason


def test_only_where_no_row_is_on_it_says_that() -> None:
    told = {reason: reason_words(reason) for reason in ("off", "drafts", "muted", "zero")}
    assert told["off"] == "No row is on."
    assert len(set(told.values())) == 4
    assert "for drafts only" in told["drafts"]
