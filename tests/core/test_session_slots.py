"""Slots of running studios: each its own, whole, and none lost by damage."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loraviewer.core.document import Document
from loraviewer.core.outcome import FileError
from loraviewer.core.request import Sampling
from loraviewer.core.session import Session
from loraviewer.core.session_slots import MOST_SET_ASIDE, SessionSlots


def session(prompt: str) -> Session:
    return Session(document=Document(sampling=Sampling(prompt=prompt)))


def prompt_of(read) -> str | None:
    return read.session.document.sampling.prompt if read.session else None


@pytest.fixture
def slots(tmp_path: Path) -> SessionSlots:
    return SessionSlots(tmp_path / "deep" / "sessions", {})


def folder_of(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "sessions"


def test_what_was_written_last_is_read_by_the_next_studio(slots: SessionSlots):
    slot = slots.take()
    assert slot.read() == (None, 0.0, "")
    for prompt in ("one", "two", "three"):
        slot.write(session(prompt))
    slot.release()
    read = slots.take().read()
    assert (prompt_of(read), read.complaint) == ("three", "")
    assert read.saved_at > 0


def test_two_studios_have_a_slot_each(slots: SessionSlots):
    first = slots.take()
    first.write(session("first"))
    second = slots.take()
    assert second.read().session is None
    second.write(session("second"))
    assert prompt_of(first.read()) == "first"
    first.release()
    assert prompt_of(slots.take().read()) == "first"  # the other one is still held


def test_the_newest_free_slot_is_taken(slots: SessionSlots, tmp_path: Path):
    held = [slots.take() for _ in range(3)]
    for number, slot in enumerate(held, 1):
        slot.write(session(str(number)))
        os.utime(folder_of(tmp_path) / f"{number}.lvsession", (0, 100 + number * (number != 3)))
    for slot in held:
        slot.release()
    newest = slots.take()
    assert prompt_of(newest.read()) == "2"
    assert slots.take(is_fresh=True).read().session is None


def test_a_studio_in_another_process_keeps_its_slot_until_it_is_gone(
    slots: SessionSlots, tmp_path: Path
):
    code = (
        "import sys; from pathlib import Path\n"
        "from loraviewer.core.session_slots import SessionSlots\n"
        "from tests.core.test_session_slots import session\n"
        "slot = SessionSlots(Path(sys.argv[1]), {}).take()\n"
        "slot.write(session('theirs'))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder_of(tmp_path))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        own = slots.take()
        assert own.read().session is None
        own.write(session("ours"))
        own.release()
        process.kill()
        process.wait()
    os.utime(folder_of(tmp_path) / "1.lvsession")
    both = [slots.take(), slots.take()]
    assert [prompt_of(slot.read()) for slot in both] == ["theirs", "ours"]


def test_old_slots_are_dropped_beyond_a_few(slots: SessionSlots, tmp_path: Path):
    held = [slots.take() for _ in range(9)]
    for number, slot in enumerate(held, 1):
        slot.write(session(str(number)))
        os.utime(folder_of(tmp_path) / f"{number}.lvsession", (0, 100 + number))
    for slot in held[1:]:
        slot.release()
    slots.take(is_fresh=True)
    left = {p.stem for p in folder_of(tmp_path).glob("*.lvsession")}
    assert left == {"1", "4", "5", "6", "7", "8", "9"}  # the first is old, but held


@pytest.mark.parametrize("damage", [b"", b"{", b"\x00" * 500, b'{"loraviewer": "session"}'])
def test_a_damaged_state_gives_way_to_the_one_before_it(
    slots: SessionSlots, tmp_path: Path, damage: bytes
):
    slot = slots.take()
    slot.write(session("one"))
    slot.write(session("two"))
    path = folder_of(tmp_path) / "1.lvsession"
    path.write_bytes(damage)
    read = slot.read()
    assert prompt_of(read) == "one"
    assert str(path) in read.complaint
    assert "just before" in read.complaint
    assert (folder_of(tmp_path) / "1.lvsession.damaged-1").read_bytes() == damage
    slot.write(session("three"))
    assert prompt_of(slot.read()) == "three"


def test_where_both_are_damaged_they_are_kept_and_told(slots: SessionSlots, tmp_path: Path):
    slot = slots.take()
    slot.write(session("one"))
    slot.write(session("two"))
    for name in ("1.lvsession", "1.bak"):
        (folder_of(tmp_path) / name).write_bytes(b"{")
    read = slot.read()
    assert read.session is None
    assert "1.lvsession" in read.complaint
    assert "1.bak" in read.complaint
    assert (folder_of(tmp_path) / "1.lvsession.damaged-1").exists()
    assert (folder_of(tmp_path) / "1.bak.damaged-1").exists()


def test_what_gives_way_is_kept_for_a_while(slots: SessionSlots):
    slots.take()
    for number in range(MOST_SET_ASIDE + 3):
        os.utime(slots.set_aside(session(str(number))), (0, 100 + number))
    found = slots.all_set_aside()
    prompts = [slots.read_set_aside(one.path).document.sampling.prompt for one in found]
    assert prompts == ["7", "6", "5", "4", "3"]


def test_going_back_and_forth_pushes_nothing_out(slots: SessionSlots):
    slots.take()
    os.utime(slots.set_aside(session("yesterday")), (0, 50))
    for number in range(2 * MOST_SET_ASIDE):
        os.utime(slots.set_aside(session(f"{number % 2}")), (0, 100 + number))
    found = slots.all_set_aside()
    prompts = [slots.read_set_aside(one.path).document.sampling.prompt for one in found]
    assert prompts == ["1", "0", "yesterday"]


def test_set_aside_is_no_slot(slots: SessionSlots):
    slot = slots.take()
    slots.set_aside(session("old"))
    slot.release()
    assert slots.take().read().session is None


@pytest.mark.parametrize("block", [Path.mkdir, os.mkfifo])
def test_something_in_the_place_of_a_slot_costs_that_slot_only(
    slots: SessionSlots, tmp_path: Path, block
):
    folder_of(tmp_path).mkdir(parents=True)
    block(folder_of(tmp_path) / "1.lvsession")
    slot = slots.take()
    read = slot.read()
    assert read.session is None
    assert "1.lvsession" in read.complaint
    slot.write(session("here"))
    assert prompt_of(slot.read()) == "here"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="only kept where you save it"):
        SessionSlots(tmp_path / "file" / "sessions", {}).take()
