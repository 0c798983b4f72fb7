"""Pictures from the studio's store: only those that are the same, and each is made once."""

import msgspec
import pytest

from loraviewer.core.experiments.cells import groups
from loraviewer.core.outcome import NotFinite, Rendered
from loraviewer.lab.runners.local import LocalRunner
from loraviewer.lab.runners.processes import ProcessRunner
from loraviewer.lab.runners.stored import StoredRunner
from loraviewer.pictures.store import PictureStore
from tests.core.experiments.asked import ladder, way
from tests.lab.experiments.painters import NoisePainter
from tests.lab.runners import workers

BATCHES = [tuple(cell.shot for cell in group.cells) for group in groups(ladder(arms=("random",)))]
ALL = sum(map(len, BATCHES))


class Nobody:
    """A runner that must not be asked."""

    def made(self, batches):
        raise AssertionError("Nothing was left to be made.")


@pytest.fixture
def store(tmp_path):
    return PictureStore(tmp_path / "pictures", 1 << 30)


def made(runner, batches=BATCHES):
    return {one.asked.key: one.rendered for one in runner.made(batches)}


def pictures(found):
    return {key: one.picture for key, one in found.items() if isinstance(one, Rendered)}


def test_a_second_run_makes_nothing_and_gets_the_same(store, tmp_path):
    first = made(StoredRunner(LocalRunner(NoisePainter()), store))
    assert len(first) == ALL
    later = PictureStore(tmp_path / "pictures", 1 << 30)
    second = made(StoredRunner(Nobody(), later))
    assert pictures(second) == pictures(first)
    assert {one.fingerprint for one in second.values() if isinstance(one, Rendered)} == {"weights"}


def test_what_is_missing_is_made_and_nothing_else(store):
    made(StoredRunner(LocalRunner(NoisePainter()), store), BATCHES[1:3])
    painter = NoisePainter()
    assert len(made(StoredRunner(LocalRunner(painter), store))) == ALL
    assert len(painter.asked) == ALL - len(BATCHES[1]) - len(BATCHES[2])


def test_pictures_of_other_threads_are_made_again(store):
    class Two(NoisePainter):
        def render(self, request, token, on_progress):
            return msgspec.structs.replace(super().render(request, token, on_progress), threads=2)

    made(StoredRunner(LocalRunner(Two()), store))
    painter = NoisePainter()
    found = made(StoredRunner(LocalRunner(painter), store))
    assert len(painter.asked) == ALL
    assert {one.threads for one in found.values() if isinstance(one, Rendered)} == {1}


def test_stops_of_a_way_are_neither_taken_from_it_nor_kept(store):
    batches = [tuple(c.shot for c in g.cells) for g in groups(way()) if g.condition.visit]
    for _ in range(2):
        painter = NoisePainter()
        made(StoredRunner(LocalRunner(painter), store), batches)
        assert len(painter.asked) == sum(map(len, batches))
    assert all(store.find(shot.request) is None for batch in batches for shot in batch)


def test_what_overflowed_is_no_picture_to_keep(store):
    found = made(StoredRunner(LocalRunner(workers.LostPainter()), store))
    assert all(isinstance(one, NotFinite) for one in found.values())
    assert all(store.find(shot.request) is None for shot in BATCHES[0])


def test_processes_fill_it_too(store):
    made(StoredRunner(ProcessRunner(NoisePainter, 2), store))
    assert len(made(StoredRunner(Nobody(), store))) == ALL


class Far(NoisePainter):
    """Another kind of device."""

    def render(self, request, token, on_progress):
        made = super().render(request, token, on_progress)
        return msgspec.structs.replace(made, made_on="NVIDIA H200")


@pytest.mark.parametrize(("takes_foreign", "makes"), [(False, ALL), (True, 0)])
def test_pictures_of_another_kind_of_device_are_taken_where_others_make_them(
    store, takes_foreign, makes
):
    made(StoredRunner(LocalRunner(Far()), store))
    painter = NoisePainter()
    found = made(StoredRunner(LocalRunner(painter), store, takes_foreign=takes_foreign))
    assert len(painter.asked) == makes
    kinds = {one.made_on for one in found.values() if isinstance(one, Rendered)}
    assert kinds == ({"NVIDIA H200"} if takes_foreign else {""})


def test_what_is_left_is_made_as_it_is_asked_for(store):
    """No batch is taken before the one before it is done."""
    made(StoredRunner(LocalRunner(NoisePainter()), store), BATCHES[:1])
    seen = []

    class Batches:
        def __iter__(self):
            seen.append(0)
            for batch in BATCHES:
                seen[-1] += 1
                yield batch

    answers = StoredRunner(LocalRunner(NoisePainter()), store).made(Batches())
    for _ in range(len(BATCHES[0]) + 1):
        next(answers)
    assert seen == [len(BATCHES), 2]
    answers.close()
