"""What `loraviewer render` does between its options and its files."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from loraviewer.cli.compiling import compile_before
from loraviewer.cli.shared import printable, progress, tell_note
from loraviewer.cli.variants import drawn
from loraviewer.core.base_weights_policy import MemoryWishes
from loraviewer.core.cancel import CancelToken
from loraviewer.core.collector import keep_for_good, resume_collector
from loraviewer.core.landing import Landing, asked_blocks
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.outcome import Progress, Rendered
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.prediction import FoundPrediction, Prediction
from loraviewer.core.prompt_syntax import letters_sentence, read_as_letters
from loraviewer.core.request import (
    AskedMergeMode,
    CheckpointRef,
    GenerationRequest,
    WordReading,
)
from loraviewer.core.resources import absolute_source, components_folder
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.unread import unread_sentence
from loraviewer.core.variants.wildcards import Wildcards

if TYPE_CHECKING:
    from loraviewer.adapters.files.hash_cache import HashCache
    from loraviewer.engine.checkpoint import Checkpoint
    from loraviewer.engine.studio_engine import StudioEngine


def start_engine(
    base: str,
    device: str | None,
    dtype: str | None,
    components: str | None,
    memory: MemoryWishes,
    merge_mode: AskedMergeMode,
    packing: AskedPacking = "auto",
    *,
    compiles: bool = False,
) -> "StudioEngine":
    """compiles: pictures that ask for it may be compiled; each is then made alone."""
    from loraviewer.engine.compiling.compiler import ProcessCompiler, programs_folder
    from loraviewer.engine.studio_engine import StudioEngine

    engine = StudioEngine(
        device,
        dtype,
        components=components_folder(components),
        memory=memory,
        merge_mode=merge_mode,
        packing=packing,
        batch_pixels=1 if compiles else None,
        compiler=ProcessCompiler(programs_folder()) if compiles else None,
        previews=False,
    )
    info = engine.load_checkpoint(absolute_source(base), CancelToken(), progress())
    for problem in info.problems:
        tell_note(problem)
    keep_for_good()
    resume_collector()
    return engine


def landings_of(engine: "StudioEngine", applied: tuple[AppliedAdapter, ...]) -> list[Landing]:
    """Of each adapter once, those that land nowhere left out: rendering fails and says so."""
    reports = {a.sha256: (a, engine.report(a.path, a.sha256, CancelToken())) for a in applied}
    family = engine.checkpoint.family.name
    return [
        Landing(
            name=adapter.name,
            path=adapter.path,
            report=report,
            base_family=family,
            asked_blocks=asked_blocks(applied, adapter.sha256),
        )
        for adapter, report in reports.values()
        if report.matched
    ]


def render_all(
    engine: "StudioEngine",
    applied: tuple[AppliedAdapter, ...],
    values: dict[str, Any],
    count: int,
    prediction: Prediction,
    rule: MergeRule,
    wildcards: Wildcards | None = None,
    *,
    compiles: bool = False,
) -> list[Rendered]:
    """Of one seed and those that follow it. values: the fields of `Sampling` that are not left to
    the checkpoint. wildcards: None where the prompt is to be read to the letter. compiles: the
    denoiser first, where that is possible; else a note says why not."""
    usual, show = engine.checkpoint.family.sampling(), progress()
    sampling = msgspec.structs.replace(usual, **values)
    seeds = range(sampling.seed, sampling.seed + count)
    requests = [
        GenerationRequest(
            checkpoint=CheckpointRef(engine.checkpoint.name),
            adapters=applied,
            sampling=drawn(msgspec.structs.replace(sampling, seed=seed), wildcards),
            prediction=prediction,
            merge_rule=rule,
            is_compiled=compiles,
        )
        for seed in seeds
    ]
    if compiles and (problem := compile_before(engine, requests[0])):
        tell_note(problem)

    def tell(index: int, step: Progress) -> None:
        show(f"picture {index + 1} of {len(requests)}", step.step / step.steps)

    return list(engine.render_many(requests, CancelToken(), tell))


def save_rendered(pictures: dict[Path, Rendered], cache: "HashCache") -> dict[Path, Rendered]:
    """All of them or none; what was saved where."""
    from loraviewer.adapters.about.gallery_hashes import gallery_hashes
    from loraviewer.pictures.png import save_all

    request = next(iter(pictures.values())).request
    save_all(pictures, gallery_hashes(request, cache, CancelToken()))
    return pictures


def tell_rendered(
    images: dict[Path, Rendered],
    landings: list[Landing],
    base: "Checkpoint",
    as_json: bool,
) -> None:
    """What became of them: a line each, or with as_json one object on stdout."""
    can_weigh = base.prompts is not None and base.prompts.reads_weights
    _tell_unread(images.values(), can_weigh)
    for path, rendered in images.items():
        if rendered.has_widened:
            note = "the VAE overflowed in float16 and decoded once more in float32"
            tell_note(f"{path}: {note}.")
    if not as_json:
        for path, rendered in images.items():
            seed, total_s = rendered.request.sampling.seed, rendered.timings.total_ms / 1000
            typer.echo(f"{path} (seed {seed}, {total_s:.2f} s){_words(rendered)}")
        return
    found = base.prediction
    facts = [_facts(path, rendered, found, can_weigh) for path, rendered in images.items()]
    facts = [one | _base_facts(base) for one in facts]
    told = facts[0] | {"adapters": [landing.facts for landing in landings]}
    typer.echo(json.dumps(told | ({"images": facts} if len(facts) > 1 else {})))


def _words(rendered: Rendered) -> str:
    """Where each picture has its own."""
    sampling = rendered.request.sampling
    return f": {printable(sampling.prompt)}" if sampling.template else ""


def _tell_unread(pictures: Iterable[Rendered], can_weigh: bool) -> None:
    """What of the prompts is not read, or as letters: once, also where seeds share it."""
    told = (
        sentence for rendered in pictures for sentence in _unread_sentences(rendered, can_weigh)
    )
    for sentence in dict.fromkeys(told):
        tell_note(sentence)


def _unread_sentences(rendered: Rendered, can_weigh: bool) -> Iterator[str]:
    sampling = rendered.request.sampling
    prompts = {"the prompt": sampling.prompt, "the negative prompt": sampling.negative_prompt}
    letters = {
        name: letters_sentence(prompt, sampling.words, can_weigh=can_weigh)
        for name, prompt in prompts.items()
    }
    yield from map(unread_sentence, rendered.unread)
    for name, sentence in letters.items():
        if sentence:
            yield f"{name}: {sentence}"


def _base_facts(base: "Checkpoint") -> dict[str, Any]:
    """How it lies in memory: whether its denoiser is as small as its file keeps it, None where that
    leaves no choice, and which components come when they are needed, or block by block."""
    return {
        "quantised": base.packing or None,
        "moved": sorted(base.placement.moved),
        "streamed": sorted(base.placement.streamed),
    }


def _facts(
    path: Path, rendered: Rendered, found: FoundPrediction | None, can_weigh: bool
) -> dict[str, Any]:
    words: WordReading = rendered.request.sampling.words if can_weigh else "plain"
    sampling, timings, memory = rendered.request.sampling, rendered.timings, rendered.memory
    return {
        "output": str(path),
        "seed": sampling.seed,
        "prompt": sampling.prompt,
        "size": f"{sampling.width}x{sampling.height}",
        "merge_ms": round(timings.merge_ms, 3),
        "encode_ms": round(timings.encode_ms, 3),
        "denoise_ms": round(timings.denoise_ms, 3),
        "decode_ms": round(timings.decode_ms, 3),
        "fingerprint": rendered.fingerprint,
        "originals": memory.policy if memory else None,
        "originals_bytes": memory.kept_bytes if memory else 0,
        "request_sha256": rendered.request.sha256(),
        "merge_mode": rendered.request.merge_mode,
        "merge_rule": rendered.request.merge_rule.text,
        "is_compiled": rendered.request.is_compiled,
        "prediction": msgspec.to_builtins(found and rendered.request.prediction.over(found.own)),
        "has_widened": rendered.has_widened,
        "threads": rendered.threads,
        "unread": msgspec.to_builtins(rendered.unread),
        "words": words,
        "read_as_letters": [
            *read_as_letters(sampling.prompt, words),
            *read_as_letters(sampling.negative_prompt, words),
        ],
    }
