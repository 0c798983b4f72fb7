"""What the studio has others make: by processes and by a cluster, the pictures are those of the
command in this process, and all of them are told of."""

import pytest

from loraviewer.app.hands import elsewhere
from loraviewer.cli import commands as cli
from loraviewer.core.experiments.cells import groups
from loraviewer.core.experiments.description import read_description
from loraviewer.core.experiments.hands import RunsOn
from loraviewer.core.outcome import Rendered
from loraviewer.pictures.png import read_record
from loraviewer.pictures.stored_png import decode_stored


class Hands:
    """As `StudioHands`, over no store."""

    def __init__(self, runs_on):
        self.runs_on = runs_on
        self.kept, self.heard, self.states = [], [], []

    def check(self): ...

    def find(self, request):
        return None

    def keep(self, rendered, stack):
        self.kept.append(rendered)

    def told(self, shot, answer):
        self.heard.append(shot)

    def working(self, now):
        self.states.append(now)


@pytest.fixture(scope="module")
def folder(tiny_folder, ray_home, tmp_path_factory):
    """An experiment, made by this process."""
    out = tmp_path_factory.mktemp("experiment") / "out"
    lora = f"{tiny_folder / 'style.safetensors'}:0.9"
    asked = ("lab", "ablate", "--base", str(tiny_folder / "sd"), "--lora", lora)
    fast = ("--steps", "2", "--size", "32x32", "--measure", "difference", "--seeds", "2")
    more = ("--prompt", "a cat", "--no-store", "--workers", "1", "-o", str(out))
    assert cli.run([*asked, *fast, *more]) == 0
    return out


@pytest.mark.parametrize("who", ["processes", "cluster"])
def test_pictures_are_those_of_this_process(folder, cluster, ray_home, who):
    experiment = read_description(folder / "description.json")
    shots = {cell.shot.key: cell for group in groups(experiment) for cell in group.cells}
    hands = Hands(RunsOn(who=who, address=cluster.address))
    runner = elsewhere(experiment, hands, ray_home / "hashes.sqlite")
    batches = [tuple(cell.shot for cell in group.cells) for group in groups(experiment)]
    made = {one.asked.key: one.rendered for one in runner.made(batches)}
    assert made.keys() == shots.keys()
    for key, cell in shots.items():
        path = folder / "pictures" / f"{cell.id}.png"
        rendered = made[key]
        assert isinstance(rendered, Rendered)
        assert rendered.picture == decode_stored(path.read_bytes()).picture
        assert rendered.fingerprint == read_record(path).record.fingerprint
        assert rendered.made_on == ""
    assert len(hands.heard) == sum(map(len, batches))
    assert hands.kept
    assert max(one.workers for one in hands.states) >= 1
