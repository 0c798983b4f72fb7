"""Requests → pictures of the loaded checkpoint: known ones from a cache, others made."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
import torch

from loraviewer.core.allocator import give_back_freed_memory
from loraviewer.core.batching import in_batches
from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.outcome import MergeError, OutOfMemory, Progress, Rendered, Timings
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.engine.answerable import answerable
from loraviewer.engine.bounded_cache import BoundedCache, picture_bytes
from loraviewer.engine.compiling.compiled_denoiser import NotCompiled, picture_shape
from loraviewer.engine.device import available_cores, free_caches, threads_in_use
from loraviewer.engine.loaded import Loaded
from loraviewer.engine.noisy_layers import noisy_layers
from loraviewer.engine.rendering.least_memory import check_room
from loraviewer.engine.rendering.output_noise import OutputNoise
from loraviewer.engine.rendering.picture_maker import Outputs, PictureMaker
from loraviewer.engine.rendering.pipeline import prompt_chunks
from loraviewer.engine.rendering.walk import Walk, WalkedStep
from loraviewer.engine.spare_cores import SpareCores, measure_cpu

_Value = TypeVar("_Value")
_Tell = Callable[[Progress], None]


class PictureAnswers:
    """Engine thread only. What was made for one checkpoint is forgotten by whoever loads another.

    With the same number of CPU threads, the same request gives the same bytes; with another number,
    nothing is kept that was made before.
    """

    def __init__(
        self,
        device: torch.device,
        image_cache_bytes: int,
        batch_pixels: int,
        shares_cores: bool,
    ) -> None:
        """batch_pixels: of all pictures in a batch, 0 for one by one. shares_cores: whether
        pictures leave cores to other programs that use them."""
        self._device = device
        self._images = BoundedCache(image_cache_bytes, picture_bytes)
        self._batch_pixels = batch_pixels
        self._threads = threads_in_use(device)
        self._spare_cores = _spare_cores() if shares_cores and device.type == "cpu" else None

    def forget(self) -> None:
        """All pictures that were made so far."""
        self._images.clear()

    def recover(self, loaded: Loaded | None) -> None:
        """After an unexpected failure or out-of-memory: restore weights, free caches."""
        if loaded is not None:
            loaded.graphs.spare()
            # Where a base weight can no longer be read, the next merge tries again and says so.
            _rest(loaded)
            with contextlib.suppress(MergeError):
                loaded.merger.restore()
            loaded.forget_results()
        self._images.clear()
        free_caches(self._device)

    def one(
        self, loaded: Loaded, request: GenerationRequest, token: CancelToken, on_progress: _Tell
    ) -> Rendered:
        """The picture of a request."""
        made = self._whole(loaded, request, token, on_progress)
        seed = request.sampling.seed
        return next(rendered for rendered in made if rendered.request.sampling.seed == seed)

    def many(
        self,
        loaded: Loaded,
        requests: Sequence[GenerationRequest],
        token: CancelToken,
        on_progress: Callable[[int, Progress], None],
    ) -> tuple[Rendered, ...]:
        """Those that only differ in their seeds in one go where that pays; see
        `StudioEngine.render_many`."""
        takes_batches = loaded.checkpoint.renderer.takes_batches
        made: list[Rendered] = []
        for batch in in_batches(requests, self._batch_pixels if takes_batches else 0):
            tell = functools.partial(on_progress, len(made))
            made += self._batch(loaded, batch, token, tell)
        return tuple(made)

    def disturbed(
        self,
        loaded: Loaded,
        request: GenerationRequest,
        disturbance: Disturbance,
        token: CancelToken,
        on_progress: _Tell,
    ) -> Rendered:
        """One picture with noise on outputs, which no cache knows of."""

        def make() -> Rendered:
            noise = _noise(loaded, request, disturbance, token)
            (made,) = self._alone(loaded, request, token, on_progress, noise).make()
            give_back_freed_memory()
            return made

        return self._cleared_up(loaded, request, make)

    def walked(
        self,
        loaded: Loaded,
        request: GenerationRequest,
        disturbance: Disturbance | None,
        token: CancelToken,
        led: Sequence[WalkedStep],
    ) -> tuple[WalkedStep, ...]:
        """What the network says at each step; see `StudioEngine.walked`."""

        def walk_all() -> tuple[WalkedStep, ...]:
            noise = _noise(loaded, request, disturbance, token) if disturbance else None
            walk = Walk(noise, led)
            self._alone(loaded, request, token, lambda step: None, walk).walk()
            return tuple(walk.steps)

        return self._cleared_up(loaded, request, walk_all)

    def _batch(
        self,
        loaded: Loaded,
        batch: Sequence[GenerationRequest],
        token: CancelToken,
        on_progress: _Tell,
    ) -> list[Rendered]:
        try:
            return self._whole(loaded, batch[0], token, on_progress)
        except OutOfMemory:
            if len(batch) == 1:
                raise
        alone = [msgspec.structs.replace(request, batch=()) for request in batch]
        return [self.one(loaded, request, token, on_progress) for request in alone]

    def _whole(
        self, loaded: Loaded, request: GenerationRequest, token: CancelToken, on_progress: _Tell
    ) -> list[Rendered]:
        """The picture and all others of its batch."""
        make = functools.partial(self._made, loaded, request, token, on_progress)
        return self._cleared_up(loaded, request, make)

    def _cleared_up(
        self, loaded: Loaded, request: GenerationRequest, make: Callable[[], _Value]
    ) -> _Value:
        """What `make` makes; `OutOfMemory` once everything is cleared up."""
        try:
            return make()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # After the except block: its traceback would keep the tensors alive.
        self.recover(loaded)
        raise OutOfMemory(_lack_of_memory(request))

    def _alone(
        self,
        loaded: Loaded,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: _Tell,
        outputs: Outputs,
    ) -> PictureMaker:
        """Of one settled picture, beside all that is kept of others."""
        request = msgspec.structs.replace(request, batch=(), is_compiled=False)
        request = answerable(request, loaded.info, holds_faders=False)
        self._follow_threads(loaded)
        check_room(loaded.checkpoint, request, loaded.graphs)
        threads = torch.get_num_threads()
        return PictureMaker(loaded, request, token, on_progress, threads, outputs=outputs)

    def _made(
        self, loaded: Loaded, request: GenerationRequest, token: CancelToken, on_progress: _Tell
    ) -> list[Rendered]:
        holds_faders = loaded.merger.holds_faders
        request = answerable(request, loaded.info, holds_faders=holds_faders)
        self._follow_threads(loaded)
        known = self._known_uncompiled(request)
        if known is not None:
            return known
        request = _compilable(loaded, request)
        kept = loaded.kept_step(request)
        if request.resumed is not None and kept is None:
            request = request.from_the_start()
        known = self._known(request)
        if known is not None:
            return known
        check_room(loaded.checkpoint, request, loaded.graphs)
        threads = self._spare_cores.threads() if self._spare_cores else torch.get_num_threads()
        try:
            made = PictureMaker(loaded, request, token, on_progress, threads, kept).make()
        except NotCompiled:
            made = None
        if made is None:  # after the except block, whose traceback holds the tensors
            return self._made(loaded, request.uncompiled(), token, on_progress)
        for rendered in made:
            self._images.put(rendered.request.sha256(), rendered)
        if not request.is_draft:
            give_back_freed_memory()
        return made

    def _follow_threads(self, loaded: Loaded) -> None:
        """Merged weights, embeddings and steps are sums, too: of other threads, they would not give
        the bytes that a fresh start gives."""
        threads = threads_in_use(self._device)
        if threads == self._threads:
            return
        loaded.merger.restore()
        loaded.forget_results()
        self._images.clear()
        self._threads = threads

    def _known_uncompiled(self, request: GenerationRequest) -> list[Rendered] | None:
        """What a picture that may be compiled would be a second one of."""
        if not request.is_compiled or self._known(request) is not None:
            return None
        return self._known(request.uncompiled())

    def _known(self, request: GenerationRequest) -> list[Rendered] | None:
        """The picture and all others of its batch, if every one is still there."""
        found = [(one, self._images.get(one.sha256())) for one in request.of_batch()]
        known = [
            msgspec.structs.replace(rendered, request=one, timings=Timings(), is_from_cache=True)
            for one, rendered in found
            if rendered is not None
        ]
        return known if len(known) == len(found) else None


def _compilable(loaded: Loaded, request: GenerationRequest) -> GenerationRequest:
    """As it is answered now: compiled where that was asked for and a program is there."""
    if not request.is_compiled or loaded.compiled is None:
        return request.uncompiled()
    shape = picture_shape(request, prompt_chunks(loaded.checkpoint, request.sampling))
    return request if loaded.compiled.ask(shape) else request.uncompiled()


def _noise(
    loaded: Loaded, request: GenerationRequest, disturbance: Disturbance, token: CancelToken
) -> OutputNoise:
    seed = request.sampling.seed
    if disturbance.place == "guided":
        return OutputNoise(disturbance, seed)
    adapters = loaded.adapters.looked_up(disturbance.layers_of, token).values()
    networks, known = loaded.checkpoint.networks, loaded.base_energies
    return OutputNoise(disturbance, seed, noisy_layers(adapters, networks, loaded.merger, known))


def _rest(loaded: Loaded) -> None:
    """Where there is no room for a denoiser that gave way, the next picture asks again."""
    try:
        loaded.checkpoint.placement.rest()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise


def _spare_cores() -> SpareCores:
    cores = available_cores()
    return SpareCores(torch.get_num_threads(), len(cores), lambda: measure_cpu(cores))


def _lack_of_memory(request: GenerationRequest) -> str:
    size = f"{request.sampling.width}×{request.sampling.height}"
    return say("There is not enough memory for a picture of {size}; make it smaller.", size=size)
