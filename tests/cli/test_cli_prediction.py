"""`--prediction` and the `.yaml` beside a base, on the command line."""

import json
from pathlib import Path

import pytest

from loraviewer.core import infotext
from loraviewer.core.prediction import Prediction
from loraviewer.pictures import png
from tests.adapters.sparse import sparse_checkpoint
from tests.cli.test_cli import SMALL, run, sd  # noqa: F401 - fixtures

HERE = ("render", "--base")


def rendered(run, sd, *options) -> tuple[dict, bytes]:  # noqa: F811
    status, out, err = run(*HERE, sd, *SMALL, "-o", "out.png", "--json", *options)
    assert (status, err) == (0, "")
    return json.loads(out), Path("out.png").read_bytes()


def test_what_a_base_predicts_can_be_told(run, sd):  # noqa: F811
    usual, plain = rendered(run, sd)
    facts, changed = rendered(run, sd, "--prediction", "epsilon")
    assert facts["prediction"] == {"type": "epsilon", "zero_snr": False}
    assert usual["prediction"] == {"type": "v_prediction", "zero_snr": False}
    assert facts["request_sha256"] != usual["request_sha256"]
    assert changed != plain
    saved = infotext.from_json(png.read_record_text(Path("out.png")))
    assert saved.request.prediction == Prediction("epsilon")
    again, same = rendered(run, sd, "--prediction", "v_prediction")
    assert (again["request_sha256"], same) == (usual["request_sha256"], plain)


@pytest.mark.parametrize("flag", ["--zero-snr", "--no-zero-snr"])
def test_zero_terminal_snr_can_be_told(run, sd, flag):  # noqa: F811
    _, plain = rendered(run, sd)
    facts, changed = rendered(run, sd, flag)
    is_on = flag == "--zero-snr"
    assert (changed != plain) == is_on
    assert facts["prediction"]["zero_snr"] is is_on


def test_a_contradiction_is_wrong_usage_before_anything_is_loaded(run):  # noqa: F811
    wish = ("--prediction", "epsilon", "--zero-snr", "-o", "out.png")
    status, out, err = run(*HERE, "no-such-base", *SMALL, *wish)
    assert (status, out) == (2, "")
    assert "only goes with v_prediction" in err


def test_another_prediction_is_wrong_usage(run, sd):  # noqa: F811
    status, out, err = run(*HERE, sd, *SMALL, "-o", "out.png", "--prediction", "velocity")
    assert (status, out) == (2, "")
    assert "v_prediction" in err


def test_inspect_tells_what_the_yaml_beside_a_file_says(run, tmp_path):  # noqa: F811
    path = sparse_checkpoint(tmp_path / "a.safetensors", "sd2")
    assert json.loads(run("inspect", path, "--json")[1])["prediction"] == "unknown"
    path.with_suffix(".yaml").write_text("parameterization: v\nztsnr: true")
    facts = json.loads(run("inspect", path, "--json")[1])
    assert (facts["prediction"], facts["is_zero_terminal_snr"]) == ("v_prediction", True)
    assert facts["evidence"][-1] == "a.yaml beside it"
    assert facts["problems"] == []
    (row,) = json.loads(run("inspect", tmp_path, "--json")[1])["files"]
    assert row["prediction"] == "v_prediction"


def test_inspect_tells_of_a_yaml_that_is_passed_over(run, tmp_path):  # noqa: F811
    path = sparse_checkpoint(tmp_path / "a.safetensors", "sd1")
    path.with_suffix(".yaml").write_text("a: [")
    status, out, _ = run("inspect", path)
    assert status == 0
    assert "prediction: epsilon" in out
    assert "a.yaml” is no YAML text" in out
