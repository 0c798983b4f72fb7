"""Painters for processes of their own: found there by name, so they lie in a module."""

import os
import signal

from loraviewer.core.outcome import AdapterError, NotFinite
from tests.lab.experiments.painters import NoisePainter


class KilledPainter(NoisePainter):
    def render(self, request, token, on_progress):
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class BrokenPainter(NoisePainter):
    def render(self, request, token, on_progress):
        raise ZeroDivisionError("a slip")


class LostPainter(NoisePainter):
    def render(self, request, token, on_progress):
        raise NotFinite("Numbers overflowed.")


class PickyPainter(NoisePainter):
    def render(self, request, token, on_progress):
        if request.sampling.seed == 3:
            raise AdapterError("“b.safetensors” is no longer there.", subject="b")
        return super().render(request, token, on_progress)


class EndlessPainter(NoisePainter):
    """Its first picture is never done."""

    was_cancelled = False

    def render(self, request, token, on_progress):
        try:
            while True:
                token.raise_if_cancelled()
        finally:
            self.was_cancelled = token.is_cancelled


def nothing_to_start():
    raise AdapterError("“base” is no longer there.")
