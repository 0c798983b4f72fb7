"""A request as a loaded checkpoint answers it, or why it cannot."""

import msgspec

from loraviewer.core.outcome import RequestError
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.sentences import say


def answerable(
    request: GenerationRequest, info: CheckpointInfo, *, holds_faders: bool
) -> GenerationRequest:
    """The request with what the answer will really be: checkpoint, device, precision.

    A sampler that the checkpoint cannot use gives way to its own. holds_faders: whether a held one
    may have weights of its own; without, and where the stack is no sum, its drafts are those of the
    settled weights. Raises `RequestError`.
    """
    sampling = request.sampling
    problem = request.problem() or _size_problem(sampling, info.size_multiple)
    if problem:
        raise RequestError(problem)
    if sampling.sampler not in info.samplers:  # the pipeline keeps its own
        sampling = msgspec.structs.replace(sampling, sampler=info.default_sampler)
    asked = request.checkpoint.identity
    if asked and asked != info.identity:
        raise RequestError(
            say(
                "This picture asks for another checkpoint than “{name}”; open {path} first.",
                name=info.name,
                path=str(request.checkpoint.path),
            )
        )
    prediction = _prediction(request.prediction, info)
    is_summed = holds_faders and request.merge_rule.is_sum
    is_held = request.is_draft and bool(request.held) and is_summed
    return msgspec.structs.replace(
        request,
        checkpoint=CheckpointRef(info.source, info.identity),
        sampling=sampling,
        device=info.device,
        dtype=info.dtype,
        merge_mode=info.merge_mode,
        held=request.held if is_held else "",
        grasped=request.grasped if is_held else (),
        prediction=prediction,
    )


def _prediction(asked: Prediction, info: CheckpointInfo) -> Prediction:
    if info.prediction is None and asked == AS_FOUND:
        return asked
    if info.prediction is None:
        raise RequestError(
            say(
                "What “{name}” predicts belongs to its training and cannot be chosen; leave it as "
                "the base says.",
                name=info.name,
            )
        )
    if problem := info.prediction.problem(asked):
        raise RequestError(problem)
    return info.prediction.settled(asked)


def _size_problem(sampling: Sampling, multiple: int) -> str | None:
    if sampling.width % multiple == 0 and sampling.height % multiple == 0:
        return None
    size = f"{sampling.width}×{sampling.height}"
    return say(
        "This checkpoint's pictures need sides that are multiples of {multiple}, not {size}.",
        multiple=multiple,
        size=size,
    )
