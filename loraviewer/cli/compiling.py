"""A denoiser compiled before pictures are made, for the command line."""

import contextlib
import time
from typing import TYPE_CHECKING

import msgspec

from loraviewer.cli.shared import progress
from loraviewer.core.cancel import CancelToken
from loraviewer.core.request import GenerationRequest

if TYPE_CHECKING:
    from loraviewer.engine.studio_engine import StudioEngine

_LOOK_S = 0.2


def compile_before(engine: "StudioEngine", request: GenerationRequest) -> str:
    """Wait until pictures of this shape come of a compiled denoiser: seconds where it is on disk,
    else minutes. One sentence where they will not, "" where they will."""
    show = progress()
    settled = request.origin()
    sampling = msgspec.structs.replace(settled.sampling, steps=1)
    first = msgspec.structs.replace(settled, sampling=sampling, is_compiled=True)
    engine.render(first, CancelToken(), lambda _: None)  # it tells how the denoiser is called
    with contextlib.ExitStack() as left_behind:
        left_behind.callback(engine.close)  # whoever stops it meanwhile leaves no process or file
        report = engine.advance_compiling(CancelToken())
        while report.waiting:
            show("compiling the denoiser", 0.0)
            time.sleep(_LOOK_S)
            report = engine.advance_compiling(CancelToken())
        left_behind.pop_all()
    show("", 1.0)
    return report.problem
