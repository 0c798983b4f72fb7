"""The weights that a merger may change, by component and name."""

from collections.abc import Mapping

from torch import nn

from loraviewer.adapters.targets import WeightKey


def live_weights(networks: Mapping[str, nn.Module]) -> dict[WeightKey, nn.Parameter]:
    """Every parameter of every component; one that modules share has all of its names here."""
    return {
        (component, name): parameter
        for component, network in networks.items()
        for name, parameter in network.named_parameters(remove_duplicate=False)
    }


def live_name(key: WeightKey) -> str:
    """As people read it: "unet.conv_in.weight"."""
    return ".".join(key)
