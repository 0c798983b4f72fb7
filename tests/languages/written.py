"""What a person may read, as it stands in the code: sentences that can be translated, and text
that looks like a sentence and cannot."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import loraviewer

CODE = Path(loraviewer.__file__).parent
_SAYING = {"tr": 0, "say": 0, "translate": 1}
"""Functions → which argument is the English."""
_FOR_DEVELOPERS = {
    "TypeError", "ValueError", "KeyError", "AssertionError", "RuntimeError", "NotImplementedError",
    "debug", "compile", "getLogger",
}  # fmt: skip
_WORDS = re.compile(r"[A-Za-z“][A-Za-z’'”]+,? [a-z“{][a-z’'”}]+")


class Written(NamedTuple):
    place: str
    """As "core/outcome.py"."""
    line: int
    text: str


class _Read(NamedTuple):
    """What one file says."""

    said: tuple[Written, ...]
    unsaid: tuple[Written, ...]


def files() -> Iterator[Path]:
    """The command line speaks English: scripts read it."""
    for path in sorted(CODE.rglob("*.py")):
        if CODE / "cli" not in path.parents:
            yield path


@cache
def sentences() -> tuple[Written, ...]:
    """The English of all that is translated."""
    return tuple(found for path in files() for found in _read(path).said)


@cache
def unsaid() -> tuple[Written, ...]:
    """Literals of two words and more that no call translates, docstrings apart."""
    return tuple(found for path in files() for found in _read(path).unsaid)


@cache
def _read(path: Path) -> _Read:
    """Parsed and walked through once, whatever is asked of it."""
    nodes = tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return _Read(tuple(_said(path, nodes)), tuple(_unsaid(path, nodes)))


def _said(path: Path, nodes: Sequence[ast.AST]) -> Iterator[Written]:
    for node in nodes:
        literal = _literal(node)
        if literal is not None:
            yield Written(_place(path), literal.lineno, str(literal.value))


def _literal(node: ast.AST) -> ast.Constant | None:
    """The English of a call that translates."""
    if not isinstance(node, ast.Call):
        return None
    name = _name(node.func)
    if name == "say" and not isinstance(node.func, ast.Name):
        return None  # a widget that says something
    at = _SAYING.get(name, -1)
    if not 0 <= at < len(node.args):
        return None
    argument = node.args[at]
    is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return argument if isinstance(argument, ast.Constant) and is_text and argument.value else None


def _unsaid(path: Path, nodes: Sequence[ast.AST]) -> Iterator[Written]:
    passed = _docstrings(nodes) | _passed_over(nodes)
    for node in nodes:
        text = _text(node)
        if text is not None and id(node) not in passed and _WORDS.search(text):
            yield Written(_place(path), getattr(node, "lineno", 0), text)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _docstrings(nodes: Sequence[ast.AST]) -> set[int]:
    """Text that stands alone as a statement: of modules, classes, functions and values."""
    return {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _passed_over(nodes: Sequence[ast.AST]) -> set[int]:
    """What is translated, what only developers read, types, and the parts of formatted text."""
    passed: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Call):
            literal = _literal(node)
            passed |= {id(literal)} if literal is not None else set()
            if _name(node.func) in _FOR_DEVELOPERS:
                passed |= {id(inner) for inner in ast.walk(node)}
        elif isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
        elif isinstance(node, ast.Assert) and node.msg is not None:
            passed |= {id(inner) for inner in ast.walk(node.msg)}
        for name in ("annotation", "returns"):
            note = getattr(node, name, None)
            if isinstance(note, ast.AST):
                passed |= {id(inner) for inner in ast.walk(note)}
    return passed


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _place(path: Path) -> str:
    return path.relative_to(CODE).as_posix()
