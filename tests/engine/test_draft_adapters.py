"""Drafts with an adapter that is for them alone: what they are, and that nothing of them stays."""

from collections.abc import Callable

import msgspec
import pytest

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.draft_ways import ACCELERATIONS, DraftWay
from loraviewer.core.drafts import draft_of, hastened_by
from loraviewer.core.infotext import from_json, record_of, to_json
from loraviewer.core.outcome import LoraviewerError, Rendered
from loraviewer.core.request import AskedMergeMode, GenerationRequest
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import tiny
from tests.engine.asking import render
from tests.engine.conftest import applied
from tests.listeners import silent

STEPS = 6
DTYPES = ("float32", "bfloat16")
MODES: tuple[AskedMergeMode, ...] = ("merged", "unmerged")


@pytest.fixture(scope="module")
def engines(tiny_folder) -> Callable[[str, AskedMergeMode], StudioEngine]:
    made: dict[tuple[str, str], StudioEngine] = {}

    def engine(dtype: str, mode: AskedMergeMode) -> StudioEngine:
        if (dtype, mode) not in made:
            made[dtype, mode] = StudioEngine("cpu", dtype, merge_mode=mode)
            made[dtype, mode].load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
        forget(made[dtype, mode])
        return made[dtype, mode]

    return engine


@pytest.fixture(scope="module")
def quick(tiny_folder, tmp_path_factory) -> AppliedAdapter:
    """Of the UNet and the text encoder, so that embeddings of drafts are others, too."""
    path = tmp_path_factory.mktemp("quick") / "lcm-lora-sdv1-5.safetensors"
    return applied(tiny.write_lora(path, 11, with_text=True))


def forget(engine: StudioEngine) -> None:
    assert engine._loaded
    engine._loaded.merger.restore()
    engine._loaded.forget_results()
    engine._pictures.forget()


def row(adapter: AppliedAdapter, **fields) -> StackEntry:
    values = {"scale": adapter.scale, "path": adapter.path, "sha256": adapter.sha256, **fields}
    return StackEntry(entry_id=adapter.name, name=adapter.name, **values)


def settled(stack: AdapterStack, request_for, engine: StudioEngine) -> GenerationRequest:
    request = request_for(*stack.applied(), steps=STEPS)
    return msgspec.structs.replace(request, merge_mode=engine._current().info.merge_mode)


class Studio:
    """A stack whose faders are dragged, as the window does it."""

    def __init__(self, engine: StudioEngine, request_for, stack: AdapterStack) -> None:
        self.engine, self._request_for, self.stack = engine, request_for, stack
        self.before: GenerationRequest | None = None

    def settled(self) -> GenerationRequest:
        return settled(self.stack, self._request_for, self.engine)

    def settle(self) -> Rendered:
        shown = render(self.engine, self.settled())
        self.before = shown.request
        return shown

    def draft(self, held: str = "") -> GenerationRequest:
        request, marked = self.settled(), self.stack.draft_row()
        assert marked is not None
        info = self.engine._current().info
        hastened = hastened_by(marked, self.stack, request.sampling, info, 4)
        return draft_of(request, self.before, 4, held, hastened)

    def drag(self, name: str, *scales: float) -> Rendered:
        shown: list[Rendered] = []
        for scale in scales:
            self.stack = self.stack.with_entry(name, scale=scale)
            shown.append(render(self.engine, self.draft(self.stack.entry(name).sha256)))
        return shown[-1]


def stack_of(style, words, quick, kind: str = "lcm") -> AdapterStack:
    marked = row(quick, for_drafts=DraftWay(kind, 2))
    return AdapterStack(entries=(row(style, scale=0.7), marked, row(words, scale=0.4)))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", MODES)
