"""The process that compiles one program: python -m loraviewer.engine.compiling.process TASK OUT

It builds the network of a task without its numbers, and writes a package of machine code that is
given its weights where they lie. Its caches go with it: what stays on disk is the package alone,
which holds no pickle. Its last line says what went wrong.
"""

import json
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
_DRAWN = 256
"""Numbers of a weight that are drawn, here and there; the others stay 0."""


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
    for module_name, module in network.named_modules():
        for held in (module._parameters, module._buffers):
            for name, tensor in held.items():
                if tensor is not None:
                    held[name] = _filled(tensor, dtypes[f"{module_name}.{name}".lstrip(".")], task)
    if weight_forms(network) != task.weights:
        raise ValueError("its configuration makes another network")
    return network


def _filled(tensor: Any, dtype: Any, task: Any) -> Any:
    """Never all the same number, which a compiler would take for a constant. What is not written to
    takes no memory."""
    import torch

    made = torch.zeros(tensor.shape, dtype=dtype, device=task.device)
    made.view(-1)[:: max(1, made.numel() // _DRAWN)].normal_()
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
