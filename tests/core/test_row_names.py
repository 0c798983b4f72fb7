from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.captions import stack_caption
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack, StackEntry


def stack(*rows: tuple[str, str]) -> AdapterStack:
    return AdapterStack(
        entries=tuple(
            StackEntry(entry_id=str(i), name=name, path=path, sha256=path, scale=1.0)
            for i, (name, path) in enumerate(rows)
        )
    )


def names(*rows: tuple[str, str]) -> list[str]:
    return list(row_names(stack(*rows)).values())


def test_names_that_differ_stay_as_they_are():
    assert names(("ink", "/a/ink.x"), ("hat", "/b/hat.x")) == ["ink", "hat"]


def test_the_nearest_folder_that_differs_stands_before_the_name():
    assert names(("ink", "/anime/ink.x"), ("ink", "/photo/ink.x")) == ["anime/ink", "photo/ink"]
    assert names(("ink", "/a/v1/ink.x"), ("ink", "/b/v1/ink.x")) == ["a/…/ink", "b/…/ink"]
    assert names(("ink", "C:\\a\\ink.x"), ("ink", "C:\\b\\ink.x")) == ["a/ink", "b/ink"]


def test_an_adapter_that_is_called_by_its_folder():
    rows = [("ink", f"/{by}/ink/adapter_model.safetensors") for by in ("me", "you")]
    assert names(*rows) == ["me/ink", "you/ink"]


def test_rows_of_one_file_are_numbered():
    row = ("ink", "/a/ink.x")
    assert names(row, row, row) == ["ink", "(2) ink", "(3) ink"]
    assert names(row, ("ink", "/b/ink.x"), row) == ["a/ink", "b/ink", "(2) a/ink"]
    assert names(("ink", "/a/ink.x"), ("ink", "/a/ink.y")) == ["ink", "(2) ink"]


folders = st.lists(st.sampled_from(["a", "b", "ink"]), max_size=3).map("/".join)


@given(st.lists(st.tuples(st.just("ink"), folders.map(lambda f: f"/{f}/ink.x")), max_size=5))
def test_no_two_rows_are_called_alike(rows):
    found = names(*rows)
    assert len(set(found)) == len(found)


def test_the_caption_of_a_picture_tells_them_apart():
    rows = stack(("ink", "/a/ink.x"), ("ink", "/b/ink.x"))
    assert stack_caption(rows) == "a/ink 1 + b/ink 1"
