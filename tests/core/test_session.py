"""Sessions as text: whatever was saved is read again, and whatever is wrong is said."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.core.blocks import block_scales
from loraviewer.core.cues import Cue
from loraviewer.core.document import LAYOUTS, Document, PaneSpec
from loraviewer.core.outcome import FileError
from loraviewer.core.request import SAMPLERS, Sampling
from loraviewer.core.session import (
    Autosaved,
    BadSession,
    BaseRef,
    Session,
    from_text,
    to_text,
)
from loraviewer.core.session_file import read_session, write_session
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.snapshots import Snapshot
from loraviewer.core.stack import AdapterStack, StackEntry

ANYWHERE = SessionPlaces({})
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(max_size=12)


@st.composite
def samplings(draw) -> Sampling:
    return Sampling(
        prompt=draw(WORDS),
        negative_prompt=draw(WORDS),
        seed=draw(st.integers(0, 2**63 - 1)),
        steps=draw(st.integers(1, 1000)),
        guidance_scale=draw(st.floats(0, 100)),
        sampler=draw(st.sampled_from([*SAMPLERS, "of a newer one"])),
        width=8 * draw(st.integers(1, 512)),
        height=8 * draw(st.integers(1, 512)),
    )


BLOCKS = st.sampled_from(["IN04", "M00", "TE1.03"])


@st.composite
def stacks(draw) -> AdapterStack:
    ids = draw(st.lists(WORDS, unique=True, max_size=4))
    entries = tuple(
        StackEntry(
            entry_id=entry_id,
            name=draw(WORDS),
            path=draw(WORDS),
            sha256=draw(WORDS),
            is_enabled=draw(st.booleans()),
            is_solo=draw(st.booleans()),
            scale=draw(NUMBERS),
            text_scale=draw(st.none() | NUMBERS),
            insisted_on=draw(WORDS),
            block_scales=block_scales(draw(st.dictionaries(BLOCKS, NUMBERS, max_size=2))),
        )
        for entry_id in ids
    )
    return AdapterStack(entries=entries, master=draw(NUMBERS))


@st.composite
def documents(draw) -> Document:
    ids = draw(st.lists(WORDS, unique=True, min_size=2, max_size=6))
    base = draw(st.sampled_from(ids))
    panes = tuple(
        PaneSpec(
            pane_id=pane_id,
            is_base=pane_id == base,
            stack=AdapterStack() if pane_id == base else draw(stacks()),
            sampling=draw(st.none() | samplings()),
        )
        for pane_id in ids
    )
    return Document(
        panes=panes,
        active=draw(st.sampled_from(ids)),
        reference=draw(st.sampled_from(ids)),
        last_seen=draw(st.sampled_from(["", *ids])),
        layout=draw(st.sampled_from(LAYOUTS)),
        sampling=draw(samplings()),
        snapshots=tuple(
            Snapshot(
                snapshot_id=snapshot_id,
                name=draw(WORDS),
                stack=draw(stacks()),
                sampling=draw(samplings()),
            )
            for snapshot_id in draw(st.lists(WORDS, unique=True, max_size=2))
        ),
        cues=tuple(
            Cue(cue_id=cue_id, snapshot_id=draw(WORDS), sentence=draw(WORDS))
            for cue_id in draw(st.lists(WORDS, unique=True, max_size=2))
        ),
    )


@given(documents(), st.none() | st.builds(BaseRef, WORDS, WORDS, WORDS))
@settings(max_examples=150, deadline=None)
def test_every_document_comes_back_as_it_was(document: Document, base: BaseRef | None):
    session = Session(document=document, base=base)
    text = to_text(session, ANYWHERE)
    assert from_text(text, ANYWHERE) == session
    assert from_text(text.encode(), ANYWHERE) == session


def row(**fields: Any) -> StackEntry:
    usual: dict[str, Any] = {
        "entry_id": "r",
        "name": "manga",
        "path": "/a/manga.safetensors",
        "sha256": "0f",
    }
    return StackEntry(**(usual | fields))


def with_rows(*rows: StackEntry) -> Session:
    document = Document().with_stack(AdapterStack(entries=rows))
    return Session(document=document, base=BaseRef("demo", "1d", "Demo"))


def table_of(session: Session) -> dict[str, Any]:
    return json.loads(to_text(session, ANYWHERE))


def test_a_session_is_readable():
    table = table_of(with_rows(row(scale=0.8)))
    assert (table["loraviewer"], table["version"]) == ("session", 1)
    assert table["base"] == {"path": "demo", "identity": "1d", "name": "Demo"}
    assert table["document"]["panes"][1]["stack"]["entries"][0]["scale"] == 0.8
    assert to_text(with_rows(), ANYWHERE).startswith('{\n  "loraviewer": "session",\n')


def test_a_session_from_before_there_were_cues_opens():
    table = table_of(with_rows(row()))
    table["document"].pop("cues", None)
    assert from_text(json.dumps(table), ANYWHERE) == with_rows(row())


def test_a_name_that_is_no_text_comes_back():
    session = with_rows(row(path=os.fsdecode(b"/a/\xff.safetensors"), name="ü"))
    text = to_text(session, ANYWHERE)
    text.encode()
    assert from_text(text, ANYWHERE) == session


def test_fields_of_a_newer_version_are_told_and_saved_again():
    table = table_of(with_rows(row()))
    pane = table["document"]["panes"][1]
    table["presenter"] = {"rows": 3}
    table["document"]["wipe"] = [1, None]
    pane["tint"] = "blue"
    pane["stack"]["entries"][0]["blocks"] = [0.5]
    table["document"]["sampling"]["clip_skip"] = 2
    table["base"]["vae"] = "x"
    session = from_text(json.dumps(table), ANYWHERE)
    assert "“presenter”" in session.note
    moved = Document().with_stack(AdapterStack(entries=(row(entry_id="new"), row(scale=2.0))))
    saved = json.loads(to_text(msgspec.structs.replace(session, document=moved), ANYWHERE))
    assert saved["presenter"] == {"rows": 3}
    assert saved["document"]["wipe"] == [1, None]
    assert saved["document"]["panes"][1]["tint"] == "blue"
    assert [r.get("blocks") for r in saved["document"]["panes"][1]["stack"]["entries"]] == [
        None,
        [0.5],
    ]
    assert saved["document"]["sampling"]["clip_skip"] == 2
    assert saved["base"]["vae"] == "x"
    assert from_text(json.dumps(saved), ANYWHERE).kept == session.kept


def test_nothing_is_told_of_a_session_that_is_known_whole():
    assert from_text(to_text(with_rows(row()), ANYWHERE), ANYWHERE).note == ""


def test_old_sessions_go_through_every_version():
    table = table_of(with_rows(row()))
    table["scene"] = table.pop("document")
    table["scene"]["selected"] = table["scene"].pop("active")

    def second(raw: dict[str, Any]) -> dict[str, Any]:
        raw["scene"]["active"] = raw["scene"].pop("selected")
        return raw

    def third(raw: dict[str, Any]) -> dict[str, Any]:
        return {**{k: v for k, v in raw.items() if k != "scene"}, "document": raw["scene"]}

    read = from_text(json.dumps(table), ANYWHERE, {1: second, 2: third}, 3)
    assert read == with_rows(row())
    del table["scene"]
    with pytest.raises(BadSession, match="no session of version 1"):
        from_text(json.dumps(table), ANYWHERE, {1: second, 2: third}, 3)


def _with(change) -> str:
    table = table_of(with_rows(row()))
    change(table)
    return json.dumps(table)


def _document(**fields: Any):
    return lambda table: table["document"].update(fields)


def _pane(index: int, **fields: Any):
    return lambda table: table["document"]["panes"][index].update(fields)


def _row(**fields: Any):
    return lambda table: table["document"]["panes"][1]["stack"]["entries"][0].update(fields)


def _sampling(**fields: Any):
    return lambda table: table["document"]["sampling"].update(fields)


def _snapshots(*kept: dict[str, Any]):
    return lambda table: table["document"].update(snapshots=list(kept))


def _kept(number: int, **fields: Any) -> dict[str, Any]:
    return {"snapshot_id": f"s{number}", "name": "best", **fields}


_TWICE = {"entries": [{"entry_id": "a", "name": "x", "path": "x", "sha256": "0" * 64}] * 2}


@pytest.mark.parametrize(("text", "said"), [
    ("", "is no session of loraviewer: it is not valid JSON (line 1)"),
    ("[]", "is no session of loraviewer: it is not a table"),
    ("{" * 100_000, "JSON"),
    ('{"a": ' * 100_000, "too deeply"),
    ("{}", "is no session"),
    ('{"loraviewer": "session"}', "does not say its version"),
    ('{"loraviewer": "session", "version": true}', "does not say its version"),
    ('{"loraviewer": "session", "version": 1}', "“document” is missing"),
    ('{"loraviewer": "session", "version": 9}', "is of version 9"),
    (_with(_document(panes=[])), "must have one pane of the base"),
    (_with(_document(panes=5)), "“document.panes” must be a list, not a whole number"),
    (_with(_document(active="gone")), "“active” names no pane"),
    (_with(_document(reference="gone")), "“reference” names no pane"),
    (_with(_document(layout=3)), "“document.layout”"),
    (_with(_pane(0, is_base=False)), "must have one pane of the base"),
    (_with(_pane(1, is_base=True)), "must have one pane of the base"),
    (_with(_pane(1, pane_id="base")), "the same id"),
    (_with(_pane(1, stack=None)), "“document.panes[1].stack” must be a table, not nothing"),
    (_with(_pane(0, stack={"master": 2})), "holds adapters"),
    (_with(_row(scale="much")), "“document.panes[1].stack.entries[0].scale” must be a number, not"),
    (_with(_row(scale=float("nan"))), "“document.panes[1].stack.entries[0].scale” is no finite"),
    (_with(_row(scale=float("inf"))), "is no finite number"),
    (_with(_row(scale=10**400)), "is damaged"),
    (_with(_row(is_solo=1)), "must be true or false, not a whole number"),
    (_with(_sampling(seed=-1)), "The seed must lie between"),
    (_with(_sampling(seed=2**70)), "The seed must lie between"),
    (_with(_sampling(width=100_000)), "Width and height"),
    (_with(_pane(1, stack={"entries": [{"name": "x"}]})), "is missing"),
    (_with(_snapshots(_kept(1), _kept(1))), "two of its snapshots have the same id"),
    (_with(_snapshots(_kept(1, stack=_TWICE))), "two rows of snapshot “best” have the same id"),
    (_with(_snapshots(_kept(1, sampling={"seed": -1}))), "The seed must lie between"),
    (_with(_document(cues=[{"cue_id": "a"}] * 2)), "two of its cues have the same id"),
    (_with(_document(cues=[{"sentence": 5}])), "“document.cues[0].sentence” must be text"),
    (_with(lambda t: t.update(base="demo")), "“base” must be a table or nothing, not text"),
])  # fmt: skip
def test_what_is_wrong_is_said(text: str, said: str, tmp_path: Path):
    path = tmp_path / "mine.lvsession"
    path.write_text(text)
    with pytest.raises(FileError) as error:
        read_session(path, ANYWHERE)
    assert said in str(error.value)
    assert str(error.value).startswith(f"“{path}” ")
    assert path.read_text() == text


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_damage_is_an_error_or_a_session_that_can_be_saved(data):
    """Cut off, overwritten, or one value replaced by another."""
    text = to_text(with_rows(row(), row(entry_id="s")), ANYWHERE)
    place = data.draw(st.integers(0, len(text) - 1))
    junk = data.draw(st.sampled_from(["", "null", "[]", "{}", "7", '"x"', "1e999", "\x00"]))
    length = data.draw(st.integers(0, 40))
    damaged = text[:place] + junk + text[place + length :]
    try:
        session = from_text(damaged, ANYWHERE)
    except BadSession:
        return
    assert from_text(to_text(session, ANYWHERE), ANYWHERE) == session


def test_a_strength_that_is_no_number_is_not_saved(tmp_path: Path):
    path = tmp_path / "mine.lvsession"
    path.write_text("before")
    with pytest.raises(FileError, match="not finite"):
        write_session(path, with_rows(row(scale=float("nan"))), ANYWHERE)
    assert path.read_text() == "before"


def test_a_folder_is_moved_with_its_session(tmp_path: Path):
    folder, moved = tmp_path / "work", tmp_path / "elsewhere"
    (folder / "loras").mkdir(parents=True)
    (folder / "loras" / "manga.safetensors").touch()
    (folder / "base.safetensors").touch()
    there = str(folder / "loras" / "manga.safetensors")
    session = with_rows(row(path=there), row(entry_id="far", path="/far/away.safetensors"))
    base = BaseRef(str(folder / "base.safetensors"), "1d")
    session = msgspec.structs.replace(session, base=base)
    write_session(folder / "my.lvsession", session, SessionPlaces({}, folder))
    assert read_session(folder / "my.lvsession", SessionPlaces({}, folder)) == session
    folder.rename(moved)
    read = read_session(moved / "my.lvsession", SessionPlaces({}, moved))
    paths = [entry.path for entry in read.document.stack.entries]
    assert paths == [str(moved / "loras" / "manga.safetensors"), "/far/away.safetensors"]
    assert read.base == BaseRef(str(moved / "base.safetensors"), "1d")
    assert read.kept == {}


def test_a_file_that_stayed_is_found_where_it_was(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "manga.safetensors").touch()
    session = with_rows(row(path=str(tmp_path / "a" / "manga.safetensors")))
    write_session(tmp_path / "a" / "my.lvsession", session, SessionPlaces({}, tmp_path / "a"))
    (tmp_path / "a" / "my.lvsession").rename(tmp_path / "b" / "my.lvsession")
    read = read_session(tmp_path / "b" / "my.lvsession", SessionPlaces({}, tmp_path / "b"))
    assert read.document == session.document


def test_the_demo_moves_with_the_installation():
    session = with_rows(row(path="/old/demo/manga.safetensors"))
    text = to_text(session, SessionPlaces({"manga": "/old/demo/manga.safetensors"}))
    assert "/old" not in text
    read = from_text(text, SessionPlaces({"manga": "/new/demo/manga.safetensors"}))
    assert read.document.stack.entries[0].path == "/new/demo/manga.safetensors"
    assert from_text(text, ANYWHERE).document.stack.entries[0].path == "demo:manga"


def test_what_an_autosave_knows_comes_back():
    facts = Autosaved(file="/a/b.lvsession", is_unsaved=True)
    session = msgspec.structs.replace(with_rows(), autosave=facts)
    assert from_text(to_text(session, ANYWHERE), ANYWHERE).autosave == facts
