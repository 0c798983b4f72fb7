"""The card's section on the crowd: what its members fix, and how many of them learnt it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loraviewer.lab.crowd import Member
from resources.demo.train.adapting import crowd
from resources.demo.train.adapting.lessons import Lesson, lessons

SECTION = Path(__file__).parent / "crowd.md"


def section() -> str:
    """Filled from the file that ships; nothing where there is none."""
    if not crowd.FILE.exists():
        return ""
    members = {member.name: member for member in crowd.shipped().members}
    everyone = list(members.values())
    return SECTION.read_text().format(
        megabytes=round(crowd.FILE.stat().st_size / 1e6, 1),
        members=len(everyone),
        learnt=_learnt(everyone),
        share=f"{100 * _mean(everyone):.0f} %",
        table="\n".join(_table(members)),
    )


def _table(members: dict[str, Member]) -> Iterator[str]:
    """One row for each kind of lesson, in the crowd's order."""
    groups: dict[str, list[Member]] = {}
    for lesson in lessons():
        groups.setdefault(_fixes(lesson), []).append(members[lesson.name])
    for fixed, some in groups.items():
        cells = (fixed, str(len(some)), str(_learnt(some)), f"{100 * _mean(some):.0f} %")
        yield f"| {' | '.join(cells)} |"


def _fixes(lesson: Lesson) -> str:
    """ "subject and colour" """
    manner = None if lesson.finish == "base" else lesson.finish
    parts = (
        ("subject", lesson.subject),
        ("colour", lesson.colour),
        ("place", lesson.place),
        ("manner", manner),
    )
    return " and ".join(name for name, fixed in parts if fixed)


def _learnt(some: list[Member]) -> int:
    return sum(member.share >= crowd.LEARNT for member in some)


def _mean(some: list[Member]) -> float:
    return sum(member.share for member in some) / len(some)
