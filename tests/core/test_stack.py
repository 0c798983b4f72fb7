import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.stack import AdapterStack, StackEntry

finite = st.floats(-20, 20, allow_nan=False)


def row(name: str, **fields) -> StackEntry:
    path = f"{name}.safetensors"
    return StackEntry(entry_id=name, name=name, path=path, sha256=f"sha-{name}", **fields)


def stack_of(*rows: StackEntry, master: float = 1.0) -> AdapterStack:
    return AdapterStack(entries=rows, master=master)


entries = st.lists(
    st.builds(
        lambda name, on, solo, scale, text: row(
            name, is_enabled=on, is_solo=solo, scale=scale, text_scale=text
        ),
        st.sampled_from("abcdef"),
        st.booleans(),
        st.booleans(),
        finite,
        st.none() | finite,
    ),
    max_size=6,
    unique_by=lambda e: e.entry_id,
)


def test_what_the_weights_see_has_switches_and_master_applied():
    stack = stack_of(row("b", scale=0.5), row("a", scale=2.0, text_scale=0.0), master=0.5)
    assert [(a.sha256, a.scale, a.text_scale) for a in stack.applied()] == [
        ("sha-a", 1.0, 0.0),
        ("sha-b", 0.25, 0.25),
    ]


def test_rows_switched_off_or_at_zero_leave_no_trace():
    stack = stack_of(row("a", is_enabled=False), row("b", scale=0.0), row("c", scale=-0.0))
    assert stack.applied() == ()


def test_a_row_that_acts_on_the_text_encoder_only_is_kept():
    (applied,) = stack_of(row("a", scale=0.0, text_scale=0.7)).applied()
    assert (applied.scale, applied.text_scale) == (0.0, 0.7)


@given(entries)
def test_the_rows_that_are_applied_are_those_that_each_say_so(rows):
    stack = stack_of(*rows)
    assert stack.applied_entries() == tuple(e for e in rows if stack.is_applied(e))
    has_solo = any(e.is_solo and e.is_enabled for e in rows)
    for e in rows:
        assert stack.is_applied(e) == (e.is_enabled and (e.is_solo if has_solo else True))


def test_solo_silences_the_others_but_keeps_their_values():
    stack = stack_of(row("a"), row("b", is_solo=True), row("c"))
    assert [a.name for a in stack.applied()] == ["b"]
    assert [a.name for a in stack.with_entry("b", is_solo=False).applied()] == ["a", "b", "c"]


def test_a_solo_row_that_is_off_silences_nobody():
    stack = stack_of(row("a"), row("b", is_solo=True, is_enabled=False))
    assert [a.name for a in stack.applied()] == ["a"]


def test_all_off_keeps_strengths():
    stack = stack_of(row("a", scale=0.3), row("b", scale=1.7)).with_all_off()
    assert stack.applied() == ()
    assert [e.scale for e in stack.entries] == [0.3, 1.7]


@given(entries, st.randoms(use_true_random=False), finite)
def test_the_order_of_rows_changes_nothing(rows, random, master):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert stack_of(*rows, master=master).applied() == stack_of(*shuffled, master=master).applied()


@given(entries)
def test_edits_and_their_inverses_give_equal_values(rows):
    stack = stack_of(*rows)
    added = stack.with_added(row("new"), 0)
    assert added.without("new") == stack
    assert added.with_moved("new", len(rows)).entries[-1].name == "new"


def test_an_unknown_row_is_an_error():
    with pytest.raises(KeyError):
        stack_of(row("a")).with_entry("b", scale=1.0)


@given(entries)
def test_all_off_keeps_what_it_takes_to_switch_back(rows):
    stack = stack_of(*{entry.entry_id: entry for entry in rows}.values())
    off = stack.with_all_off()
    assert off.is_all_off
    assert off.with_switches_of(stack) == stack
    assert off.with_added(row("new")).with_switches_of(stack) == stack.with_added(row("new"))
