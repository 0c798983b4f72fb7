"""Whole weights and biases that PEFT trains beside its factors, under the model's own names.

`modules_to_save` gives `base_model.model.proj_out.weight` and `.bias`, `bias="all"` and
`bias="lora_only"` give `base_model.model.x.base_layer.bias`. They replace what the base has. Only
names of PEFT beside its adapter modules are read so: elsewhere a weight may mean anything.
"""

import re
from collections.abc import Iterable, Mapping

from loraviewer.adapters.kinds.embedding import SAVED, WORDS
from loraviewer.adapters.kinds.extras import BIAS_VALUE, EXTRA_ROLES
from loraviewer.adapters.kinds.full import REPLACEMENT
from loraviewer.adapters.strangers import module_of

PEFT_PREFIX = "base_model.model."
_WRAPPER = re.compile(r"\.modules_to_save(\.[^.]+)?$")
_ROLES = {"weight": REPLACEMENT, "bias": BIAS_VALUE}
_NO_FACTORS = EXTRA_ROLES | {SAVED}


def whole_roles(
    names: Iterable[str], groups: Mapping[str, Mapping[str, str]]
) -> Mapping[str, tuple[str, str]]:
    """Of tensors without a role: name → (key of its group, role) of those that PEFT trained whole.

    None in a dump of a whole model with its adapter, where the rest may be anybody's weights, and
    none that lies inside an adapter module, where it makes that another kind.
    """
    if not any(PEFT_PREFIX in key and roles.keys() - _NO_FACTORS for key, roles in groups.items()):
        return {}
    if any(SAVED in roles and WORDS not in roles for roles in groups.values()):
        return {}
    found: dict[str, tuple[str, str]] = {}
    for name in names:
        path, _, last = name.rpartition(".")
        key = _WRAPPER.sub("", path)
        is_whole = last in _ROLES and PEFT_PREFIX in name and len(key) > len(PEFT_PREFIX)
        if is_whole and module_of(name, groups.keys()) in (None, key):
            found[name] = (key, _ROLES[last])
    return found
