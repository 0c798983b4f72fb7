"""What a query finds, and in which order."""

import pytest

from loraviewer.core.library.entries import LibraryNote
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.library.words import folded, search_words
from tests.adapters.sparse import sparse_file
from tests.library.conftest import Room
from tests.library.made import aged


@pytest.fixture
def full(room: Room) -> Room:
    room.write("people/Éloïse_Portrait.safetensors", rank=4, ss_base_model_version="sd_v1")
    room.write("people/old man.safetensors", rank=16, ss_base_model_version="sdxl_base_v1-0")
    room.write("styles/InkWash2.safetensors", rank=8, ss_output_name="Straße bei Nacht")
    room.write("styles/猫耳.safetensors", rank=32, **{"modelspec.tags": "anime, cute"})
    wide = {"lora_unet_x.hada_w1_a": (320, 4), "lora_unet_x.hada_w1_b": (4, 320)}
    wide |= {"lora_unet_x.hada_w2_a": (320, 4), "lora_unet_x.hada_w2_b": (4, 320)}
    aged(sparse_file(room.folder / "zoo.safetensors", wide), 1_800_000_000)
    (room.folder / "old.ckpt").write_bytes(b"PK\x03\x04" + bytes(600))
    room.scan()
    return room


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("eloise", ["Éloïse_Portrait"]),
        ("ÉLOÏSE port", ["Éloïse_Portrait"]),
        ("port elo", ["Éloïse_Portrait"]),
        ("ortrait", []),
        ("strasse", ["InkWash2"]),
        ("straße nacht", ["InkWash2"]),
        ("wash", ["InkWash2"]),
        ("inkwash", ["InkWash2"]),
        ("猫", ["猫耳"]),
        ("耳", ["猫耳"]),
        ("cute", ["猫耳"]),
        ("people", ["Éloïse_Portrait", "old man"]),
        ("loras zoo", ["zoo"]),
        ("sdxl", ["old man"]),
        ("people nacht", []),
        ("  ", ["Éloïse_Portrait", "InkWash2", "old man", "zoo", "猫耳"]),
        ("%", ["Éloïse_Portrait", "InkWash2", "old man", "zoo", "猫耳"]),
        ("' OR 1", []),
    ],
)
def test_words(full: Room, words: str, names: list[str]) -> None:
    assert full.names(words=words) == names


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"family": "sdxl"}, ["zoo"]),
        ({"family": "sd1"}, ["Éloïse_Portrait", "InkWash2", "old man", "zoo", "猫耳"]),
        ({"kind": "loha"}, ["zoo"]),
        ({"kind": "lo"}, []),
        ({"ranks": (8, 16)}, ["InkWash2", "old man"]),
        ({"ranks": (33, 99)}, []),
        ({"sorts": ("unreadable",)}, ["old"]),
        ({"sorts": ("adapter", "unreadable"), "words": "old"}, ["old", "old man"]),
        ({"sorts": ("checkpoint",)}, []),
    ],
)
def test_filters(full: Room, asked: dict[str, object], names: list[str]) -> None:
    assert full.names(**asked) == names


def test_a_family_is_what_fits(full: Room) -> None:
    entries = full.library.entries(full.library.search(LibraryQuery()))
    for family in ("sd1", "sdxl"):
        assert full.names(family=family) == [e.name for e in entries if e.fits(family)]


def test_folders_and_paths(full: Room) -> None:
    assert full.names(folder=full.path("styles")) == ["InkWash2", "猫耳"]
    assert full.names(folder=full.path("style")) == []
    wanted = (
        full.path("zoo.safetensors"),
        full.path("none"),
        full.path("people/old man.safetensors"),
    )
    assert full.names(paths=wanted) == ["old man", "zoo"]
    assert full.names(paths=()) == []


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("rank", ["猫耳", "old man", "InkWash2", "Éloïse_Portrait", "zoo"]),
        ("newest", ["zoo", "Éloïse_Portrait", "InkWash2", "old man", "猫耳"]),
    ],
)
def test_orders(full: Room, order: str, names: list[str]) -> None:
    assert full.names(order=order) == names
    assert full.names(order=order, is_reversed=True) == names[::-1]


def test_largest_and_by_family(full: Room) -> None:
    entries = full.library.entries(full.library.search(LibraryQuery(order="largest")))
    sizes = [entry.size_bytes for entry in entries]
    assert sizes == sorted(sizes, reverse=True)
    entries = full.library.entries(full.library.search(LibraryQuery(order="family")))
    families = [entry.families for entry in entries]
    known = [one for one in families if one]
    assert families == sorted(known) + [()] * (len(families) - len(known))


def test_notes_are_searched_and_filtered(full: Room) -> None:
    path = full.path("zoo.safetensors")
    full.library.set_note(
        path, LibraryNote(is_favourite=True, tags=("Lieblings-Tier",), text="très bon for owls")
    )
    for words in ("lieblings", "tres owl", "zoo bon"):
        assert full.names(words=words) == ["zoo"]
    assert full.names(is_favourite=True) == ["zoo"]
    assert full.names(is_favourite=True, words="people") == []
    full.library.set_note(path, LibraryNote())
    assert full.names(words="owl") == full.names(is_favourite=True) == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Café_Noir", "cafe noir"),
        ("Łódź, Øre", "lodz ore"),
        ("ＦＵＬＬ　width", "full width"),
        ("ガール", "カ ー ル"),
        ("a-b.c(d)", "a b c d"),
        ("\udcff!", ""),
    ],
)
def test_folding(text: str, plain: str) -> None:
    assert folded(text) == plain


def test_words_count_once() -> None:
    assert search_words("Red, red RED fox") == ("red", "fox")


def test_unknown_paths_are_left_out(full: Room) -> None:
    known = full.path("zoo.safetensors")
    entries = full.library.entries(["nowhere", known, known])
    assert [entry.path for entry in entries] == [known, known]


def test_directories_are_those_that_hold_files_the_upper_ones_first(full: Room) -> None:
    names = ["", "people", "styles"]
    assert full.library.directories() == [str(full.folder / name) for name in names]