def test_nothing_of_it_is_in_a_settled_picture(
    engines, request_for, style, words, quick, dtype, mode
):
    """Drags of two faders, a cancel, a failure and an undo; then as rendered without the row."""
    engine = engines(dtype, mode)
    studio = Studio(engine, request_for, stack_of(style, words, quick))
    first = studio.settle()
    pictures = [first.picture]
    for name, scales in (("style", (0.6, 1.4)), ("words", (0.9, -0.5)), ("style", (0.2, 1.1))):
        draft = studio.drag(name, *scales)
        assert draft.request.draft_adapter == quick.sha256
        _cancel(engine, studio.draft(studio.stack.entry(name).sha256))
        _fail(engine, studio.draft())
        shown = studio.settle()
        forget(engine)
        alone = render(engine, settled(studio.stack.without_draft_rows(), request_for, engine))
        assert (alone.picture, alone.fingerprint) == (shown.picture, shown.fingerprint)
        assert alone.request == shown.request
        assert draft.picture != shown.picture
        pictures.append(shown.picture)
    studio.stack = stack_of(style, words, quick)
    studio.drag("style", 0.3)
    studio.stack = stack_of(style, words, quick)
    engine._pictures.forget()
    back = studio.settle()
    assert not back.is_from_cache
    assert (back.picture, back.fingerprint) == (first.picture, first.fingerprint)
    assert len({p.rgb for p in pictures}) == len(pictures)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", MODES)
def test_its_own_fader_is_seen_in_drafts_and_leaves_no_trace(
    engines, request_for, style, words, quick, dtype, mode
):
    engine = engines(dtype, mode)
    studio = Studio(engine, request_for, stack_of(style, words, quick))
    first = studio.settle()
    one, other = studio.drag(quick.name, 0.3), studio.drag(quick.name, 0.3, 3.0)
    assert other.request.draft_adapter == quick.sha256
    assert one.picture != other.picture
    engine._pictures.forget()
    back = studio.settle()
    assert not back.is_from_cache
    assert (back.picture, back.fingerprint) == (first.picture, first.fingerprint)


def _cancel(engine: StudioEngine, request: GenerationRequest) -> None:
    """In the middle of its steps, with all of its weights in place."""
    token = CancelToken()
    other = msgspec.structs.replace(request.sampling, seed=99)

    def stop(_) -> None:
        token.cancel()

    with pytest.raises(Cancelled):
        engine.render(msgspec.structs.replace(request, sampling=other), token, stop)


def _fail(engine: StudioEngine, request: GenerationRequest) -> None:
    """In the middle of merging: no strength is so large that weights bear it."""
    rows = [
        msgspec.structs.replace(a, scale=float("inf")) if a.sha256 == request.draft_adapter else a
        for a in request.adapters
    ]
    with pytest.raises(LoraviewerError):
        render(engine, msgspec.structs.replace(request, adapters=tuple(rows)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_draft_is_what_its_request_says_whatever_came_before(
    engines, request_for, style, words, quick, dtype
):
    """So that one which is saved can be made again from its record."""
    engine = engines(dtype, "merged")
    studio = Studio(engine, request_for, stack_of(style, words, quick))
    studio.settle()
    draft = studio.drag("style", 0.5, 1.3, 0.9)
    forget(engine)
    record = from_json(to_json(record_of(draft)))
    again = render(engine, record.request)
    assert not again.is_from_cache
    assert again.picture == draft.picture
    assert again.request == draft.request


@pytest.mark.parametrize("kind", ACCELERATIONS)
def test_every_way_makes_a_picture_of_its_own_sampler(
    engines, request_for, style, words, quick, kind
):
    engine = engines("float32", "merged")
    studio = Studio(engine, request_for, stack_of(style, words, quick, kind))
    shown = render(engine, studio.draft())
    assert shown.request.sampling.steps == 2
    assert shown.request.sampling.sampler == ACCELERATIONS[kind].sampler
    assert shown.picture == render(engine, studio.draft()).picture


def test_a_draft_that_holds_no_fader_is_the_picture_of_the_stack_with_it(
    engines, request_for, style, words, quick
):
    engine = engines("float32", "merged")
    studio = Studio(engine, request_for, stack_of(style, words, quick))
    draft = render(engine, studio.draft())
    forget(engine)
    plain = msgspec.structs.replace(draft.request, is_draft=False, draft_adapter="")
    whole = render(engine, plain)
    assert whole.picture == draft.picture


def test_noise_of_tcd_is_drawn_from_the_seed(engines, request_for, style, words, quick):
    engine = engines("float32", "merged")
    studio = Studio(engine, request_for, stack_of(style, words, quick, "tcd"))
    request = studio.draft()
    one = render(engine, request)
    engine._pictures.forget()
    assert render(engine, request).picture == one.picture
    assert render(engine, request.with_seed(8)).picture != one.picture
