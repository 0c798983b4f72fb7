"""What of a read picture can be taken here, and what is told of the rest."""

import msgspec

from loraviewer.core.foreign.found import FoundAdapter
from loraviewer.core.foreign.picture import ReadPicture, file_stem
from loraviewer.core.merge_rules import SUM
from loraviewer.core.reports import AdapterSummary, CheckpointInfo
from loraviewer.core.request import SAMPLERS, Sampling
from loraviewer.core.sentences import say
from loraviewer.core.stack import AdapterStack, StackEntry, new_entry_id

_UNKNOWN_CONTENT = "unknown content of "
"""Instead of the SHA-256 of a file that was never read and that no hash is known of."""


class OpenedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture and the files of its adapters. `summaries`: of those that can be read."""

    path: str
    read: ReadPicture
    found: tuple[FoundAdapter, ...] = ()
    summaries: tuple[AdapterSummary, ...] = ()


class RestoredSampling(msgspec.Struct, frozen=True):
    """`kept`: the names of what the picture does not say, or not so that it is known here.
    `refused`: one sentence for each value that cannot be taken."""

    sampling: Sampling
    kept: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def restored_sampling(
    read: ReadPicture, present: Sampling, info: CheckpointInfo | None
) -> RestoredSampling:
    """The values of the picture over those that are there now; info: of the base, None without."""
    wanted: dict[str, dict[str, object]] = {
        say("prompt"): {"prompt": read.prompt, "template": read.template, "words": read.words},
        say("negative prompt"): {"negative_prompt": read.negative},
        say("seed"): {"seed": read.seed},
        say("steps"): {"steps": read.steps},
        say("guidance"): {"guidance_scale": read.guidance},
        say("sampler"): {"sampler": read.sampler or None},
        say("size"): {"width": read.width, "height": read.height},
    }
    taken, kept, refused = present, list[str](), list[str]()
    for name, values in wanted.items():
        if None in values.values():
            kept.append(name)
            continue
        changed = msgspec.structs.replace(taken, **values)
        problem = changed.problem() or _problem_of_base(changed, info)
        if problem:
            refused.append(problem)
        else:
            taken = changed
    if read.prompt is not None:
        taken = msgspec.structs.replace(taken, author=read.author)
    return RestoredSampling(taken, tuple(kept), tuple(refused))


def restored_stack(opened: OpenedPicture, folder: str) -> AdapterStack:
    """A row for each adapter of the picture, by the rule of its record; of one that was not found,
    the row of a file that is not there. folder: where such a file would be looked for, of pictures
    that do not say."""
    summaries = {summary.sha256: summary for summary in opened.summaries}
    rows = (found_row(found, summaries.get(found.sha256), folder) for found in opened.found)
    request = opened.read.request
    rule = SUM if request is None or request.merge_rule.problem() else request.merge_rule
    return AdapterStack(entries=tuple(rows), merge_rule=rule)


def found_row(found: FoundAdapter, summary: AdapterSummary | None, folder: str = "") -> StackEntry:
    """The row of one adapter; `summary`: of its file, where that can be read."""
    adapter = found.adapter
    usual = f"{folder}/{adapter.name}.safetensors"
    content = next(iter(adapter.hashes), f"{_UNKNOWN_CONTENT}{adapter.name}")
    return StackEntry(
        entry_id=new_entry_id(),
        name=summary.name if summary else adapter.name,
        path=found.path or adapter.path or usual,
        sha256=found.sha256 or content,
        scale=adapter.scale,
        text_scale=adapter.text_scale,
        block_scales=adapter.block_scales,
    )


def base_words(read: ReadPicture, info: CheckpointInfo | None) -> str:
    """The name of the base it was made on, where that is another than the loaded one; "" for the
    same, and where it does not say."""
    if info is None:
        return ""
    if read.request is not None:
        identity = read.request.checkpoint.identity
        is_other = bool(identity) and identity != info.identity
        return file_stem(read.model) if is_other else ""
    if not read.model:
        return ""
    names = {file_stem(info.source).casefold(), info.name.casefold()}
    return "" if read.model.casefold() in names else read.model


def _problem_of_base(sampling: Sampling, info: CheckpointInfo | None) -> str:
    if info is None:
        return ""
    if sampling.sampler in SAMPLERS and sampling.sampler not in info.samplers:
        return say("The base cannot use the sampler “{sampler}”.", sampler=sampling.sampler)
    multiple = info.size_multiple
    if sampling.width % multiple or sampling.height % multiple:
        size = f"{sampling.width}×{sampling.height}"
        return say(
            "The base needs sides that are multiples of {multiple}, not {size}.",
            multiple=multiple,
            size=size,
        )
    return ""
