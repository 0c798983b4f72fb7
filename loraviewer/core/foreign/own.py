"""Pictures that loraviewer saved: the exact state, from their own record."""

from loraviewer.core.foreign.picture import ForeignAdapter, ReadPicture
from loraviewer.core.infotext import read_json
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import going_on, say
from loraviewer.core.stack import AppliedAdapter

OWN = "loraviewer"


def read_own(text: str) -> ReadPicture:
    """Raises `FileError` where the record is damaged."""
    read = read_json(text)
    request = read.record.request
    sampling = request.sampling
    odd = [going_on(read.note)] if read.note else []
    if request.is_draft:
        odd.append(say("it is a draft, made while a fader was held; the settled picture differs"))
    if read.record.beyond:
        odd.append(
            say("it was made with {beyond}, which no request can say", beyond=read.record.beyond)
        )
    return ReadPicture(
        source=OWN,
        prompt=sampling.prompt,
        template=sampling.template,
        author=sampling.author,
        negative=sampling.negative_prompt,
        seed=sampling.seed,
        steps=sampling.steps,
        sampler=sampling.sampler,
        guidance=sampling.guidance_scale,
        width=sampling.width,
        height=sampling.height,
        words=sampling.words,
        loras=tuple(map(_adapter, request.adapters)),
        model=request.checkpoint.path,
        request=request,
        not_understood=(*odd, *_unusual(request), *_impossible(request)),
    )


def _adapter(applied: AppliedAdapter) -> ForeignAdapter:
    is_apart = applied.text_scale != applied.scale
    return ForeignAdapter(
        name=applied.name or applied.sha256[:10],
        scale=applied.scale,
        text_scale=applied.text_scale if is_apart else None,
        hashes=(applied.sha256,),
        path=applied.path,
        block_scales=applied.block_scales,
    )


def _impossible(request: GenerationRequest) -> list[str]:
    """Records are read as they are; what no stack can have is left out."""
    problem = request.merge_rule.problem()
    return [say("its merge rule: {problem}", problem=going_on(problem))] if problem else []


def _unusual(request: GenerationRequest) -> list[str]:
    """What a window has once for all pictures."""
    said = request.prediction.type
    return [say("what the base was said to predict: {said}", said=said)] if said else []
