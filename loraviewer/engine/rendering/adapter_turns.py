"""LoRA Switch and LoRA Composite (Zhong et al. 2024, arXiv 2402.16843): adapters act alone, each
merged at its own strength, in turn or all in every step.

Switch: in step t, from 0, the adapter ⌊t/τ⌋ mod k. Composite: the paper's mean of
wᵢ·[e(z) + s·(e(z, c) − e(z))] over the adapters, in which wᵢ is here the strength that adapter i is
merged at, and no factor of its prediction: so one adapter at any strength gives the picture that
it gives in a sum. The mean is that of the network's predictions, of which classifier-free guidance
is a linear function.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import torch
import xxhash

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.naming.base import TEXT_ENCODERS
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import RequestError
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.turns import acting_in
from loraviewer.engine.loaded import Loaded
from loraviewer.engine.rendering.renderers.taking_turns import Turn, Turns
from loraviewer.engine.spare_cores import torch_threads

_DENOISERS = ("unet", "transformer")

Embed = Callable[[AppliedAdapter], tuple[object, object]]
"""The prompts, positive and negative, as the text encoders read them with one adapter in force."""


class AdapterTurns:
    """The adapters of one picture of which each acts alone. Merging is the merger's: a turn is a
    settled stack of one adapter, and so is what is live after the last."""

    def __init__(
        self,
        loaded: Loaded,
        request: GenerationRequest,
        acting: Sequence[int],
        adapters: Mapping[str, Adapter],
        token: CancelToken,
    ) -> None:
        """acting: indices of those that have a turn, at least two. adapters: by sha256.
        `RequestError` where one of them changes what cannot change from step to step."""
        self._loaded = loaded
        self._request = request
        self._acting = {index: request.adapters[index] for index in acting}
        self._adapters = adapters
        self._token = token
        self._threads = torch.get_num_threads()
        self._prints: list[str] = []
        self._check()

    def prepared(self, embed: Embed) -> dict[int, Turn]:
        """By index, in their order."""
        turns: dict[int, Turn] = {}
        for index, adapter in self._acting.items():
            self._token.raise_if_cancelled()
            turns[index] = Turn(self._entering(adapter), *embed(adapter))
            if not self._request.is_draft:  # hashing takes as long as merging
                self.put_in_force(adapter)
                self._prints.append(self._loaded.merger.fingerprint())
        return turns

    def turns(self, prepared: Mapping[int, Turn]) -> Turns:
        """Whose turn it is in which step."""
        rule, count = self._request.merge_rule, len(self._request.adapters)
        last = self._request.sampling.steps - 1

        def acting(step: int) -> list[Turn]:
            # Schedulers that step twice end beyond the last.
            return [prepared[index] for index in acting_in(rule, count, min(step, last))]

        return Turns(acting)

    @property
    def fingerprint(self) -> str:
        """Of the rule and of the weights with each adapter in force, in their order; "" of
        drafts."""
        told = "|".join((self._request.merge_rule.text, *self._prints))
        return xxhash.xxh3_128_hexdigest(told.encode()) if self._prints else ""

    def put_in_force(self, adapter: AppliedAdapter) -> None:
        """One of them, with its text encoders; by as many threads as any merge takes, since sums
        of others round otherwise. Raises `MergeError` and `Cancelled`."""
        with torch_threads(self._threads):
            self._loaded.merger.apply((adapter,), self._adapters, self._token)

    def _entering(self, adapter: AppliedAdapter) -> Callable[[], None]:
        """Prompts are read already, so that text encoders need not change with every step."""
        quiet = msgspec.structs.replace(adapter, text_scale=0.0)
        return lambda: self.put_in_force(quiet)

    def _check(self) -> None:
        changes_prompts = self._loaded.checkpoint.renderer.changes_prompts
        if not changes_prompts and self._loaded.adapters.text_weights(self._acting.values()):
            raise RequestError(
                say(
                    "With this kind of base the text encoders cannot change from step to step, "
                    "and “{rule}” asks for it; set the text strengths to 0, or choose the sum.",
                    rule=self._request.merge_rule.facts.title,
                )
            )
        allowed = {*_DENOISERS, *TEXT_ENCODERS}
        for one in self._adapters.values():
            others = sorted({component for component, _ in one.weights} - allowed)
            if others:
                raise RequestError(
                    say(
                        "“{name}” changes the part “{part}”, which does nothing in a step of its "
                        "own; remove it, or choose the sum.",
                        name=one.name,
                        part=others[0],
                    )
                )
