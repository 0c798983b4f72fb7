"""How the quick picture is made that stands in for a settled one while a fader is held."""

import msgspec

from loraviewer.core.request import GenerationRequest, ResumedFrom


def draft_of(
    settled: GenerationRequest, before: GenerationRequest | None, steps: int, held: str = ""
) -> GenerationRequest:
    """The draft of a picture, in `steps` denoising rounds; the picture itself if that takes fewer,
    or if it is `before` and a cache has it.

    before: the settled picture that its pane showed last. Where only the stack differs, its last
    steps are run again; else, few steps from the start.
    """
    if settled.sampling.steps <= steps or settled == before:
        return settled
    draft = msgspec.structs.replace(settled, is_draft=True, held=held)
    done = settled.sampling.steps - steps
    resumed = msgspec.structs.replace(
        draft, resumed=ResumedFrom(before.adapters if before else (), done)
    )
    return resumed if before == resumed.origin() else resumed.from_the_start()
