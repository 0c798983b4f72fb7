"""Files on a node: found, sent in pieces, checked, laid out; nothing is kept that is not right."""

import hashlib

import pytest

from loraviewer.core.outcome import FailureKind
from loraviewer.lab.runners.cluster.messages import (
    Broke,
    NamedFile,
    Needs,
    Node,
    Places,
    Tree,
    decoded,
    encoded,
)
from loraviewer.lab.runners.cluster.node_files import NodeFiles, pieces_of

UNET, STYLE, VAE = b"weights" * 50, b"style" * 30, b"vae"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LORAVIEWER_CLUSTER_CACHE", str(tmp_path / "kept"))
    return tmp_path


@pytest.fixture
def write(folder):
    def call(path, content, name=""):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return NamedFile(_sha256(content), len(content), str(place), name)

    return call


@pytest.fixture
def needs(folder, write):
    base = (write("base/unet/w.safetensors", UNET, "unet/w.safetensors"),
            write("base/model_index.json", b"{}", "model_index.json"))  # fmt: skip
    return Needs(Tree(str(folder / "base"), base), (write("style.safetensors", STYLE),))


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def node(needs):
    return NodeFiles(encoded(needs))


def answer(content):
    return decoded(content, Places | Broke)


def send(files, named, content, size=64):
    pieces = [content[at : at + size] for at in range(0, len(content), size)] or [b""]
    for at, piece in enumerate(pieces):
        told = files.take(named.sha256, piece, at == 0, at == len(pieces) - 1)
        if told:
            return decoded(told, Broke)
    return None


def far(needs):
    """As a node sees it that has none of these files."""
    tree = Tree("/nowhere/base", tuple(_far(one) for one in needs.base.files))
    return Needs(tree, tuple(_far(one) for one in needs.adapters))


def _far(named):
    return NamedFile(named.sha256, named.size, f"/nowhere/{named.sha256}.safetensors", named.name)


def test_what_is_seen_here_too_is_used_where_it_lies(folder, needs):
    files = node(needs)
    assert files.lacking() == []
    places = answer(files.places())
    assert places.base == str(folder / "base")
    assert places.adapters == {_sha256(STYLE): str(folder / "style.safetensors")}
    assert decoded(files.node(), Node).versions.keys() >= {"loraviewer", "torch", "diffusers"}


def test_a_file_of_the_same_name_and_other_content_is_not_taken_for_it(folder, needs):
    (folder / "style.safetensors").write_bytes(b"other" * 30)
    assert node(needs).lacking() == [_sha256(STYLE)]


def test_a_node_may_be_told_not_to_look_at_names(needs, monkeypatch):
    monkeypatch.setenv("LORAVIEWER_CLUSTER_SHARED", "no")
    assert len(node(needs).lacking()) == 3


def test_what_is_sent_is_kept_and_laid_out(folder, needs):
    files = node(far(needs))
    contents = {_sha256(one): one for one in (UNET, b"{}", STYLE)}
    assert set(files.lacking()) == contents.keys()
    for named in far(needs).files:
        assert send(files, named, contents[named.sha256]) is None
    places = answer(files.places())
    assert (folder / "kept") in _parents(places.base)
    assert _read(places.base, "unet/w.safetensors") == UNET
    assert _read(places.base, "model_index.json") == b"{}"
    (style,) = places.adapters.values()
    assert style.endswith(".safetensors")
    assert _read(style) == STYLE
    again = node(far(needs))
    assert again.lacking() == []
    assert answer(again.places()) == places


def test_a_single_file_keeps_how_its_name_ends(folder, write):
    named = write("vae.gguf", VAE)
    seen = Needs(Tree(named.path, (named,)))
    files = node(seen)
    assert files.lacking() == []
    assert answer(files.places()).base == named.path
    files = node(Needs(Tree("/nowhere/vae.gguf", (NamedFile(named.sha256, 3, "/nowhere/x.gguf"),))))
    files.lacking()
    assert send(files, named, VAE) is None
    base = answer(files.places()).base
    assert base.endswith(".gguf")
    assert _read(base) == VAE


def test_damage_on_the_way_is_told_and_nothing_is_kept(folder, needs):
    files = node(far(needs))
    files.lacking()
    (style,) = needs.adapters
    told = send(files, style, STYLE[:-1] + b"!")
    assert told is not None
    assert told.kind is FailureKind.FILE
    assert "damaged" in told.failure().message
    assert not [one for one in (folder / "kept" / "files").rglob("*") if one.is_file()]
    assert send(files, style, STYLE) is None


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../out"])
def test_names_never_lead_out_of_their_folder(folder, name):
    tree = Tree("/nowhere", (NamedFile(_sha256(VAE), len(VAE), "/nowhere/out", name),))
    files = node(Needs(tree))
    files.lacking()
    assert send(files, tree.files[0], VAE) is None
    assert "no name of a file" in answer(files.places()).failure().message
    assert not list(folder.glob("out*"))


def test_a_folder_that_cannot_be_written_is_told(folder, needs):
    (folder / "kept").write_bytes(b"in the way")
    files = node(far(needs))
    files.lacking()
    told = send(files, needs.adapters[0], STYLE)
    assert told is not None
    assert "cannot be written" in told.failure().message


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16])
def test_pieces_are_all_of_a_file_and_the_last_says_so(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(size)))
    pieces = list(pieces_of(path, 8))
    assert b"".join(piece for piece, _ in pieces) == bytes(range(size))
    assert [is_last for _, is_last in pieces] == [False] * (len(pieces) - 1) + [True]


def _parents(path):
    from pathlib import Path

    return list(Path(path).parents)


def _read(path, name=""):
    from pathlib import Path

    return (Path(path) / name if name else Path(path)).read_bytes()
