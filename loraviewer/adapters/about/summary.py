"""What an adapter file and the files beside it tell, without weights and without a base."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from loraviewer.adapters.about.metadata import FileMetadata, read_metadata, shown_metadata
from loraviewer.adapters.about.sidecars import Sidecars, read_sidecars
from loraviewer.adapters.configuration.doubts import Strength
from loraviewer.adapters.configuration.file_configuration import FileConfiguration, Said
from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.hashing import file_hashes
from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.files.header_json import shortened
from loraviewer.adapters.groups import Group, adapter_groups, split_groups
from loraviewer.adapters.naming.registry import naming_of
from loraviewer.adapters.recognition.checkpoint_header import WHAT_IT_IS, checkpoint_facts
from loraviewer.adapters.recognition.families import family_evidence
from loraviewer.adapters.strangers import why_strange
from loraviewer.core.adapter_paths import adapter_file, adapter_name
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import AdapterError
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.sentences import say


def summarise(
    path: Path, cache: HashCache | None = None, token: CancelToken | None = None
) -> AdapterSummary:
    """Everything that can be told without a base, hashes included: seconds for a large file that
    the cache does not know, so not for the GUI thread.

    `path`: a file or the folder of one adapter. Raises `FileError` for a damaged file,
    `AdapterError` if it holds no adapter, `Cancelled`.
    """
    path = adapter_file(path)
    header = read_header(path)
    summary = summary_of(header, path)
    if not summary.kinds:
        raise AdapterError(no_adapter(header, path))
    found = (cache.hashes if cache else file_hashes)(path, header.data_offset, token)
    return msgspec.structs.replace(summary, sha256=found.sha256, autov3=found.autov3)


def no_adapter(header: Header, path: Path) -> str:
    """The sentence about a file whose tensors are no adapter's."""
    if not header.tensors:
        return say("“{path}” is empty; choose another file.", path=str(path))
    kind = checkpoint_facts(header).kind
    if kind == "quantised":
        return say(
            "“{path}” holds no adapter but {what}, which cannot be used here.",
            path=str(path),
            what=WHAT_IT_IS[kind],
        )
    if strange := next((g for g in split_groups(header.tensors) if g.strangers and g.roles), None):
        reason = why_strange(strange.key, strange.strangers)
        return say(
            "“{path}” holds no adapter that can be used; “{key}”: {reason}.",
            path=str(path),
            key=shortened(strange.key),
            reason=reason,
        )
    if mixed := next((g for g in split_groups(header.tensors) if len(g.roles) > 1), None):
        words = ", ".join(
            sorted(n.removeprefix(mixed.key).lstrip("._") for n in mixed.roles.values())
        )
        return say(
            "“{path}” holds no adapter that can be used; no kind of adapter has just {words}, as "
            "“{key}” has.",
            path=str(path),
            words=words,
            key=shortened(mixed.key),
        )
    example = shortened(next(iter(header.tensors)))
    if said := _said_kind(header, path):
        return say(
            "“{path}” holds no adapter of a kind that can be used, but PEFT’s {kind}; its tensors "
            "are named like “{example}”.",
            path=str(path),
            kind=said,
            example=example,
        )
    return say(
        "“{path}” holds no adapter; its tensors are named like “{example}”.",
        path=str(path),
        example=example,
    )


def _said_kind(header: Header, path: Path) -> str:
    """What PEFT calls it, of a kind that is not among ours."""
    said = FileConfiguration.of(header, path).component("").table.get("peft_type")
    return str(said)[:40] if said else ""


def summary_of(header: Header, path: Path, groups: Sequence[Group] | None = None) -> AdapterSummary:
    """The summary without hashes; `kinds` is empty where the file holds no adapter. `groups`: as
    for `outline_of`."""
    said, beside = read_metadata(header.metadata), read_sidecars(path)
    groups = adapter_groups(header) if groups is None else groups
    configuration = FileConfiguration.of(header, path)
    strength = Strength(header, groups, configuration)
    bases = said_bases(configuration, beside)
    return msgspec.structs.replace(
        outline_of(header, path, groups, configuration, beside),
        scaling=strength.source,
        doubts=strength.doubts,
        title=beside.title or said.title,
        description=beside.description or said.description,
        notes=beside.notes or said.usage_hint,
        trigger_words=beside.trigger_words or said.trigger_words,
        suggested_strength=beside.suggested_strength,
        said_base=said_base(said, bases),
        preview_path=beside.preview_path,
        problems=beside.problems,
        metadata=shown_metadata(header.metadata),
    )


def said_base(said: FileMetadata, bases: Sequence[Said]) -> str:
    """The base that the file names, right or wrong: “animefull.safetensors (sd_v1)”; else what
    others call it."""
    if said.base_model and said.architecture:
        return f"{said.base_model} ({said.architecture})"
    return said.base_model or said.architecture or next((str(s.value) for s in bases), "")


def said_bases(configuration: FileConfiguration, beside: Sidecars | None) -> tuple[Said, ...]:
    """What others than the file's own metadata call the base, the surest first."""
    said = (
        (Said(beside.base_model, say("a file beside it")),) if beside and beside.base_model else ()
    )
    return (*configuration.bases, *said)


def outline_of(
    header: Header,
    path: Path,
    groups: Sequence[Group] | None = None,
    configuration: FileConfiguration | None = None,
    beside: Sidecars | None = None,
) -> AdapterSummary:
    """Only what the header and the trainer's configuration tell: for a row of a long table.
    `groups`: of the file's adapter modules; these, configuration and sidecars where they are at
    hand already. Raises `AdapterError` for a configuration that cannot be read."""
    groups = adapter_groups(header) if groups is None else groups
    configuration = configuration or FileConfiguration.of(header, path)
    family = family_evidence(header, groups, said_bases(configuration, beside))
    return AdapterSummary(
        path=str(path),
        name=adapter_name(path),
        family=family.family,
        candidates=family.candidates,
        evidence=family.sentences,
        naming=naming_of(group.key for group in groups),
        kinds=counted_kinds(header, groups),
        modules=len(groups),
        ranks=ranks_of(header, groups),
        dtype=common_dtype(header),
        has_text_encoder=any(group.is_text for group in groups),
    )


def counted_kinds(header: Header, groups: Sequence[Group]) -> dict[str, int]:
    """Kind → modules."""
    return dict(Counter(kind for group in groups for kind in group.kind_names(header)))


def ranks_of(header: Header, groups: Sequence[Group]) -> tuple[int, int] | None:
    """Smallest and largest rank, from the tensors: metadata is often wrong."""
    found = set(_each_rank(header, groups))
    return (min(found), max(found)) if found else None


def _each_rank(header: Header, groups: Sequence[Group]) -> Iterable[int]:
    for group in groups:
        shapes = group.shapes(header)
        kind = group.kind(header)
        rank = kind.rank(shapes) if kind else None
        if rank is not None:
            yield rank


def common_dtype(header: Header) -> str:
    """The dtype most bytes are stored in, as spelled in the file."""
    sizes: Counter[str] = Counter()
    for info in header.tensors.values():
        sizes[info.dtype] += info.end - info.begin
    return max(sizes, key=lambda dtype: (sizes[dtype], dtype), default="")
