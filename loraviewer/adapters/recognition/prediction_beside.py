"""What a checkpoint predicts by the `.yaml` beside it, as A1111, ComfyUI and Forge look for it.

Two forms are known: `parameterization: v` (CompVis, Stability AI, A1111), and the class of the
denoiser's scaling (SGM, as for SDXL). It is a text of strangers: small, plain, never run.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from loraviewer.adapters.recognition.checkpoint_header import CheckpointFacts
from loraviewer.core.families import UNKNOWN
from loraviewer.core.outcome import FileError
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.prediction import AS_FOUND, EPSILON, V_PREDICTION, Prediction, PredictionType
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 64 << 10
"""Those of published checkpoints have some 2 kB."""

_TYPES: Mapping[str, PredictionType] = {
    "v": V_PREDICTION,
    "v_prediction": V_PREDICTION,
    "vpred": V_PREDICTION,
    "VScaling": V_PREDICTION,
    "eps": EPSILON,
    "epsilon": EPSILON,
    "EpsScaling": EPSILON,
}
_TYPE_KEYS = frozenset({"parameterization", "prediction_type"})
_SCALING_KEY = "scaling_config"
_ZERO_KEYS = frozenset(
    {"ztsnr", "zsnr", "zero_snr", "use_ztsnr", "zero_terminal_snr", "rescale_betas_zero_snr"}
)
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


class SaidBeside(msgspec.Struct, frozen=True):
    """`source`: name of the file that says it, "" where none does. `problem`: one sentence about a
    file that could not be used."""

    prediction: Prediction = AS_FOUND
    source: str = ""
    problem: str = ""


NOTHING_BESIDE = SaidBeside()


def prediction_beside(path: Path) -> SaidBeside:
    """path: a single-file checkpoint. Never raises."""
    for suffix in SUFFIXES:
        file = path.with_suffix(suffix)
        if os.path.lexists(file):
            return _read(file)
    return NOTHING_BESIDE


def with_beside(path: Path, facts: CheckpointFacts) -> tuple[CheckpointFacts, tuple[str, ...]]:
    """The facts of a single-file checkpoint with what is said beside it, and what was passed over;
    only of those that predict noise or velocity."""
    if facts.prediction not in (EPSILON, V_PREDICTION, UNKNOWN):
        return facts, ()
    said = prediction_beside(path)
    problems = (said.problem,) if said.problem else ()
    if not said.source:
        return facts, problems
    own = Prediction("" if facts.prediction == UNKNOWN else _TYPES[facts.prediction])
    predicts = said.prediction.over(own)
    zero_snr = facts.is_zero_terminal_snr if predicts.zero_snr is None else predicts.zero_snr
    changed = replace(
        facts,
        prediction=predicts.type or UNKNOWN,
        is_zero_terminal_snr=zero_snr and predicts.type != EPSILON,
        evidence=(*facts.evidence, say("{file} beside it", file=said.source)),
    )
    return changed, problems


def _read(file: Path) -> SaidBeside:
    try:
        table = _table(read_regular(file, MAX_BYTES))
    except FileError:
        return _passed_over(_unusable(file))
    except OSError as error:
        return _passed_over(
            say(
                "“{path}” cannot be read ({why}); what it predicts is taken from the checkpoint "
                "alone.",
                path=str(file),
                why=reason_of(error),
            )
        )
    except _BadYaml:
        return _passed_over(
            say(
                "“{path}” is no YAML text; what it predicts is taken from the checkpoint alone.",
                path=str(file),
            )
        )
    said = dict(_said(table))
    types = [value for key, value in said.items() if key not in _ZERO_KEYS]
    if strange := next((value for value in types if value not in _TYPES), None):
        return _passed_over(
            say(
                "“{path}” asks for “{prediction}”, not known here; what it predicts is taken from "
                "the checkpoint alone.",
                path=str(file),
                prediction=strange[:40],
            )
        )
    found = Prediction(_TYPES[types[0]] if types else "", _zero_snr(said))
    return SaidBeside(found, file.name) if found != AS_FOUND else NOTHING_BESIDE


def _unusable(file: Path) -> str:
    """Of what `read_regular` does not read."""
    if os.path.isfile(file):
        return say(
            "“{path}” is too large: it may have {most:,} bytes; what it predicts is taken from the "
            "checkpoint alone.",
            path=str(file),
            most=MAX_BYTES,
        )
    if os.path.isdir(file):
        return say(
            "“{path}” is a folder; choose a file; what it predicts is taken from the checkpoint "
            "alone.",
            path=str(file),
        )
    return say(
        "“{path}” is no ordinary file; choose a file; what it predicts is taken from the "
        "checkpoint alone.",
        path=str(file),
    )


def _passed_over(problem: str) -> SaidBeside:
    return SaidBeside(problem=problem)


class _BadYaml(Exception):  # noqa: N818 - becomes a sentence that names the file
    """A text that is none, or nests without end."""


def _table(data: bytes) -> Any:
    """Of texts only: nothing in it is resolved to numbers, dates or objects."""
    import yaml

    try:
        return yaml.load(data, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _BadYaml from error


def _said(table: Any) -> Iterator[tuple[str, str]]:
    """The entries that tell, wherever they stand: below `model: params:`, or at the top. Each part
    is looked at once: a text may refer to itself."""
    left, seen = [table], set[int]()
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if is_array(value):
            left.extend(value)
        for key, inner in value.items() if is_table(value) else ():
            if key == _SCALING_KEY and is_table(inner):
                yield _SCALING_KEY, str(inner.get("target", "")).rpartition(".")[2]
            elif key in _TYPE_KEYS | _ZERO_KEYS and isinstance(inner, str):
                yield key, inner.strip()
            else:
                left.append(inner)


def _zero_snr(said: Mapping[str, str]) -> bool | None:
    for key in _ZERO_KEYS & said.keys():
        word = said[key].lower()
        if word in _YES | _NO:
            return word in _YES
    return None
