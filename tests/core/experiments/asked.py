"""Experiments of adapters that need no files."""

from typing import Any

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.merge_rules import MergeRule, usual_rule
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.stack import AppliedAdapter

BASE = GenerationRequest(checkpoint=CheckpointRef("demo", "an identity"))


def adapter(name: str, scale: float = 1.0) -> AppliedAdapter:
    return AppliedAdapter(f"sha of {name}", scale, scale / 2, name, f"{name}.safetensors")


def ladder(**fields: Any) -> Experiment:
    usual: dict[str, Any] = {
        "kind": "ladder",
        "base": BASE,
        "adapters": tuple(adapter(name) for name in ("a", "b", "c", "d", "e")),
        "prompts": ("a cat", "a tree"),
        "seeds": (1, 2, 3),
        "depths": (1, 2, 5),
    }
    return Experiment(**(usual | fields))


def sweep(**fields: Any) -> Experiment:
    adapters = (adapter("a", 0.8), adapter("b", -0.5))
    axes = (Axis(points=(0.0, 0.5, 2.0)),)
    return ladder(**({"kind": "sweep", "adapters": adapters, "axes": axes} | fields))


def ablation(**fields: Any) -> Experiment:
    adapters = (adapter("a", 0.8), adapter("b", -0.5), adapter("c"))
    return ladder(**({"kind": "ablation", "adapters": adapters, "depths": ()} | fields))


def seed_wall(**fields: Any) -> Experiment:
    return ablation(**({"kind": "seeds"} | fields))


def way(**fields: Any) -> Experiment:
    return ablation(**({"kind": "return"} | fields))


def rules(**fields: Any) -> Experiment:
    given = (usual_rule("ties"), MergeRule("svd", 4.0))
    return ablation(**({"kind": "rules", "rules": given} | fields))
