"""When to start, and when to let finish: pure rules for a steady stream of edits.

Always cancelling starves a drag (no picture until release); never cancelling lags behind it.
"""

NEARLY_DONE = 0.7
STARVING_GENERATIONS = 2.0
SLOW_GENERATION_S = 1.5
DEBOUNCE_S = 0.25
LONGEST_WAIT_S = 3.0
PREVIEW_PAYS_S = 0.6


def lets_finish(fraction_done: float, since_shown_s: float, average_s: float | None) -> bool:
    """Whether a superseded job may finish.

    fraction_done: 0 … 1 of its steps. since_shown_s: how long its pane has shown nothing new.
    average_s: mean generation time, None before the first.
    """
    if fraction_done >= NEARLY_DONE:
        return True
    return average_s is not None and since_shown_s >= STARVING_GENERATIONS * average_s


def start_delay_s(average_s: float | None, since_first_edit_s: float) -> float:
    """Seconds to wait after an edit before starting.

    Fast machines start at once. Slow ones (average above 1.5 s) wait 0.25 s for the edits to
    pause, but never let the first unanswered edit wait longer than 3 s.
    """
    if average_s is None or average_s <= SLOW_GENERATION_S:
        return 0.0
    return max(0.0, min(DEBOUNCE_S, LONGEST_WAIT_S - since_first_edit_s))


def shows_previews(steps: int, average_step_s: float | None) -> bool:
    """Whether partial pictures help: a picture that is there at once would only flicker.

    average_step_s: mean seconds of a picture per step, None before the first.
    """
    return average_step_s is None or steps * average_step_s >= PREVIEW_PAYS_S


def running_average_s(average_s: float | None, newest_s: float, weight: float = 0.3) -> float:
    """Exponential mean of generation times."""
    return newest_s if average_s is None else (1.0 - weight) * average_s + weight * newest_s
