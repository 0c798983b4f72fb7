"""Tensors that stand once in a file for all of its modules: VeRA's projections."""

from collections.abc import Mapping

from loraviewer.adapters.kinds.vera import PROJECTIONS, ROW_FACTORS

Roles = Mapping[str, str]
"""Role → tensor name, of one group."""


def shared_roles(groups: Mapping[str, Roles]) -> dict[str, str]:
    """Key of a module → key of the group that it shares: the nearest around it, such as
    `base_model` for `base_model.model.proj`."""
    shared = {key for key, roles in groups.items() if roles.keys() <= PROJECTIONS}
    lengths = sorted({len(key) for key in shared}, reverse=True)
    found: dict[str, str] = {}
    for key, roles in groups.items():
        if ROW_FACTORS in roles and not PROJECTIONS & roles.keys():
            around = (key[:n] for n in lengths if key[n : n + 1] == ".")
            if (nearest := next((start for start in around if start in shared), None)) is not None:
                found[key] = nearest
    return found
