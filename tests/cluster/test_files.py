"""Files of a run on nodes that lack them: sent once, checked, kept; never made of wrong bytes."""

import hashlib

import pytest

from loraviewer.core.experiments.cells import groups
from loraviewer.core.outcome import Rendered
from loraviewer.lab.runners.cluster import nodes
from loraviewer.lab.runners.cluster.messages import NamedFile, Needs, Tree, Wishes
from loraviewer.lab.runners.cluster.runner import ClusterRunner, ClusterWish
from tests.core.experiments.asked import adapter, ladder


@pytest.fixture
def named(tmp_path):
    """A base folder and an adapter of more than one piece."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        return NamedFile(sha256, len(content), str(path), name.removeprefix("base/"))

    base = Tree(
        str(tmp_path / "base"),
        (write("base/unet/config.json", b"{}"), write("base/empty.txt", b"")),
    )
    large = bytes(range(256)) * (nodes.PIECE_BYTES // 256) + b"the last piece"
    return Needs(base, (write("style.safetensors", large),))


@pytest.fixture
def made_of(cluster, named):
    (style,) = named.adapters
    known = adapter("style")
    asked = ladder(
        adapters=(type(known)(style.sha256, 1.0, 1.0, "style", style.path),), depths=(1,)
    )
    batches = [tuple(cell.shot for cell in group.cells) for group in groups(asked)]
    wish = ClusterWish(
        cluster.address,
        named,
        {style.path: style.sha256},
        Wishes("tests.cluster.makers:files", device="cpu"),
    )

    def found():
        """What each worker says that its files hold, once both nodes have made something."""
        states, made = [], []

        def batches_for_both():
            while not any(one.nodes == 2 for one in states):
                yield from batches
            yield from batches

        for one in ClusterRunner(wish, states.append).made(batches_for_both()):
            assert isinstance(one.rendered, Rendered)
            assert one.rendered.request == one.asked.request
            made.append(one.rendered.fingerprint)
        return set(made)

    return found


def expected(named):
    base = sorted(named.base.files, key=lambda one: one.path)
    told = [(one.path.rpartition("/")[2], one.sha256) for one in base]
    return {repr([*told, ("adapter", one.sha256)]) for one in named.adapters}


def test_a_node_that_lacks_files_gets_each_once_and_whole(made_of, named, ray_home):
    far = ray_home / "far" / "files"
    assert made_of() == expected(named)
    kept = {file.stem: file for file in far.rglob("*.*")}
    wanted = {one.sha256 for one in named.files}
    assert wanted <= kept.keys()
    assert all(hashlib.sha256(kept[one].read_bytes()).hexdigest() == one for one in wanted)
    stamps = {one: kept[one].stat().st_mtime_ns for one in wanted}

    (style,) = named.adapters
    kept[style.sha256].write_bytes(b"damaged" * (style.size // 7) + b"." * (style.size % 7))
    assert made_of() == expected(named)
    again = {one: kept[one].stat().st_mtime_ns for one in wanted}
    assert {one for one in wanted if again[one] != stamps[one]} == {style.sha256}
    assert not list((ray_home / "kept").rglob("files"))
