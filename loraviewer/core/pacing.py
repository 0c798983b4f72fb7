"""When to start, and when to let finish: pure rules for a steady stream of edits.

Always cancelling starves a drag (no picture until release); never cancelling lags behind it.
"""

import msgspec

NEARLY_DONE = 0.7
STARVING_GENERATIONS = 2.0
SLOW_GENERATION_S = 1.5
DEBOUNCE_S = 0.25
LONGEST_WAIT_S = 3.0
PREVIEW_PAYS_S = 0.6
SLOW_MERGE_S = 0.1
LONGEST_PAUSE_S = 1.0
_NEWEST_COUNTS = 0.3


class Pace(msgspec.Struct, frozen=True):
    """Mean seconds per denoising round, of drafts and of settled pictures apart; None before the
    first of its kind."""

    draft_step_s: float | None = None
    settled_step_s: float | None = None

    def learnt(self, *, is_draft: bool, steps: int, seconds: float) -> "Pace":
        """With a picture of so many rounds counted in; the newest counts three tenths."""
        before = self.draft_step_s if is_draft else self.settled_step_s
        step_s = _running_mean(before, seconds / steps)
        return msgspec.structs.replace(
            self, **{"draft_step_s" if is_draft else "settled_step_s": step_s}
        )

    def expected_s(self, *, is_draft: bool, steps: int) -> float | None:
        """Seconds that such a picture takes; by the other kind where there was none of this one."""
        own, other = self.settled_step_s, self.draft_step_s
        if is_draft:
            own, other = other, own
        step_s = other if own is None else own
        return None if step_s is None else steps * step_s


def lets_finish(fraction_done: float, since_shown_s: float, expected_s: float | None) -> bool:
    """Whether a superseded job may finish.

    fraction_done: 0 … 1 of its steps. since_shown_s: how long its pane has shown nothing new.
    expected_s: what it takes as a whole, None before the first picture.
    """
    if fraction_done >= NEARLY_DONE:
        return True
    return expected_s is not None and since_shown_s >= STARVING_GENERATIONS * expected_s


def settling_pause_s(merging_s: float) -> float:
    """Seconds for which weights stay those of a draft with an adapter for drafts only, in case that
    another edit follows: settling takes the adapter out, and the next draft puts it in again.

    merging_s: what putting it in took. As long as both ways take, never more than 1 s: at the worst
    a settled picture is late by what a next drag would have saved.
    """
    return min(2.0 * merging_s, LONGEST_PAUSE_S) if merging_s >= SLOW_MERGE_S else 0.0


def start_delay_s(
    expected_s: float | None, since_first_edit_s: float, pause_s: float = 0.0
) -> float:
    """Seconds to wait after an edit before starting, at least `pause_s` unless an edit waits long.

    Fast machines start at once. Slow ones (pictures above 1.5 s) wait 0.25 s for the edits to
    pause, but never let the first unanswered edit wait longer than 3 s.
    """
    is_slow = expected_s is not None and expected_s > SLOW_GENERATION_S
    pause_s = max(pause_s, DEBOUNCE_S if is_slow else 0.0)
    return max(0.0, min(pause_s, LONGEST_WAIT_S - since_first_edit_s))


def shows_previews(expected_s: float | None) -> bool:
    """Whether partial pictures help: a picture that is there at once would only flicker."""
    return expected_s is None or expected_s >= PREVIEW_PAYS_S


def _running_mean(before: float | None, newest: float) -> float:
    if before is None:
        return newest
    return (1.0 - _NEWEST_COUNTS) * before + _NEWEST_COUNTS * newest
