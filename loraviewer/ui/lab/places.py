"""Places of a network to look at: everywhere, components, blocks, and the selected weight."""

from PySide6.QtCore import QCoreApplication

from loraviewer.core.weight_numbers import LiveWeights, Place, WeightName

translate = QCoreApplication.translate
_CONTEXT = "Places"


def places_of(live: LiveWeights, selected: WeightName | None) -> list[tuple[str, Place]]:
    """What can be chosen, by its words, from the whole to its parts."""
    found = [(translate(_CONTEXT, "Everywhere"), Place())]
    if selected is not None:
        words = translate(_CONTEXT, "Selected weight")
        found.append((words, Place(selected[0], weight=selected[1])))
    components = list(dict.fromkeys(component for component, _ in live.blocks))
    if len(components) > 1:
        found += [(component_words(one), Place(one)) for one in components]
    block = translate(_CONTEXT, "Block {}")
    found += [(block.format(name), Place(component, name)) for component, name in live.blocks]
    return found


def component_words(component: str) -> str:
    """As artists call it: “unet” is the denoiser, “text_encoder_2” text encoder 2."""
    if component.startswith("text_encoder"):
        number = component.removeprefix("text_encoder").removeprefix("_") or "1"
        return translate(_CONTEXT, "Text encoder {}").format(number)
    if component in ("unet", "transformer"):
        return translate(_CONTEXT, "Denoiser")
    return component
