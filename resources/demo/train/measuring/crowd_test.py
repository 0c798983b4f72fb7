"""Whether each of the crowd's adapters shows what it learnt, told by the judge."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from loraviewer.lab.judge import Judge, Verdict
from resources.demo.train.adapting import crowd
from resources.demo.train.adapting.lessons import Lesson, lessons

from .painter import Painter
from .prompts import grid, prompt

PICTURES = 8


def shows(lesson: Lesson, verdict: Verdict) -> np.ndarray:
    """Which of the judged pictures show all that the lesson fixes: bool (N,)."""
    wanted = {
        "subject": lesson.subject,
        "colour": lesson.colour,
        "place": lesson.place,
        "style": None if lesson.finish == "base" else lesson.finish,
    }
    rows = [
        np.array(verdict.best(question)) == answer
        for question, answer in wanted.items()
        if answer is not None
    ]
    return np.all(rows, axis=0)


def _prompts(lesson: Lesson) -> list[str]:
    """Prompts that ask for none of what the lesson fixes."""
    rows = [row for row in grid(3) if lesson.subject != row[0] and lesson.place != row[1]]
    picked = rows[:: len(rows) // PICTURES][:PICTURES]
    return [prompt(subject, place) for subject, place, _ in picked]


def shares(painter: Painter, judge: Judge) -> dict[str, float]:
    """Per member, the share of pictures at 1.0 that show what it learnt."""
    with tempfile.TemporaryDirectory() as folder:
        crowd.shipped().unfold(Path(folder))
        painter = replace(painter, folder=Path(folder), adapters={})
        found = {}
        for lesson in lessons():
            with painter.stack({lesson.name: 1.0}):
                images = painter.paint(_prompts(lesson))
            painter.adapters.clear()
            found[lesson.name] = round(float(shows(lesson, judge.ask(images)).mean()), 3)
    return found


def summary(found: dict[str, float]) -> dict[str, float]:
    """How many there are, how many learnt their lesson, and the mean share."""
    values = np.array(list(found.values()))
    return {
        "members": len(values),
        "learnt": int((values >= crowd.LEARNT).sum()),
        "mean share": round(float(values.mean()), 3),
    }
