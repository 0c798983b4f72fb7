"""A `.yaml` beside a checkpoint: what it says is found, and nothing in it can hurt."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.adapters.recognition import prediction_beside as room
from loraviewer.adapters.recognition.prediction_beside import prediction_beside
from loraviewer.core.prediction import AS_FOUND, Prediction

COMPVIS = """\
model:
  base_learning_rate: 1.0e-4
  target: ldm.models.diffusion.ddpm.LatentDiffusion
  params:
    parameterization: "v"
    linear_start: 0.00085
    timesteps: 1000
    unet_config:
      target: ldm.modules.diffusionmodules.openaimodel.UNetModel
"""
SGM = """\
model:
  target: sgm.models.diffusion.DiffusionEngine
  params:
    denoiser_config:
      params:
        scaling_config:
          target: sgm.modules.diffusionmodules.denoiser_scaling.{}
        discretization_config:
          target: sgm.modules.diffusionmodules.discretizer.LegacyDDPMDiscretization
"""
V = Prediction("v_prediction")


@pytest.fixture
def beside(tmp_path):
    """Write the text beside a checkpoint and read it."""

    def read(text: str | bytes, name: str = "a.yaml") -> room.SaidBeside:
        data = text.encode() if isinstance(text, str) else text
        (tmp_path / name).write_bytes(data)
        return prediction_beside(tmp_path / "a.safetensors")

    return read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (COMPVIS, V),
        (COMPVIS.replace('"v"', "eps"), Prediction("epsilon")),
        (COMPVIS.replace('"v"', '"v"\n    ztsnr: True'), Prediction("v_prediction", zero_snr=True)),
        (COMPVIS.replace('    parameterization: "v"\n', ""), AS_FOUND),
        (SGM.format("VScaling"), V),
        (SGM.format("EpsScaling"), Prediction("epsilon")),
        ("prediction_type: v_prediction\nzsnr: yes", Prediction("v_prediction", zero_snr=True)),
        ("rescale_betas_zero_snr: off", Prediction(zero_snr=False)),
        ("\ufeff" + COMPVIS, V),
        (COMPVIS.encode("utf-16"), V),
    ],
)
def test_what_it_says_is_found(beside, text, said):
    found = beside(text)
    assert found.prediction == said
    assert found.source == ("a.yaml" if said != AS_FOUND else "")
    assert found.problem == ""


def test_a_yml_is_read_too_and_no_file_says_nothing(beside, tmp_path):
    assert prediction_beside(tmp_path / "a.safetensors") == room.NOTHING_BESIDE
    assert beside(COMPVIS, "a.yml").source == "a.yml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2", "is no YAML text"),
        (b"\xff\xfe\x00", "is no YAML text"),
        (b"parameterization: \x80", "is no YAML text"),
        ("[" * 60_000, "is no YAML text"),
        ("? [a]\n: b", "is no YAML text"),
        ("a: v\n" * 20_000, "is too large"),
        ('model: {params: {parameterization: "x0"}}', "asks for “x0”, not known here"),
        (SGM.format("VScalingWithEDMcNoise"), "asks for “VScalingWithEDMcNoise”"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_that_names_the_file(beside, tmp_path, text, words):
    found = beside(text)
    assert found.prediction == AS_FOUND
    assert str(tmp_path / "a.yaml") in found.problem
    assert words in found.problem
    assert found.problem.endswith("what it predicts is taken from the checkpoint alone.")
    assert found.problem.count(". ") == 0


def test_a_folder_of_that_name_is_told(tmp_path):
    (tmp_path / "a.yaml").mkdir()
    assert "is a folder" in prediction_beside(tmp_path / "a.safetensors").problem


def test_a_text_that_refers_to_itself_ends(beside):
    """Each line names the one before it ten times: a reader that follows them all never ends."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 40)]
    assert beside("\n".join([*lines, "parameterization: v"])).prediction == V
    assert "is no YAML text" in beside("loop: &loop [*loop]").problem


def test_nothing_in_it_is_run(beside, tmp_path):
    target = tmp_path / "made"
    text = f"!!python/object/apply:os.mkdir ['{target}']"
    beside(f"parameterization: v\nother: {text}")
    assert not target.exists()


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_reading_never_raises(tmp_path_factory, text):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    found = prediction_beside(Path(file).with_suffix(".safetensors"))
    assert found.problem == "" or str(file) in found.problem
