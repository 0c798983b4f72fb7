"""Python's cycle collector while a process starts, and beside a window.

Importing torch and diffusers makes half a million objects, all of which stay. The collector looks
through them again and again and finds nothing; each look holds Python's lock, and with it the
window, for a third of a second.
"""

import gc


def pause_collector() -> None:
    """Until `resume_collector`: before anything large is imported."""
    gc.disable()


def keep_for_good() -> None:
    """What is there by now is never looked through again, only what comes. Call it after imports
    and before there is anything that is meant to go, such as a checkpoint: that would stay, too.
    Does nothing where the collector was not paused."""
    if not gc.isenabled():
        gc.freeze()


def resume_collector() -> None:
    gc.enable()
