"""What one pane is to show, what is under way for it, and what it shows. No Qt, no engine."""

import msgspec

from loraviewer.bridge.rendering.jobs import Job, RenderJob
from loraviewer.core.drafts import is_quick_way_to
from loraviewer.core.outcome import Progress, Rendered
from loraviewer.core.pacing import Pace, lets_finish
from loraviewer.core.pane import PaneId
from loraviewer.core.request import GenerationRequest


class PaneQueue:
    """The newest wish always wins, also where it goes back to an older one.

    A job that a wish supersedes may still finish (`core.pacing`); it then lags behind. Answers of
    any other job are stale.
    """

    def __init__(self, pane_id: PaneId) -> None:
        self.pane_id = pane_id
        self.wish: RenderJob | None = None
        """What the pane is to show, answered or not."""
        self.wanted: RenderJob | None = None
        """The wish, as long as nothing has been started for it."""
        self.settled: GenerationRequest | None = None
        """Of the settled picture that the pane showed last: where drafts may start. Compiled where
        it was asked to be, as the next ones are."""
        self.draft_merging_s = 0.0
        """What it took to put an adapter for drafts only into the weights that the pane's drafts
        are made with now; 0 once its picture is settled."""
        self._newest: Job | None = None
        self._lagging: Job | None = None
        self._shown: RenderJob | None = None
        self._shown_at_s: float | None = None
        self._fraction = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether an answer is under way."""
        return self._newest is not None

    @property
    def is_outdated(self) -> bool:
        """Whether the pane shows anything else than it is to show."""
        return self._shown is None or self.wish is None or not _same(self._shown, self.wish)

    @property
    def is_under_way(self) -> bool:
        """Whether the newest job will answer the wish."""
        newest = self._newest.work if self._newest else None
        return isinstance(newest, RenderJob) and _same(newest, self.wish)

    def wish_for(self, work: RenderJob) -> None:
        """From now on the pane is to show this; `wanted` says whether that takes a job."""
        self.wish = work
        is_answered = not self.is_outdated or self.is_under_way
        self.wanted = None if is_answered else work

    def lets_running_finish(self, now_s: float, pace: Pace) -> bool:
        """Whether the job under way may finish although there is a newer wish."""
        job = self._lagging or self._newest
        if job is None or not isinstance(job.work, RenderJob):
            return False
        request = job.work.request
        expected_s = pace.expected_s(is_draft=request.is_draft, steps=request.steps_run)
        since_shown_s = 0.0 if self._shown_at_s is None else now_s - self._shown_at_s
        return lets_finish(self._fraction, since_shown_s, expected_s)

    def started(self, job: Job) -> None:
        """A job was submitted for what was wanted; what still may end of the former ones lags."""
        former = (self._newest, self._lagging)
        self._lagging = next((j for j in former if j and not j.token.is_cancelled), None)
        self._newest = job
        self.wanted = None
        if self._lagging is None:
            self._fraction = 0.0

    def dropped(self) -> None:
        """Whatever is under way was cancelled or counts no more."""
        self._newest = self._lagging = self.wanted = None
        self._fraction = 0.0

    def forget(self) -> None:
        """Another checkpoint: nothing that was wished for or shown counts any more."""
        self.dropped()
        self.wish = self._shown = self.settled = None
        self.draft_merging_s = 0.0

    def awaits(self, job: Job) -> bool:
        """Whether what this job says still counts."""
        return any(j is not None and j.job_id == job.job_id for j in (self._newest, self._lagging))

    def is_newest(self, job: Job) -> bool:
        return self._newest is not None and self._newest.job_id == job.job_id

    def progressed(self, step: Progress) -> None:
        self._fraction = step.step / step.steps if step.steps else 0.0

    def ended(self, job: Job) -> None:
        """A job that was awaited has its answer; with the newest, older ones are over, too."""
        if self.is_newest(job):
            self._newest = None
        self._lagging = None
        self._fraction = 0.0

    def showing(self, request: GenerationRequest) -> bool:
        """Whether the pane shows the answer to exactly this."""
        return self._shown is not None and self._shown.request == request

    def shows(self, work: RenderJob, rendered: Rendered, now_s: float) -> None:
        """The pane shows the answer to `work` from now on."""
        self._shown = work
        self._shown_at_s = now_s
        if not rendered.request.is_draft:
            asked = work.request.is_compiled
            self.settled = msgspec.structs.replace(rendered.request, is_compiled=asked)
            self.draft_merging_s = 0.0
        elif rendered.request.draft_adapter:
            merging_s = rendered.timings.merge_ms / 1e3
            self.draft_merging_s = max(self.draft_merging_s, merging_s)

    def shows_draft_of(self, request: GenerationRequest) -> bool:
        """Whether the pane shows a draft of this picture, or of one that only differs in its
        stack: nearer to it than any step on the way."""
        if self._shown is None or not self._shown.request.is_draft:
            return False
        return is_quick_way_to(self._shown.request, request.sampling)


def _same(one: RenderJob, other: RenderJob | None) -> bool:
    return other is not None and one.request == other.request
