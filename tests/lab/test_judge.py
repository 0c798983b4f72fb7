"""The judge's file: what it says is what its network says, and damage is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from loraviewer.core.outcome import FileError
from loraviewer.lab.judge import Judge, JudgeNetwork

ANSWERS = {"subject": ["cat", "dog", "house"], "colour": ["red", "blue"]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    network = JudgeNetwork([len(names) for names in ANSWERS.values()])
    save_file(network.state_dict(), tmp_path / "judge.safetensors",
              {"answers": json.dumps(ANSWERS)})  # fmt: skip
    return tmp_path / "judge.safetensors"


def _pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 128, 128, 3), dtype=np.uint8)


def test_verdicts_are_probabilities_by_question(file: Path) -> None:
    verdict = Judge.load(file).ask(_pictures(5))
    for question, names in ANSWERS.items():
        probabilities = verdict.probabilities[question]
        assert probabilities.shape == (5, len(names))
        assert np.allclose(probabilities.sum(1), 1, atol=1e-5)
        best = verdict.best(question)
        assert [names.index(name) for name in best] == probabilities.argmax(1).tolist()
        assert sum(verdict.share(question, name) for name in names) == pytest.approx(1)


def test_a_picture_is_judged_alike_alone_and_among_others(file: Path) -> None:
    judge, pictures = Judge.load(file), _pictures(70)
    together = judge.ask(pictures).probabilities["subject"]
    assert np.allclose(judge.ask(pictures[66:67]).probabilities["subject"], together[66], atol=1e-5)


def test_another_size_is_refused(file: Path) -> None:
    with pytest.raises(ValueError, match="128 x 128"):
        Judge.load(file).ask(np.zeros((1, 64, 64, 3), np.uint8))


def test_what_is_no_judge_is_named(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    (tmp_path / "text.safetensors").write_text("no")
    for name in ("other.safetensors", "text.safetensors", "missing.safetensors"):
        with pytest.raises(FileError, match=name):
            Judge.load(tmp_path / name)
