"""loraviewer: stack, weight and compare diffusion adapters live."""

__version__ = "0.1.0"
