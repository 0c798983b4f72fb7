"""All naming conventions, in the order in which a spelling is looked for."""

from collections.abc import Iterable

from loraviewer.adapters.naming.base import Convention
from loraviewer.adapters.naming.cleaning import plain_names
from loraviewer.adapters.naming.diffusers import (
    DiffusersConvention,
    OldDiffusersConvention,
    PeftConvention,
)
from loraviewer.adapters.naming.kohya import (
    KohyaConvention,
    KohyaLdmConvention,
    LycorisConvention,
    OneTrainerConvention,
)
from loraviewer.adapters.naming.original import (
    NAMED_ORIGINALS,
    OTHER_ORIGINALS,
    ComfyConvention,
    XlabsConvention,
)

CONVENTIONS: tuple[Convention, ...] = (
    KohyaLdmConvention(),
    KohyaConvention(),
    LycorisConvention(),
    OneTrainerConvention(),
    XlabsConvention(),
    *NAMED_ORIGINALS,
    ComfyConvention(),
    OldDiffusersConvention(),
    PeftConvention(),
    DiffusersConvention(),
    OTHER_ORIGINALS,
)


def naming_of(group_keys: Iterable[str]) -> tuple[str, ...]:
    """Names of the conventions met, in the order of `CONVENTIONS`; the first that fits wins."""
    met = {_convention_of(key) or _convention_inside(key) for key in group_keys}
    return tuple(c.name for c in CONVENTIONS if c.name in met)


def _convention_of(name: str) -> str | None:
    return next((c.name for c in CONVENTIONS if c.recognises(name)), None)


def _convention_inside(group_key: str) -> str | None:
    """Of a name behind words of no convention, such as `pipe.dit.blocks.0.…`."""
    return next(filter(None, map(_convention_of, plain_names(group_key))), None)
