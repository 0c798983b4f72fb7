"""The history: a sentence for every step, and jumps that end in exactly the state of a step."""

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QObject
from PySide6.QtTest import QAbstractItemModelTester

from loraviewer.bridge.document import document_model
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.document.history_model import UNDONE_ROLE, HistoryModel
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.document import LAYOUTS, Document
from loraviewer.core.stack import StackEntry


class Person:
    """The models over one document, and what somebody does with them."""

    def __init__(self) -> None:
        self._all = QObject()
        self.document = DocumentModel(self._all)
        self.stack = StackModel(self.document, self._all)
        self.places = DocumentPanes(self.document, self._all)
        self.prompt = PromptModel(self.document, self._all)
        self.snapshots = SnapshotModel(self.document, self._all)
        self.history = HistoryModel(self.document, self._all)
        mode = QAbstractItemModelTester.FailureReportingMode.Fatal
        for model in (self.history, self.snapshots):
            QAbstractItemModelTester(model, mode, model)

    def close(self) -> None:
        """As the controller: who listens to the last words of the history may be gone already."""
        self.steps.blockSignals(True)
        shiboken6.delete(self._all)

    @property
    def steps(self):
        return self.document.undo_stack

    def texts(self) -> list[str]:
        return [self.history.index(row).data() for row in range(self.history.rowCount())]

    def undone(self) -> list[bool]:
        rows = range(self.history.rowCount())
        return [self.history.index(row).data(UNDONE_ROLE) for row in rows]

    def add(self, number: int = 0) -> None:
        name = "abcdef"[number]
        entry = StackEntry(
            entry_id=f"{name}{self.steps.count()}", name=name, path=name, sha256=name
        )
        self.stack.add(entry)

    def row(self, number: int) -> str:
        entries = self.stack.stack.entries
        return entries[number % len(entries)].entry_id if entries else ""

    def snapshot(self, number: int) -> str:
        held = self.snapshots.snapshots
        return held[number % len(held)].snapshot_id if held else ""

    def drag(self, number: int) -> None:
        self.stack.begin_drag()
        for tick in range(3):
            self.stack.set_scale(self.row(number), (number + tick) / 10)
        self.stack.end_drag()

    def paint(self, number: int) -> None:
        self.stack.begin_drag()
        for tick in range(3):
            painted = dict(self.stack.stack.entry(self.row(number)).block_scales)
            self.stack.set_block_scales(self.row(number), painted | {f"OUT{tick:02}": number / 2})
        self.stack.end_drag()


@pytest.fixture
def person(qapp) -> Iterator[Person]:
    person = Person()
    yield person
    person.close()


Edit = Callable[[Person, int], object]

ON_ROWS: dict[str, Edit] = {
    "drag": lambda p, n: p.drag(n),
    "off": lambda p, n: p.stack.set_enabled(p.row(n), n % 2 == 0),
    "solo": lambda p, n: p.stack.set_solo(p.row(n), n % 2 == 0),
    "text": lambda p, n: p.stack.set_text_scale(p.row(n), n / 10),
    "blocks": lambda p, n: p.stack.set_block_scales(p.row(n), {"M00": n / 4, f"IN{n:02}": 0}),
    "paint": lambda p, n: p.paint(n),
    "remove": lambda p, n: p.stack.remove(p.row(n)),
    "move": lambda p, n: p.stack.move(p.row(n), n % len(p.stack.stack.entries)),
}
ON_SNAPSHOTS: dict[str, Edit] = {
    "rename": lambda p, n: p.snapshots.rename(p.snapshot(n), f"name {n}"),
    "apply": lambda p, n: p.snapshots.apply(p.snapshot(n), with_sampling=n % 2 == 0),
    "update": lambda p, n: p.snapshots.update(p.snapshot(n)),
    "delete": lambda p, n: p.snapshots.remove(p.snapshot(n)),
    "reorder": lambda p, n: p.snapshots.move(p.snapshot(n), n),
}
EDITS: dict[str, Edit] = {
    "add": lambda p, n: p.add(n),
    "master": lambda p, n: p.stack.set_master(n / 4),
    "all off": lambda p, n: p.stack.all_off(),
    "prompt": lambda p, n: p.prompt.change(prompt=f"{n} cats"),
    "size": lambda p, n: p.prompt.change(width=64 + 8 * n, seed=n),
    "pin": lambda p, n: p.places.pin(),
    "duplicate": lambda p, n: p.places.duplicate(),
    "close": lambda p, n: p.places.close_active(),
    "layout": lambda p, n: p.places.set_layout(LAYOUTS[n % len(LAYOUTS)]),
    "freeze": lambda p, n: p.places.set_frozen(p.document.document.active, n % 2 == 0),
    "compare": lambda p, n: p.places.compare_with(p.document.document.active),
    "take": lambda p, n: p.snapshots.take(),
    "walk": lambda p, n: p.snapshots.walk(1 if n % 2 else -1),
    "undo": lambda p, n: p.steps.undo(),
    "redo": lambda p, n: p.steps.redo(),
    **ON_ROWS,
    **ON_SNAPSHOTS,
}


