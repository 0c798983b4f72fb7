"""Whether a node computes with the same programs."""

from collections.abc import Mapping

from loraviewer.core.sentences import say


def difference(node: str, there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """One sentence about the first package that is another; "" where there is none. Builds of one
    version for different devices (2.6.0+cpu, 2.6.0+cu124) are the same."""
    for name, version in here.items():
        found = there.get(name, "")
        if _public(found) != _public(version):
            return say(
                "Node “{node}” of the cluster has {package} {there} where this computer has "
                "{here}; install the same version on both.",
                node=node,
                package=name,
                there=found or say("nothing"),
                here=version,
            )
    return ""


def _public(version: str) -> str:
    return version.partition("+")[0]
