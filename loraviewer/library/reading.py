"""From a weight file, or a whole pipeline, to what the library knows of it: headers only."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from loraviewer.adapters.about.metadata import read_metadata
from loraviewer.adapters.about.sidecars import read_sidecars
from loraviewer.adapters.about.summary import (
    counted_kinds,
    no_adapter,
    ranks_of,
    said_base,
    said_bases,
)
from loraviewer.adapters.configuration.file_configuration import FileConfiguration
from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.header_start import read_header_start
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.groups import adapter_groups, split_groups
from loraviewer.adapters.inspection.pipeline import folder_facts
from loraviewer.adapters.recognition.checkpoint_header import (
    WHAT_IT_IS,
    FileKind,
    checkpoint_facts,
)
from loraviewer.adapters.recognition.clue_parts import Clue
from loraviewer.adapters.recognition.families import decided_family, family_clues
from loraviewer.core.adapter_paths import adapter_name
from loraviewer.core.encodable import encodable
from loraviewer.core.families import is_known
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.outcome import AdapterError, FileError
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.library.found import FoundFile

_MOST_LAYOUTS = 4_000
_GGUF = ".gguf"
_MAY_BE_ADAPTERS = ("adapter", "unknown")


@dataclass(frozen=True)
class _Layout:
    """What files have in common whose tensors have equal names and shapes. `clues`: of an adapter;
    `family`: of anything else."""

    kind: FileKind
    family: str
    clues: tuple[Clue, ...] = ()
    kinds: dict[str, int] = field(default_factory=dict)
    ranks: tuple[int, int] | None = None
    modules: int = 0


class FileReader:
    """Remembers the layouts that it saw: most files of a library have one of a few dozens. Used by
    one thread."""

    def __init__(self) -> None:
        self._layouts: dict[tuple[int, int, bool] | None, _Layout] = {}
        self._salt = secrets.randbits(64)

    def entry(self, found: FoundFile) -> LibraryEntry:
        """Without hash, note and twins. Never raises for what is wrong with the file: that is its
        `problem`."""
        name = Path(found.path).name if found.is_pipeline else adapter_name(Path(found.path))
        blank = LibraryEntry(
            path=found.path,
            sort="unreadable",
            name=encodable(name),
            size_bytes=found.size_bytes,
            modified_s=found.modified_ns / 1e9,
            problem=encodable(found.problem),
        )
        try:
            if found.problem:
                return blank
            return _of_pipeline(blank) if found.is_pipeline else self._of_file(blank, found.beside)
        except (FileError, AdapterError) as error:
            problem = error.message
        except OSError as error:
            problem = say(
                "“{path}” cannot be read: {why}.",
                path=str(found.path),
                why=reason_of(error),
            )
        return replace(blank, problem=encodable(problem))

    def _of_file(self, blank: LibraryEntry, beside_it: Sequence[str]) -> LibraryEntry:
        path = Path(blank.path)
        layout, metadata = self._looked_at(path)
        said, beside = read_metadata(metadata), read_sidecars(path, beside_it)
        configuration = FileConfiguration.of(Header({}, metadata, 0), path)
        bases = said_bases(configuration, beside)
        is_adapter = layout.modules > 0
        families = (layout.family,) if is_known(layout.family) else ()
        if is_adapter:
            families = decided_family(layout.clues, metadata, bases).candidates
        return replace(
            blank,
            sort="adapter" if is_adapter else "checkpoint",
            title=beside.title or said.title,
            families=families,
            kinds=layout.kinds,
            ranks=layout.ranks,
            modules=layout.modules,
            trigger_words=beside.trigger_words or said.trigger_words,
            tags=said.tags,
            said_base=said_base(said, bases),
            suggested_strength=beside.suggested_strength,
            preview_path=beside.preview_path,
        )

    def _looked_at(self, path: Path) -> tuple[_Layout, dict[str, str]]:
        """The layout and the metadata; raises for a file that is of no use here."""
        if path.suffix.lower() == _GGUF:
            header = read_weights_header(path)
            return _used(_layout_of(header), header, path), header.metadata
        start = read_header_start(path, self._salt)
        if known := self._layouts.get(start.layout):
            return known, start.metadata
        header = start.header()
        layout = _used(_layout_of(header), header, path)
        if start.layout is not None and start.metadata == header.metadata:
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            self._layouts[start.layout] = layout
        return layout, header.metadata


def _of_pipeline(blank: LibraryEntry) -> LibraryEntry:
    family = str(folder_facts(Path(blank.path))["family"])
    return replace(blank, sort="checkpoint", families=(family,) if is_known(family) else ())


def _layout_of(header: Header) -> _Layout:
    holds = checkpoint_facts(header)
    groups = split_groups(header.tensors) if holds.kind in _MAY_BE_ADAPTERS else ()
    modules = adapter_groups(header, groups)
    return _Layout(
        holds.kind,
        holds.family,
        family_clues(header, modules) if modules else (),
        counted_kinds(header, modules),
        ranks_of(header, modules),
        len(modules),
    )


def _used(layout: _Layout, header: Header, path: Path) -> _Layout:
    """Raises `FileError` for what is neither adapter nor base."""
    if not layout.modules and layout.kind != "checkpoint":
        raise FileError(_why_not(layout, header, path))
    return layout


def _why_not(layout: _Layout, header: Header, path: Path) -> str:
    if layout.kind in _MAY_BE_ADAPTERS:
        return no_adapter(header, path)
    return say(
        "“{path}” is {what}: no adapter, and no base to render with.",
        path=str(path),
        what=WHAT_IT_IS[layout.kind],
    )