def do(person: Person, name: str, number: int) -> None:
    is_possible = name not in ON_ROWS or person.stack.stack.entries
    if is_possible and (name not in ON_SNAPSHOTS or person.snapshots.snapshots):
        EDITS[name](person, number)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 5)), max_size=25),
    st.lists(st.integers(0, 30), min_size=1, max_size=6),
)
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_jump_ends_in_exactly_the_document_of_that_step(qapp, edits, jumps):
    person = Person()
    known: list[Document] = [person.document.document]
    for name, number in edits:
        do(person, name, number)
        # A step in the middle that another edit follows ends the ones after it.
        known[person.steps.index() :] = [
            person.document.document,
            *known[person.steps.index() + 1 : person.steps.count() + 1],
        ]
        assert len(known) == person.steps.count() + 1 == person.history.rowCount()
        assert person.undone() == [row > person.steps.index() for row in range(len(known))]
    assert all(person.texts())
    for jump in jumps:
        row = jump % len(known)
        heard: list[Document] = []
        person.document.changed.connect(lambda now, _, heard=heard: heard.append(now))
        before = person.document.document
        person.history.go_to(row)
        assert person.document.document == known[row]
        assert person.history.present == row
        assert heard == ([known[row]] if known[row] != before else [])
        assert person.snapshots.snapshots == known[row].snapshots
    person.close()


def test_every_step_says_what_it_did(person: Person) -> None:
    person.add(0)
    person.drag(2)
    row = person.row(0)
    person.stack.set_text_scale(row, 0.25)
    person.stack.set_text_scale(row, None)
    person.stack.set_block_scales(row, {"IN04": 0.5, "M00": 0})
    person.stack.set_block_scales(row, dict.fromkeys((f"OUT{n:02}" for n in range(12)), 0.0))
    person.stack.set_block_scales(row, {"IN04": 1})
    person.stack.set_enabled(row, True, insisted_on="base")
    person.stack.set_enabled(row, False)
    person.stack.set_master(0.5)
    person.prompt.change(prompt="a cat " * 20, steps=9)
    person.prompt.change(prompt="", negative_prompt="dogs")
    person.prompt.change(seed=4, guidance_scale=2.5, sampler="DDIM", width=64, height=96)
    person.places.set_layout(1)
    person.places.pin()
    person.places.set_frozen("current", True)
    person.prompt.change(negative_prompt="")
    assert person.texts() == [
        "As opened",
        "Add a",
        "Strength of a to 0.4",
        "Text strength of a to 0.25",
        "Text strength of a as its strength",
        "Block strengths of a to IN04 0.5, M00 0",
        "Block strengths of a in 12 blocks",
        "All blocks of a alike",
        "Apply a all the same",
        "Turn a off",
        "Master to 0.5",
        "Prompt “a cat a cat a cat a cat a cat a cat a ca…”, Steps 9",
        "Prompt emptied, Without “dogs”",
        "Seed 4, Guidance 2.5, Sampler DDIM, Size 64×96",
        "Show one pane",
        "Pin Current",
        "Freeze B",
        "“Without” emptied in B",
    ]


def test_the_list_follows_undo_redo_and_what_ends_the_steps_after(person: Person) -> None:
    for number in range(3):
        person.add(number)
    person.steps.undo()
    assert person.texts() == ["As opened", "Add a", "Add b", "Add c"]
    assert person.undone() == [False, False, False, True]
    person.stack.set_master(0.5)
    assert person.texts()[-2:] == ["Add b", "Master to 0.5"]
    assert person.history.present == 3


def test_a_drag_that_goes_on_is_the_last_row(person: Person) -> None:
    person.add()
    person.stack.begin_drag()
    for value in (0.1, 0.2, 0.3):
        person.stack.set_scale(person.row(0), value)
        assert person.texts()[1:] == ["Add a", f"Strength of a to {value}"]
    person.stack.end_drag()


def test_too_many_steps_are_not_kept_which_is_said(qapp, monkeypatch) -> None:
    monkeypatch.setattr(document_model, "HISTORY_STEPS", 3)
    person = Person()  # which makes its history now
    for number in range(3):
        person.stack.set_master(0.1 * (number + 1))
    person.stack.begin_drag()
    for value in (0.5, 0.6):
        person.stack.set_master(value)
    person.stack.end_drag()
    assert person.texts() == [
        "Older steps are no longer kept",
        "Master to 0.2",
        "Master to 0.3",
        "Master to 0.6",
    ]
    person.history.go_to(0)
    assert person.stack.stack.master == 0.1
    person.steps.clear()
    person.stack.set_master(2.0)
    assert person.texts() == ["As opened", "Master to 2"]
    person.close()


def test_a_drag_in_a_full_history_forgets_nothing(qapp, monkeypatch) -> None:
    monkeypatch.setattr(document_model, "HISTORY_STEPS", 2)
    person = Person()
    person.stack.set_master(0.1)
    person.stack.begin_drag()
    for value in (0.5, 0.6, 0.7):
        person.stack.set_master(value)
    person.stack.end_drag()
    assert person.texts() == ["As opened", "Master to 0.1", "Master to 0.7"]
    person.close()
