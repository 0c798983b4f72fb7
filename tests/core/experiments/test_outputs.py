"""The conditions of `outputs`, and what records say of their pictures."""

import msgspec
import pytest

from loraviewer.core.experiments.beyond import beyond_request
from loraviewer.core.experiments.cells import conditions, cost, groups
from loraviewer.core.experiments.description import encoded, read_description
from loraviewer.core.experiments.nominals import Nominal
from loraviewer.core.experiments.outputs import OUTPUT_ARMS, measured_step
from loraviewer.core.experiments.shots import Disturbance
from tests.core.experiments.asked import adapter, ladder


def outputs(**fields):
    usual = {
        "kind": "outputs",
        "adapters": (adapter("b", 0.5), adapter("a"), adapter("silent", 0.0)),
        "depths": (),
        "energies": (0.1, 0.4),
        "draws": 2,
    }
    return ladder(**(usual | fields))


def noise(condition) -> Disturbance:
    assert condition.disturbance is not None
    return condition.disturbance


def test_each_arm_has_its_draws_and_energies():
    found = conditions(outputs())
    assert [one.arm for one in found[:3]] == ["base", "stack", "stack"]
    assert len(found) == 1 + 2 * (1 + 6 * 2)
    assert {one.arm for one in found[1:]} == set(OUTPUT_ARMS)
    assert len({one.name for one in found}) == len(found)
    assert [one.place for one in found[1:3]] == ["0.1", "0.4"]
    pictures = [cell.shot.key for group in groups(outputs()) for cell in group.cells]
    assert len(set(pictures)) == len(pictures) == cost(outputs()).pictures


def test_a_stack_is_multiplied_and_noise_stands_alone():
    by_arm = {one.arm: one for one in conditions(outputs())}  # the last of each
    assert [a.scale for a in by_arm["stack"].adapters] == pytest.approx([0.2, 0.4, 0.0])
    for arm in ("weights-gaussian", "weights-random"):
        (drawn,) = by_arm[arm].adapters
        assert (drawn.scale, drawn.text_scale) == (0.4, 0.0)
        assert by_arm[arm].disturbance is None
    assert by_arm["weights-random"].names == "random like a + b"
    for arm in ("activations-fresh", "activations-frozen", "guided-fresh", "guided-frozen"):
        disturbance = noise(by_arm[arm])
        assert by_arm[arm].adapters == ()
        assert (disturbance.place, disturbance.energy, disturbance.draw) == (
            arm.partition("-")[0],
            0.4,
            2,
        )
        assert disturbance.is_frozen == arm.endswith("frozen")
        layers = [a.name for a in disturbance.layers_of]
        assert layers == ([] if arm.startswith("guided") else ["a", "b"])


def test_what_was_found_takes_the_place_of_what_was_asked(tmp_path):
    found = Nominal(arm="guided-fresh", draw=2, energy=0.4, nominal=0.7, measured=(0.3, 0.5))
    experiment = outputs(nominals=(found,))
    by_name = {one.name: one for one in conditions(experiment)}
    moved = by_name["guided-fresh-n2-e002"]
    assert noise(moved).energy == 0.7
    assert moved.place == "0.4"
    assert measured_step(experiment, moved) == found
    assert noise(by_name["guided-fresh-n1-e002"]).energy == 0.4
    assert measured_step(experiment, by_name["guided-fresh-n1-e002"]) is None
    assert measured_step(experiment, by_name["base"]) is None
    path = tmp_path / "description.json"
    path.write_bytes(encoded(experiment))
    assert read_description(path) == experiment


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"energies": ()}, "at least one energy"),
        ({"energies": (0.1, 0.1)}, "each once"),
        ({"energies": (-0.1,)}, "from 0 on"),
        ({"energies": (float("inf"),)}, "finite"),
        ({"draws": 0}, "at least once"),
        ({"adapters": (adapter("a", 0.0),)}, "touch no layers"),
    ],
)
def test_what_makes_no_experiment(fields, said):
    assert said in outputs(**fields).problem()
    assert outputs().problem() is None


def test_a_record_says_what_its_request_cannot():
    experiment = outputs()
    files = {a.sha256 for a in experiment.adapters}
    said = {
        group.condition.arm: beyond_request(group.cells[0].shot, files)
        for group in groups(experiment)
    }
    assert said["base"] == said["stack"] == ""
    assert said["activations-fresh"] == "fresh noise in activations, energy 0.4, draw 2"
    assert said["guided-frozen"] == "frozen noise in the guided output, energy 0.4, draw 2"
    assert said["weights-gaussian"].startswith("“Gaussian noise”, drawn")
    twins = ladder(arms=("random",), depths=(1,), adapters=(adapter("birds"),))
    *_, last = groups(twins)
    assert beyond_request(last.cells[0].shot, {twins.adapters[0].sha256}).startswith(
        "“random like birds”, drawn"
    )


def test_equal_disturbances_of_other_layers_are_other_pictures():
    shots = [group.cells[0].shot for group in groups(outputs(draws=1, energies=(0.1,)))]
    disturbed = next(shot for shot in shots if shot.disturbance and shot.disturbance.layers_of)
    fewer = msgspec.structs.replace(
        disturbed,
        disturbance=msgspec.structs.replace(noise(disturbed), layers_of=(adapter("a"),)),
    )
    assert fewer.key != disturbed.key
