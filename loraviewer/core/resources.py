"""Where the bundled files lie: inside an installed wheel, or beside the package in a checkout."""

import contextlib
import os
from pathlib import Path

from loraviewer.core.folders import weight_files
from loraviewer.core.outcome import FileError

_COMPONENTS = "LORAVIEWER_COMPONENTS"

DEMO = "demo"
"""The name people give the bundled checkpoint, in place of a path."""


def resource_root() -> Path:
    """The folder of bundled files. `loraviewer/resources` in a wheel, else the checkout's own."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"


def demo_checkpoint() -> Path:
    """The bundled checkpoint's folder; it may be missing from a partial checkout."""
    return resource_root() / "demo" / "base"


def demo_adapters() -> list[Path]:
    """The bundled adapter files, by name; empty if there are none."""
    return weight_files(resource_root() / "demo" / "adapters")


def demo_judge() -> Path:
    """The network that says what pictures of the demo show."""
    return resource_root() / "demo" / "judge.safetensors"


def demo_crowd() -> Path:
    """The file of many small adapters for the demo; `lab.crowd` unfolds it."""
    return resource_root() / "demo" / "crowd.safetensors"


def demo_findings() -> Path:
    """What the experiments on the claims showed; `loraviewer lab claims` makes it."""
    return resource_root() / "demo" / "claims.json"


def family_config(family: str) -> Path:
    """Where the pipeline configuration of a family lies, if it is bundled."""
    return resource_root() / "configs" / family


def clip_vocabulary() -> Path:
    """The folder of the CLIP vocabulary that all families share."""
    return resource_root() / "configs" / "clip"


def typed_path(text: str) -> Path:
    """A path as people type it, `~` expanded where it names somebody's folder."""
    return Path(os.path.expanduser(text))


def absolute_path(text: str) -> str:
    """A path that means the same wherever it is read later, without `..` where that leads to the
    same place; as it is where there is no current folder any more."""
    path = typed_path(text)
    with contextlib.suppress(OSError):
        path = path.absolute()
        plain = os.path.normpath(path)
        if ".." in path.parts and os.path.samefile(path, plain):  # not beyond a link
            return plain
    return str(path)


def absolute_source(name: str) -> str:
    """As `absolute_path`, of what opens a checkpoint: `demo` stays what it is."""
    return name if name == DEMO else absolute_path(name)


def checkpoint_path(name: str) -> Path:
    """The path behind what a person typed: `demo`, or a path with `~` expanded."""
    return demo_checkpoint() if name == DEMO else typed_path(name)


def usual_components_folder() -> Path | None:
    """Where people keep what single-file checkpoints may lack (text encoders, T5's tokenizer, a
    VAE): that of LORAVIEWER_COMPONENTS, there or not; None without."""
    name = os.environ.get(_COMPONENTS, "")
    return typed_path(name) if name else None


def components_folder(chosen: str | None) -> Path | None:
    """The folder that a person chose, else the usual one. Raises `FileError` where it is none."""
    folder = typed_path(chosen) if chosen else usual_components_folder()
    if folder is not None and not os.path.isdir(folder):  # False for any bad name
        said = "--components" if chosen else _COMPONENTS
        raise FileError(f"{folder}: there is no such folder of components ({said}).")
    return folder
