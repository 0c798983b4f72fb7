"""No network and no chatter: set before any Hugging Face library is imported."""

import logging
import os

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

    They read these variables when they are first imported; the loaders additionally pass
    `local_files_only`. Errors still come as exceptions.
    """
    os.environ.update(_SETTINGS)
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "critical")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")
    for name in ("diffusers", "transformers", "huggingface_hub", "accelerate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
