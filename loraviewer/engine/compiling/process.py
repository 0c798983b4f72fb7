"""The process that compiles one program: python -m loraviewer.engine.compiling.process TASK OUT

It builds the network of a task without its numbers and nearly without memory for them, and writes a
package of machine code that is given its weights where they lie. Its caches go with it: what stays
on disk is the package alone, which holds no pickle. Its last line says what went wrong.
"""

import json
import math
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import msgspec

_CONFIGURATION = {
    "aot_inductor.package_constants_in_so": False,
    "always_keep_tensor_constants": True,  # small weights would be numbers in the code
}
_APART = 64
"""Numbers between the beginnings of two weights: as far as memory is usually aligned."""


def main(task_file: str, out: str) -> int:
    _end_with_the_parent()
    _go_behind_all_others()
    target = Path(out)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"making-{target.stem}-") as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(folder) / "inductor")
        os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"
        try:
            made = _compiled(Path(task_file).read_bytes(), Path(folder) / "made.pt2")
        except Exception as error:  # noqa: BLE001 - the process's own boundary
            print("\n" + " ".join(f"{type(error).__name__}: {error}".split())[:300], flush=True)
            return 1
        os.replace(made, target)
    return 0


def _compiled(encoded: bytes, out: Path) -> str:
    import torch

    from loraviewer.engine.compiling.task import CompileTask

    task = msgspec.json.decode(encoded, type=CompileTask)
    network = _network(task)
    tensors = [_sample(form, task.device) for form in task.form.tensors]
    with torch.no_grad():
        exported = torch.export.export(_taking_tensors(network, task), (tensors,), strict=False)
        return torch._inductor.aoti_compile_and_package(
            exported,
            package_path=str(out),
            inductor_configs=_CONFIGURATION,
        )


def _network(task: Any) -> Any:
    """With the task's weights, of other numbers."""
    import diffusers
    import torch

    from loraviewer.engine.compiling.task import weight_forms

    found = getattr(diffusers, task.network)
    with torch.device("meta"):
        network = found.from_config(json.loads(task.config))
    network.requires_grad_(False).eval()
    dtypes = {form.name: getattr(torch, form.dtype) for form in task.weights}
    shared = SharedMemory(task.weights, task.device)
    for module_name, module in network.named_modules():
        for held in (module._parameters, module._buffers):
            for name, tensor in held.items():
                if tensor is not None:
                    held[name] = shared.like(tensor, dtypes[f"{module_name}.{name}".lstrip(".")])
    if weight_forms(network) != task.weights:
        raise ValueError("its configuration makes another network")
    return network


class SharedMemory:
    """Weights of a network that is compiled and never computes: all of one precision lie in one
    piece of memory, one over the other, that has room for the largest. A card, where somebody works
    meanwhile, holds a hundred megabytes in place of a second copy of the base.

    Each begins somewhere else, for a compiler takes two of one shape in one place for the same; and
    none is all one number, which it would take for a constant.
    """

    def __init__(self, forms: Any, device: str) -> None:
        """forms: a `TensorForm` for each weight that will be asked for."""
        import torch

        self._memory: dict[Any, Any] = {}
        self._given = 0
        most: dict[str, int] = {}
        for form in forms:
            most[form.dtype] = max(most.get(form.dtype, 0), math.prod(form.shape))
        for name, numbers in most.items():
            dtype, size = getattr(torch, name), numbers + _APART * len(forms)
            self._memory[dtype] = torch.empty(size, dtype=dtype, device=device).normal_()

    def like(self, tensor: Any, dtype: Any) -> Any:
        """The next one, of this tensor's shape, and a parameter if that is one."""
        import torch

        start = _APART * self._given
        self._given += 1
        made = self._memory[dtype][start : start + tensor.numel()].view(tensor.shape)
        is_parameter = isinstance(tensor, torch.nn.Parameter)
        return torch.nn.Parameter(made, requires_grad=False) if is_parameter else made


def _sample(form: Any, device: str) -> Any:
    import torch

    return torch.ones(form.shape, dtype=getattr(torch, form.dtype), device=device)


def _taking_tensors(network: Any, task: Any) -> Any:
    """The network as a module that takes a list and gives one tensor."""
    import torch

    class TakingTensors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, tensors: list[torch.Tensor]) -> torch.Tensor:
            (output,) = self.network(**task.form.arguments(tensors))
            return output

    return TakingTensors()


def _end_with_the_parent() -> None:
    """Whoever began this holds the other end of its input; that closes however they end."""

    def wait() -> None:
        while os.read(0, 1):  # not `sys.stdin`, whose lock would be missed at the end
            pass
        os._exit(2)

    threading.Thread(target=wait, daemon=True).start()


def _go_behind_all_others() -> None:
    """On Windows the parent asks for that."""
    if hasattr(os, "nice"):
        os.nice(19)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
