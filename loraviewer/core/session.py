"""A session: the document and its base as readable JSON, from one version to the next."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from loraviewer.core.document import MOST_PANES, Document
from loraviewer.core.encodable import plain
from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.kept_fields import Kept, names_of, put_back, take_off
from loraviewer.core.known_fields import names_text
from loraviewer.core.left_out import leave_out_usual
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.request import SAMPLERS, Sampling
from loraviewer.core.sentences import going_on, say, with_or
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.stack import AdapterStack

SUFFIX = ".lvsession"
VERSION = 1
"""It only grows where an old field comes to mean something else; new fields leave it as it is."""

Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: Mapping[int, Migration] = {}
"""Version → what makes a table of it one of the next version."""

_MARK = "session"


class BadSession(Exception):  # noqa: N818 - becomes a sentence that names the file
    """A text that is no session; `message` says what is wrong, to follow the name of a file."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BaseRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of a session. `path`: what opens it, or the name of the demo. `identity`: the
    fingerprint of its weights, "" where it was never loaded. `name`: for people."""

    path: str
    identity: str = ""
    name: str = ""


class Autosaved(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What only an autosave tells. `file`: the session file that is open, "" for none.
    `stamp`: of that file when it was read or written last. `is_unsaved`: what is open differs from
    it. `is_untouched`: nothing was done to what a first start shows. `is_closed`: the studio ended
    well. `pictures`: pane → key in the picture store of what it shows."""

    file: str = ""
    stamp: str = ""
    is_unsaved: bool = False
    is_untouched: bool = False
    is_closed: bool = False
    pictures: dict[str, str] = {}


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`kept`: what a newer version wrote beside it, which is saved again."""

    document: Document
    base: BaseRef | None = None
    autosave: Autosaved | None = None
    kept: Kept = {}

    @property
    def is_lost_unless_kept(self) -> bool:
        """Whether somebody worked on it, and no file holds what came of that."""
        facts = self.autosave or Autosaved()
        return facts.is_unsaved and not facts.is_untouched

    @property
    def note(self) -> str:
        """One sentence on what was not understood, without the file's name; "" for nothing."""
        names = names_of(self.kept)
        if not names:
            return ""
        return say(
            "A newer loraviewer saved it; {names} cannot be shown here, and will still be "
            "in the file when you save it.",
            names=names_text(names),
        )


