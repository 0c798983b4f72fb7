"""What ships with the demo: it fits together, stays small, and shows what its card says."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from loraviewer.cli.commands import run
from loraviewer.core.resources import demo_adapters, resource_root
from loraviewer.lab.crowd import Crowd
from loraviewer.lab.judge import Judge
from resources.demo.train.drawing.dataset import render_many
from resources.demo.train.drawing.scenes import SUBJECTS, sample_scene
from resources.demo.train.measuring.painter import Painter
from resources.demo.train.measuring.prompts import prompt

DEMO = resource_root() / "demo"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.load(DEMO / "judge.safetensors")


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    return Crowd.open(DEMO / "crowd.safetensors")


def inspected(capsys, path: Path) -> dict:
    assert run(["inspect", str(path), "--base", "demo", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_adapters_are_of_many_kinds_and_both_spellings(capsys):
    facts = [inspected(capsys, path) for path in demo_adapters()]
    kinds = {kind for one in facts for kind in one["kinds"]}
    assert len(facts) >= 15
    assert {"lora", "loha", "lokr", "dora"} <= kinds
    assert len({name for one in facts for name in one["naming"]}) >= 2


def test_the_crowd_is_a_hundred_and_small(crowd):
    assert len(crowd.members) >= 100
    assert crowd.path.stat().st_size <= 12 * MEGABYTE
    learnt = [member for member in crowd.members if member.share >= 0.7]
    assert len(learnt) >= 0.8 * len(crowd.members)


def test_members_of_the_crowd_land_whole(crowd, tmp_path, capsys):
    names = random.Random(0).sample([member.name for member in crowd.members], 3)
    for path in crowd.unfold(tmp_path, names):
        facts = inspected(capsys, path)
        assert facts["fits"]
        assert len(facts["matched"]) == facts["modules"] > 0


def test_all_of_it_is_at_most_60_megabytes():
    programs = (".py", ".pyc")
    files = [path for path in DEMO.rglob("*") if path.is_file() and path.suffix not in programs]
    assert sum(path.stat().st_size for path in files) <= 60 * MEGABYTE


def test_the_judge_names_fresh_drawings(judge):
    rng = random.Random(12345)
    scenes = [sample_scene(rng) for _ in range(56)]
    verdict = judge.ask(render_many(scenes, workers=1))
    for question, truth in (
        ("subject", [scene.subject for scene in scenes]),
        ("place", [scene.background for scene in scenes]),
    ):
        right = sum(a == b for a, b in zip(verdict.best(question), truth, strict=True))
        assert right >= 54, question


@pytest.mark.long
def test_the_base_paints_every_subject_and_an_adapter_its_own(judge):
    painter = Painter.open()
    prompts = [prompt(subject, "meadow") for subject in SUBJECTS]
    plain = judge.ask(painter.paint(prompts)).best("subject")
    with painter.stack({"birds": 1.0}):
        birds = judge.ask(painter.paint(prompts)).best("subject")
    assert sum(a == b for a, b in zip(plain, SUBJECTS, strict=True)) >= 12
    assert birds.count("bird") >= 11
