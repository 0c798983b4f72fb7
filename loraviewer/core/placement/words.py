"""The one sentence of a plan."""

from collections.abc import Callable, Mapping

from loraviewer.core.placement.plan import LoadPlan, Machine, Manner
from loraviewer.core.sentences import Sentence, figure, say, together
from loraviewer.core.sizes import bytes_text


def sentence_of(plan: LoadPlan) -> Sentence:
    """How it fits, and how much of the memory it takes at most."""
    used, memory = (figure(bytes_text(n)) for n in (plan.peak_bytes, plan.memory_bytes))
    return _MANNERS[plan.manner](used, memory)


def _whole(used: str, memory: str) -> Sentence:
    return say("Fits in whole: {used} of {memory}.", used=used, memory=memory)


def _pinned(used: str, memory: str) -> Sentence:
    return say(
        "Fits, with base weights kept in main memory: {used} of {memory}.", used=used, memory=memory
    )


def _text(used: str, memory: str) -> Sentence:
    return say(
        "Fits while text encoders wait in main memory: {used} of {memory}.",
        used=used,
        memory=memory,
    )


def _text_vae(used: str, memory: str) -> Sentence:
    return say(
        "Fits while text encoders and VAE wait in main memory: {used} of {memory}.",
        used=used,
        memory=memory,
    )


def _lean(used: str, memory: str) -> Sentence:
    return say(
        "Fits where base weights are read from the file again at every change: {used} of {memory}.",
        used=used,
        memory=memory,
    )


def _turns(used: str, memory: str) -> Sentence:
    return say(
        "Fits where denoiser and text encoders take turns: {used} of {memory}.",
        used=used,
        memory=memory,
    )


def _beside(used: str, memory: str) -> Sentence:
    return say(
        "Fits with adapters computed beside the weights: {used} of {memory}.",
        used=used,
        memory=memory,
    )


def _streamed(used: str, memory: str) -> Sentence:
    return say(
        "Fits with its denoiser brought block by block at every step: {used} of {memory}.",
        used=used,
        memory=memory,
    )


def _all_streamed(used: str, memory: str) -> Sentence:
    return say(
        "Fits with denoiser and text encoders brought block by block: {used} of {memory}.",
        used=used,
        memory=memory,
    )


def _merged_streamed(used: str, memory: str) -> Sentence:
    return say(
        "Fits with its denoiser brought block by block at every step, and adapters merged in main "
        "memory: {used} of {memory}.",
        used=used,
        memory=memory,
    )


_MANNERS: Mapping[Manner, Callable[[str, str], Sentence]] = {
    "whole": _whole,
    "pinned": _pinned,
    "text": _text,
    "text_vae": _text_vae,
    "lean": _lean,
    "turns": _turns,
    "beside": _beside,
    "streamed": _streamed,
    "all_streamed": _all_streamed,
    "merged_streamed": _merged_streamed,
}


def refusal(plan: LoadPlan, machine: Machine, is_packed: bool) -> Sentence:
    """What is short, and what to do."""
    main = machine.main
    needed = max(plan.main_bytes, plan.loading_bytes)
    if plan.left_bytes >= 0 and main is not None:
        return say(
            "Does not fit: it needs {needed} of main memory, which has {memory}; use a smaller "
            "version of it or more main memory.",
            needed=figure(bytes_text(needed)),
            memory=figure(bytes_text(main)),
        )
    needs = say(
        "Does not fit: it needs at least {needed} of {memory}.",
        needed=figure(bytes_text(plan.peak_bytes)),
        memory=figure(bytes_text(plan.memory_bytes)),
    )
    return together([needs, _advice(plan, is_packed)])


def _advice(plan: LoadPlan, is_packed: bool) -> Sentence:
    """What helps: less of a picture where that is what does not fit, else smaller weights."""
    weights = plan.peak_bytes - plan.parts["picture"]
    if weights < plan.memory_bytes:
        return say("Make pictures smaller.")
    if not plan.has_card:
        return say("Close other programs, or use more main memory or a smaller version of it.")
    if is_packed or plan.peak_stage == "encoding":
        return say("Use a graphics card with more memory.")
    return say("Use a GGUF version of it or a graphics card with more memory.")
