"""Python's cycle collector while a process starts.

Importing torch and diffusers and building networks makes some million objects, all of which stay;
the collector looks through them again and again and finds nothing.
"""

import gc


def pause_collector() -> None:
    """Until `resume_collector`: before anything large is imported."""
    gc.disable()


def resume_collector() -> None:
    """What is there by now is never looked through again. Does nothing where it was not paused."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
