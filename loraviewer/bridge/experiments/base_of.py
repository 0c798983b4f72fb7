"""Whether what an experiment asks for can be had of the base that is open."""

from PySide6.QtCore import QCoreApplication

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import GenerationRequest

translate = QCoreApplication.translate
_CONTEXT = "Experiments"


def other_base(request: GenerationRequest, info: CheckpointInfo | None) -> Failure | None:
    """Why not, in one sentence; None where it can."""
    if info is None or request.checkpoint.identity != info.identity:
        words = translate(
            _CONTEXT, "The experiment is of another base: open “{}” and let it go on."
        )
        return Failure(FailureKind.CHECKPOINT, words.format(request.checkpoint.path))
    here = (info.device, info.dtype, info.merge_mode)
    if (request.device, request.dtype, request.merge_mode) != here:
        words = translate(
            _CONTEXT, "The experiment was begun on {} in {}, and the studio works on {} in {} now."
        )
        told = words.format(request.device, request.dtype, info.device, info.dtype)
        return Failure(FailureKind.REQUEST, told)
    return None
