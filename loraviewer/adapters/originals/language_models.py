"""Names of language models' weights, as published and as transformers calls them since release 5.

What loading really does is told by `engine.opening.file_names`; these rules of its tables are
enough to name a base that nobody loads. Sources: the checkpoints of Qwen2.5-VL and Mistral 3, and
the classes
`Qwen2_5_VLForConditionalGeneration` and `Mistral3ForConditionalGeneration` of transformers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_WITH_EYES: Mapping[str, str] = {
    "model.language_model.": "model.language_model.",
    "model.visual.": "model.visual.",
    "model.": "model.language_model.",
    "visual.": "model.visual.",
}
"""Qwen-VL: the tower of pictures lay beside the language model."""

_WITH_TOWER: Mapping[str, str] = {
    "language_model.lm_head.": "lm_head.",
    "language_model.model.": "model.language_model.",
    "vision_tower.": "model.vision_tower.",
    "multi_modal_projector.": "model.multi_modal_projector.",
}
"""LLaVA, Gemma 3, Mistral 3: the language model was wrapped with its head."""


def loaded_names(names: Iterable[str]) -> dict[str, str]:
    """Name in the files of a text encoder → name in the loaded network, where rules know it."""
    names = tuple(names)
    rules: Mapping[str, str] = {}
    if any(name.startswith("visual.") for name in names):
        rules = _WITH_EYES
    elif any(name.startswith("language_model.model.") for name in names):
        rules = _WITH_TOWER
    return {name: _renamed(name, rules) for name in names}


def _renamed(name: str, rules: Mapping[str, str]) -> str:
    prefix = next((prefix for prefix in rules if name.startswith(prefix)), "")
    return rules.get(prefix, "") + name.removeprefix(prefix)
