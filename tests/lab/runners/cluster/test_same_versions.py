"""Nodes that compute with other programs are told apart, builds of one version are not."""

import pytest

from loraviewer.lab.runners.cluster.same_versions import difference

HERE = {"loraviewer": "0.1.0", "torch": "2.6.0+cpu", "diffusers": "0.41.0"}


def test_builds_for_other_devices_are_the_same_version():
    assert difference("a", {**HERE, "torch": "2.6.0+cu124"}, HERE) == ""


@pytest.mark.parametrize(
    ("name", "found", "said"),
    [
        ("torch", "2.5.1", "Node “a” of the cluster has torch 2.5.1 where this computer has"),
        ("diffusers", "", "Node “a” of the cluster has diffusers nothing where this computer has"),
    ],
)
def test_others_are_told_in_one_sentence(name, found, said):
    there = {key: value for key, value in {**HERE, name: found}.items() if value}
    told = difference("a", there, HERE)
    assert told.startswith(said)
    assert told.endswith("install the same version on both.")
