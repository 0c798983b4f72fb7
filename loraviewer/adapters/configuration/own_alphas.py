"""What the alphas that modules keep as tensors leave in doubt; only their numbers tell it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loraviewer.adapters.configuration.doubts import SCALED_KINDS
from loraviewer.adapters.configuration.file_configuration import FileConfiguration
from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.header_json import shortened
from loraviewer.adapters.files.numbers import read_number
from loraviewer.adapters.groups import Group
from loraviewer.adapters.kinds.base import Scaling
from loraviewer.adapters.kinds.extras import ALPHA
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_TOLERANCE = 1e-2


@dataclass
class OwnAlphas:
    """Collects modules of one file, and says what is to be told of them."""

    _contradictions: list[str] = field(default_factory=list)
    _idle: list[str] = field(default_factory=list)

    def add(self, key: str, own: Scaling, configured: Scaling, rank: int) -> None:
        """A module whose own tensor gives the scaling `own`, its configuration the other one."""
        found, other = own.of_rank(rank), configured.of_rank(rank)
        if found == 0.0:
            self._idle.append(key)
        if configured.alpha is not None and not math.isclose(found, other, rel_tol=_TOLERANCE):
            self._contradictions.append(
                say(
                    "“{module}” ×{found:g}, not ×{other:g}",
                    module=shortened(key),
                    found=found,
                    other=other,
                )
            )

    @property
    def doubts(self) -> tuple[str, ...]:
        """One sentence for each sort of doubt."""
        doubts: list[str] = []
        if self._contradictions:
            doubts.append(_contradiction(len(self._contradictions), self._contradictions[0]))
        if self._idle:
            doubts.append(_idle(len(self._idle), shortened(self._idle[0])))
        return tuple(doubts)


def _contradiction(count: int, example: str) -> str:
    if count == 1:
        return say(
            "1 module has an own alpha, which counts, and a configuration that says otherwise: "
            "{example}.",
            example=example,
        )
    return say(
        "{count} modules have an own alpha, which counts, and a configuration that says "
        "otherwise: {example}.",
        count=count,
        example=example,
    )


def _idle(count: int, example: str) -> str:
    if count == 1:
        return say("1 module has alpha 0 and changes nothing: “{example}”.", example=example)
    return say(
        "{count} modules have alpha 0 and change nothing: “{example}”.",
        count=count,
        example=example,
    )


def own_alpha_doubts(
    header: Header, path: Path, groups: Sequence[Group], configuration: FileConfiguration
) -> tuple[str, ...]:
    """Of a file before it is matched with a base; reads its alphas alone. Raises `FileError`."""
    alphas = OwnAlphas()
    try:
        with open_regular(path) as file:
            for group in groups:
                kind = group.kind(header)
                if ALPHA not in group.roles or kind is None or kind.name not in SCALED_KINDS:
                    continue
                alpha = read_number(file, header, group.roles[ALPHA])
                rank = kind.rank(group.shapes(header))
                if alpha is not None and rank:
                    alphas.add(group.key, Scaling(alpha), configuration.scaling(group.key), rank)
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
    return alphas.doubts
