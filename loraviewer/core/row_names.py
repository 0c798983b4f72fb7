"""What the rows of a stack are called, so that two adapters of one name can be told apart."""

import re
from collections.abc import Sequence

from loraviewer.core.stack import AdapterStack, StackEntry


def row_names(stack: AdapterStack) -> dict[str, str]:
    """Entry id → name, with the nearest folder in which rows of one name differ before it: what is
    too long for its place is cut at the end. Rows of one file are numbered from the second on."""
    groups: dict[str, list[StackEntry]] = {}
    for entry in stack.entries:
        groups.setdefault(entry.name, []).append(entry)
    names: dict[str, str] = {}
    for name, entries in groups.items():
        names |= _told_apart(name, entries) if len(entries) > 1 else {entries[0].entry_id: name}
    return names


def _told_apart(name: str, entries: Sequence[StackEntry]) -> dict[str, str]:
    folders = {entry.path: _folders(entry) for entry in entries}
    seen: dict[str, int] = {}
    names: dict[str, str] = {}
    for entry in entries:
        others = [found for path, found in folders.items() if path != entry.path]
        shown = _with_folder(name, folders[entry.path], others)
        seen[shown] = seen.get(shown, 0) + 1
        names[entry.entry_id] = f"({seen[shown]}) {shown}" if seen[shown] > 1 else shown
    return names


def _with_folder(name: str, own: Sequence[str], others: Sequence[Sequence[str]]) -> str:
    """own, others: folders, the nearest first."""
    for depth in range(1, len(own) + 1 if others else 0):
        if all(own[:depth] != other[:depth] for other in others):
            return f"{own[depth - 1]}/{'…/' if depth > 1 else ''}{name}"
    return name


def _folders(entry: StackEntry) -> list[str]:
    parts = [part for part in re.split(r"[/\\]", entry.path) if part][:-1]
    parts.reverse()
    return parts[1:] if parts[:1] == [entry.name] else parts  # one that is called by its folder
