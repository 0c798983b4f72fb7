"""What an adapter file's header tells, without weights and without a base."""

import json
import re
from collections import Counter
from pathlib import Path

import msgspec

from loraviewer.adapters.families import family_of_adapter
from loraviewer.adapters.groups import Group, split_groups
from loraviewer.adapters.hashing import file_sha256
from loraviewer.adapters.header import Header, read_header
from loraviewer.adapters.kinds.lora import DOWN
from loraviewer.adapters.matching import module_kind
from loraviewer.adapters.naming.registry import naming_of
from loraviewer.core.outcome import AdapterError
from loraviewer.core.reports import AdapterSummary

_TEXT_ENCODER = re.compile(r"lora_te\d?_|text_encoder|text_model|clip_[lg]")
_MAX_WORDS = 20


def summarise(path: Path, *, with_hash: bool = True) -> AdapterSummary:
    """Raises `FileError` for a damaged file, `AdapterError` if it holds no adapter."""
    header = read_header(path)
    summary = summary_of(header, path)
    if not summary.kinds:
        example = next(iter(header.tensors), "nothing")
        raise AdapterError(f"“{path}” holds no adapter; its tensors are named like “{example}”.")
    if not with_hash:
        return summary
    return msgspec.structs.replace(summary, sha256=file_sha256(path))


def summary_of(header: Header, path: Path) -> AdapterSummary:
    """The summary without a hash; `kinds` is empty where the file holds no adapter."""
    named = [(group, kind_name(group)) for group in split_groups(header.tensors)]
    modules = [(group, kind) for group, kind in named if kind]
    kinds = Counter(kind for _, kind in modules)
    return AdapterSummary(
        path=str(path),
        name=path.stem,
        family=family_of_adapter(header),
        naming=naming_of(group.key for group, _ in modules),
        kinds=dict(kinds),
        modules=len(modules),
        ranks=_ranks(header, [group for group, _ in modules]),
        trigger_words=trigger_words(header.metadata),
        metadata=dict(header.metadata),
        dtype=common_dtype(header),
        has_text_encoder=any(_TEXT_ENCODER.match(group.key) for group, _ in modules),
    )


def kind_name(group: Group) -> str | None:
    """The kind of a module group, supported or not; None for a tensor that belongs to none."""
    kind = module_kind(group)
    if kind:
        return kind.name
    foreign = sorted(set(group.foreign.values()) - {""})
    return foreign[0] if foreign else None


def _ranks(header: Header, groups: list[Group]) -> tuple[int, int] | None:
    """Smallest and largest rank, from the tensors: metadata is often wrong."""
    ranks = [header.tensors[g.roles[DOWN]].shape[:1] for g in groups if DOWN in g.roles]
    found = [rank[0] for rank in ranks if rank]
    return (min(found), max(found)) if found else None


def common_dtype(header: Header) -> str:
    """The dtype most bytes are stored in, as spelled in the file."""
    sizes: Counter[str] = Counter()
    for info in header.tensors.values():
        sizes[info.dtype] += info.end - info.begin
    return max(sizes, key=lambda dtype: (sizes[dtype], dtype), default="")


def trigger_words(metadata: dict[str, str]) -> tuple[str, ...]:
    """Words that call the adapter, from modelspec or from the training captions' counts."""
    phrase = metadata.get("modelspec.trigger_phrase", metadata.get("trigger_words"))
    if phrase is not None:  # an empty one says that there are none
        return tuple(w.strip() for w in phrase.split(",") if w.strip())[:_MAX_WORDS]
    return _most_frequent_tags(metadata.get("ss_tag_frequency", ""))


def _most_frequent_tags(text: str) -> tuple[str, ...]:
    """kohya's {"folder": {"tag": count}} → the most frequent tags."""
    try:
        folders = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return ()
    counts: Counter[str] = Counter()
    for tags in folders.values() if isinstance(folders, dict) else ():
        for tag, count in tags.items() if isinstance(tags, dict) else ():
            if isinstance(count, int):
                counts[tag.strip()] += count
    return tuple(tag for tag, _ in counts.most_common(_MAX_WORDS))
