"""What an adapter file's header tells, without weights and without a base."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from loraviewer.adapters.families import family_of_adapter
from loraviewer.adapters.groups import Group, adapter_groups
from loraviewer.adapters.hashing import file_sha256
from loraviewer.adapters.header import Header, read_header
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
    groups = adapter_groups(header)
    kinds = Counter(kind for group in groups for kind in group.kind_names(header))
    return AdapterSummary(
        path=str(path),
        name=path.stem,
        family=family_of_adapter(header),
        naming=naming_of(group.key for group in groups),
        kinds=dict(kinds),
        modules=len(groups),
        ranks=_ranks(header, groups),
        trigger_words=trigger_words(header.metadata),
        metadata=dict(header.metadata),
        dtype=common_dtype(header),
        has_text_encoder=any(_TEXT_ENCODER.match(group.key) for group in groups),
    )


def _ranks(header: Header, groups: Sequence[Group]) -> tuple[int, int] | None:
    """Smallest and largest rank, from the tensors: metadata is often wrong."""
    kinds = ((group, group.kind(header)) for group in groups)
    ranks = {kind.rank(group.shapes(header)) for group, kind in kinds if kind} - {None}
    found = sorted(rank for rank in ranks if rank is not None)
    return (found[0], found[-1]) if found else None


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
