"""The path of a module by its name in the file, as PEFT's patterns mean it."""

from typing import NamedTuple

from loraviewer.adapters.naming.base import DENOISERS, TEXT_ENCODERS

_COMPONENTS = (*DENOISERS, *TEXT_ENCODERS)
_WRAPPERS = ("base_model.model.", "model.diffusion_model.", "diffusion_model.")


class ModuleName(NamedTuple):
    """`component` is empty where the file does not name one."""

    component: str
    path: str


def module_name(key: str) -> ModuleName:
    """`unet.base_model.model.mid_block.x` → (unet, mid_block.x)."""
    component, path = "", key
    while True:
        head, _, rest = path.partition(".")
        wrapper = next((w for w in _WRAPPERS if path.startswith(w)), "")
        if wrapper:
            path = path.removeprefix(wrapper)
        elif head in _COMPONENTS and rest and not component:
            component, path = head, rest
        else:
            return ModuleName(component, path)
