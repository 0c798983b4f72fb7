"""Whose turn it is in a denoising step, by the rules that act while a picture is denoised.

LoRA Switch and LoRA Composite of Zhong et al. 2024 (arXiv 2402.16843). Adapters take their turns in
canonical order, by content hash: as in a sum, the order of rows counts for nothing.
"""

from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.request import GenerationRequest


def acting_in(rule: MergeRule, count: int, step: int) -> tuple[int, ...]:
    """Which of `count` adapters act in a step, both counted from 0. Switch: ⌊step / τ⌋ mod count.
    Composite: all of them. For rules that act on weights there is no such thing: ()."""
    if not count or not rule.acts_at_decoding:
        return ()
    if rule.name == "switch":
        return (step // int(rule.amount) % count,)
    return tuple(range(count))


def with_a_turn(request: GenerationRequest) -> tuple[int, ...]:
    """Indices of the adapters that act in any step that the picture takes, in their order; where
    steps are few, some may not."""
    count, last = len(request.adapters), request.sampling.steps
    steps = range(last - request.steps_run, last)
    acting = {index for s in steps for index in acting_in(request.merge_rule, count, s)}
    return tuple(sorted(acting))
