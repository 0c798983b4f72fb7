"""Stacks without each of their rows: by hand, and for any stack."""

from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.ablation import ablations, row_alone, without_row
from loraviewer.core.stack import AdapterStack, StackEntry


def row(name: str, scale: float = 1.0, **fields) -> StackEntry:
    return StackEntry(entry_id=name, name=name, path=name, sha256=name, scale=scale, **fields)


def stack(*rows: StackEntry, master: float = 1.0) -> AdapterStack:
    return AdapterStack(entries=rows, master=master)


def scales(of: AdapterStack) -> dict[str, float]:
    return {a.sha256: a.scale for a in of.applied()}


BOTH = stack(row("manga", 0.8), row("birds", 1.2), master=0.5)


def test_the_others_stay_as_they_are_master_included():
    assert scales(without_row(BOTH, "manga")) == {"birds": 0.6}
    assert scales(row_alone(BOTH, "manga")) == {"manga": 0.4}


def test_a_separate_text_strength_comes_along():
    (alone,) = row_alone(stack(row("manga", 0.8, text_scale=0.2)), "manga").applied()
    assert (alone.scale, alone.text_scale) == (0.8, 0.2)


def test_without_the_only_soloed_row_the_silenced_ones_stay_silent():
    soloed = stack(row("manga", is_solo=True), row("birds"))
    manga, birds = ablations(soloed)
    assert (manga.is_same, scales(manga.stack)) == (False, {})
    assert birds.is_same


def test_rows_without_a_part_in_the_picture_are_the_same():
    of = stack(row("off", is_enabled=False), row("zero", 0.0), row("manga"))
    for is_alone in (False, True):
        assert [a.is_same for a in ablations(of, is_alone=is_alone)] == [True, True, False]


def test_at_master_zero_no_row_has_a_part():
    assert all(a.is_same for a in ablations(stack(row("manga"), master=0.0)))


def test_one_adapter_in_two_rows_leaves_the_other_row():
    twice = stack(
        row("a", 0.5), StackEntry(entry_id="b", name="a", path="a", sha256="a", scale=0.2)
    )
    assert [scales(a.stack) for a in ablations(twice)] == [{"a": 0.2}, {"a": 0.5}]


rows = st.builds(
    lambda name, scale, on, solo: (name, scale, on, solo),
    st.sampled_from("abcd"),
    st.sampled_from([-1.0, 0.0, 0.3, 1.0]),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(rows, max_size=5), st.sampled_from([0.0, 0.5, 1.0]))
def test_without_and_alone_are_the_whole_for_every_stack(drawn, master):
    entries = tuple(
        StackEntry(entry_id=str(i), name=n, path=n, sha256=n, scale=s, is_enabled=on, is_solo=solo)
        for i, (n, s, on, solo) in enumerate(drawn)
    )
    whole = AdapterStack(entries=entries, master=master)
    for without, alone in zip(ablations(whole), ablations(whole, is_alone=True), strict=True):
        assert without.is_same == alone.is_same
        if without.is_same:
            assert without.stack.applied() == whole.applied()
        else:
            parts = (*without.stack.applied(), *alone.stack.applied())
            assert tuple(sorted(parts)) == whole.applied()