class _SessionFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The table of the file."""

    loraviewer: str
    version: int
    base: BaseRef | None = None
    document: Document
    autosave: Autosaved | None = None


def to_text(session: Session, places: SessionPlaces) -> str:
    """Indented JSON. Raises `BadSession` for numbers that JSON does not have."""
    file = _SessionFile(
        loraviewer=_MARK,
        version=VERSION,
        base=session.base,
        document=session.document,
        autosave=session.autosave,
    )
    fields = plain(file)
    for name in ("base", "autosave"):
        if fields[name] is None:
            del fields[name]
    leave_out_usual(fields)
    put_back(fields, _SessionFile, session.kept)
    places.store(fields)
    text = _json(fields, is_ascii=False)
    # Names of files that are no text are kept as escapes.
    return (text if _is_text(text) else _json(fields, is_ascii=True)) + "\n"


def from_text(
    text: str | bytes,
    places: SessionPlaces,
    migrations: Mapping[int, Migration] = MIGRATIONS,
    newest: int = VERSION,
) -> Session:
    """The session in a file's text; `BadSession` for anything that cannot be shown as it is.
    places: looks for files, not for the GUI thread."""
    try:
        raw = decoded_table(text)
    except BadTable as problem:
        raise BadSession(
            say("is no session of loraviewer: it {problem}", problem=problem.message)
        ) from problem
    raw = _migrated(_checked_mark(raw), migrations, newest)
    places.find(raw)
    kept = take_off(raw, _SessionFile)
    _check_finite(raw)
    try:
        file = msgspec.convert(raw, type=_SessionFile)
    except (msgspec.MsgspecError, OverflowError, RecursionError) as error:
        raise BadSession(_words(str(error))) from error
    if problem := _problem(file.document):
        raise BadSession(problem)
    return Session(document=file.document, base=file.base, autosave=file.autosave, kept=kept)


def _checked_mark(raw: dict[str, Any]) -> dict[str, Any]:
    if raw.get("loraviewer") != _MARK:
        raise BadSession(say("is no session of loraviewer"))
    version = raw.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BadSession(say("does not say its version as a whole number from 1"))
    return raw


def _migrated(
    raw: dict[str, Any], migrations: Mapping[int, Migration], newest: int
) -> dict[str, Any]:
    version: int = raw["version"]
    if version > newest:
        raise BadSession(
            say(
                "is of version {version}, and this loraviewer reads sessions up to {newest}; "
                "update it",
                version=version,
                newest=newest,
            )
        )
    for number in range(version, newest):
        try:
            raw = migrations[number](raw) | {"version": number + 1}
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadSession(
                say("is damaged: it is no session of version {number}", number=number)
            ) from error
    return raw


def _check_finite(raw: Any) -> None:
    left: list[tuple[str, Any]] = [("", raw)]
    while left:
        where, value = left.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise BadSession(say("is damaged: “{where}” is no finite number", where=where))
        if is_table(value):
            left += [(f"{where}.{name}" if where else name, one) for name, one in value.items()]
        elif is_array(value):
            left += [(f"{where}[{index}]", one) for index, one in enumerate(value)]


def _problem(document: Document) -> str:
    """What no document of the studio has; "" for nothing."""
    ids = [pane.pane_id for pane in document.panes]
    if len(set(ids)) != len(ids):
        return say("is damaged: two of its panes have the same id")
    if not 2 <= len(ids) <= MOST_PANES or sum(pane.is_base for pane in document.panes) != 1:
        return say(
            "is damaged: it must have one pane of the base and 1 to {most} others",
            most=MOST_PANES - 1,
        )
    if document.base.stack != AdapterStack():
        return say("is damaged: the pane of the base holds adapters")
    for name in ("active", "reference"):
        if getattr(document, name) not in ids:
            return say("is damaged: “{name}” names no pane", name=name)
    return _problem_of_rows(document) or _problem_of_samplings(document)


def _problem_of_rows(document: Document) -> str:
    snapshots = [snapshot.snapshot_id for snapshot in document.snapshots]
    if len(set(snapshots)) != len(snapshots):
        return say("is damaged: two of its snapshots have the same id")
    cues = [cue.cue_id for cue in document.cues]
    if len(set(cues)) != len(cues):
        return say("is damaged: two of its cues have the same id")
    stacks: list[tuple[str, AdapterStack]] = [
        (say("pane “{name}”", name=pane.pane_id), pane.stack) for pane in document.panes
    ]
    stacks += [
        (say("snapshot “{name}”", name=kept.name), kept.stack) for kept in document.snapshots
    ]
    for holder, stack in stacks:
        rows = [entry.entry_id for entry in stack.entries]
        if len(set(rows)) != len(rows):
            return say("is damaged: two rows of {holder} have the same id", holder=holder)
        if problem := stack.merge_rule.problem():
            return say("cannot be shown: {problem}", problem=going_on(problem))
    return ""


def _problem_of_samplings(document: Document) -> str:
    holders = (*document.panes, *document.snapshots)
    own = (holder.sampling for holder in holders if holder.sampling is not None)
    for sampling in (document.sampling, *own):
        if problem := _usual_sampler(sampling).problem():
            return say("cannot be shown: {problem}", problem=going_on(problem))
    return ""


def _usual_sampler(sampling: Sampling) -> Sampling:
    """Some bases bring a sampler of their own."""
    return msgspec.structs.replace(sampling, sampler=SAMPLERS[0])


_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<where>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(.*)`")
_EXPECTED = re.compile(r"^Expected `(.*?)`, got `(.*?)`$")
_KINDS = {
    "float": say("a number"),
    "int": say("a whole number"),
    "str": say("text"),
    "bool": say("true or false"),
    "array": say("a list"),
    "object": say("a table"),
    "null": say("nothing"),
}


def _words(said: str) -> str:
    """What msgspec says of a wrong value, for people."""
    found = _AT.match(said)
    what, where = (found["what"], found["where"] or "") if found else (said, "")
    if missing := _MISSING.search(what):
        name = f"{where}.{missing[1]}" if where else missing[1]
        return say("is damaged: “{name}” is missing", name=name)
    if expected := _EXPECTED.match(what):
        return say(
            "is damaged: “{where}” must be {wanted}, not {found}",
            where=where,
            wanted=_kind(expected[1]),
            found=_kind(expected[2]),
        )
    return (
        say("is damaged: “{where}” ({what})", where=where, what=what)
        if where
        else say("is damaged ({what})", what=what)
    )


def _kind(name: str) -> str:
    return with_or(_KINDS.get(part.strip(), part.strip()) for part in name.split("|"))


def _json(plain: Any, *, is_ascii: bool) -> str:
    try:
        return json.dumps(plain, indent=2, ensure_ascii=is_ascii, allow_nan=False)
    except ValueError as error:
        raise BadSession(say("cannot be saved: one of its numbers is not finite")) from error


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
