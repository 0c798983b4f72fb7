"""The lower bounds of the libraries that open checkpoints are versions that are really tested."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


def test_lower_bounds_are_the_versions_that_make_test_oldest_runs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    lines = (ROOT / "packaging" / "oldest.txt").read_text("utf-8").splitlines()
    tested = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert {requirement.name for requirement in tested} == {"diffusers", "transformers"}
    for requirement in tested:
        (version,) = requirement.specifier
        assert str(bounds[requirement.name]) == f">={version.version.removesuffix('.0')}"
