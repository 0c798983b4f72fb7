"""No network and no chatter: set before any Hugging Face library is imported."""

import importlib
import logging
import os
import sys

_SETTINGS = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def seal() -> None:
    """Forbid the network to the Hugging Face libraries, and keep them off stdout and stderr.

    They read these variables when they are first imported; what is imported already is told
    directly. The loaders additionally pass `local_files_only`. Errors still come as exceptions.
    """
    os.environ.update(_SETTINGS)
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "critical")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")
    for name in ("diffusers", "transformers", "huggingface_hub", "accelerate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _quieten_imported()


def _quieten_imported() -> None:
    """Progress bars of libraries that were imported before `seal`, as in a notebook."""
    for name in ("diffusers", "transformers"):
        if name in sys.modules:
            importlib.import_module(f"{name}.utils.logging").disable_progress_bar()
