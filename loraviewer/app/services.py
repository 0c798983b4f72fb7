"""The functions free of torch that the bridge may call in its thread pool."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loraviewer.app.experiments import crowd_files, experiment_services
from loraviewer.app.midi_inputs import open_inputs
from loraviewer.app.pictures import picture_services
from loraviewer.app.plans import plan_base
from loraviewer.bridge.services import DemoAdapter, Services
from loraviewer.core import resources
from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.port import LibraryPort
from loraviewer.core.outcome import LoraviewerError, Rendered
from loraviewer.core.picture_port import PicturePort
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.settings import Settings

if TYPE_CHECKING:
    from loraviewer.adapters.files.hash_cache import HashCache

_OpenCache = Callable[[], "HashCache"]


def picture_store(data_folder: Path, settings: Settings) -> Callable[[], PicturePort] | None:
    """Opens it, once somebody looks for a picture; None where it may take no room."""

    def open_store() -> PicturePort:
        from loraviewer.pictures.store import PictureStore

        return PictureStore(data_folder / "pictures", settings.picture_store_bytes)

    return open_store if settings.picture_store_bytes else None


def services(
    cache_folder: Path,
    state_folder: Path | None = None,
    open_pictures: Callable[[], PicturePort] | None = None,
    data: Path | None = None,
) -> Services:
    """state_folder: None to keep nothing of what is open. data: where experiments, prompts and the
    library's notes are kept; None where each experiment is given its own folder, no prompt outlives
    a run, and there is no library."""
    closing = CancelToken()
    cache = functools.partial(_cache, cache_folder)
    return Services(
        summarise=functools.partial(_summarise, cache),
        is_checkpoint=_is_checkpoint_file,
        save_png=_saving(cache, closing),
        demo_checkpoint=resources.DEMO,
        demo_adapters=tuple(map(_demo_adapter, resources.demo_adapters())),
        pictures=picture_services(cache),
        plan_base=plan_base,
        find_preview=_find_preview,
        sessions_folder=state_folder / "sessions" if state_folder is not None else None,
        open_pictures=open_pictures,
        experiments=experiment_services(
            data / "experiments" if data is not None else None, cache_folder / "hashes.sqlite"
        ),
        unfold_crowd=lambda: crowd_files(resources.demo_crowd(), cache_folder / "crowd"),
        open_midi=open_inputs,
        give_up=closing.cancel,
        speed_file=cache_folder / "precision.json",
        **(_kept(data, cache_folder, cache) if data is not None else {}),
    )


def _kept(data: Path, cache_folder: Path, cache: _OpenCache) -> dict[str, Any]:
    """What outlives a run."""

    def open_library() -> LibraryPort:
        from loraviewer.library.library import Library

        return Library(cache_folder, data, cache())

    return {
        "prompts_file": data / "prompts.json",
        "open_library": open_library,
        "thumbnails_folder": cache_folder / "thumbnails",
    }


def _cache(folder: Path) -> "HashCache":
    from loraviewer.adapters.files.hash_cache import HashCache

    return HashCache(folder / "hashes.sqlite")


def _summarise(cache: _OpenCache, path: Path, token: CancelToken) -> AdapterSummary:
    from loraviewer.adapters.about import summary

    return summary.summarise(path, cache(), token)


def _find_preview(path: Path) -> str:
    from loraviewer.adapters.about.sidecars import preview_beside

    return preview_beside(path)


def _saving(cache: _OpenCache, closing: CancelToken) -> Callable[[Path, Rendered], None]:
    hashing = threading.Lock()

    def save_png(path: Path, rendered: Rendered) -> None:
        from loraviewer.adapters.about.gallery_hashes import gallery_hashes
        from loraviewer.pictures.png import save_rendered

        with hashing:  # two pictures that are saved at once read the checkpoint once
            hashes = gallery_hashes(rendered.request, cache(), closing)
        save_rendered(path, rendered, hashes)

    return save_png


def _is_checkpoint_file(path: Path) -> bool:
    from loraviewer.adapters.files.weights_header import read_weights_header
    from loraviewer.adapters.recognition.checkpoint_header import checkpoint_facts

    try:
        return checkpoint_facts(read_weights_header(path)).is_checkpoint
    except LoraviewerError:
        return False  # opened as an adapter, where the same error becomes a notice


def _demo_adapter(path: Path) -> DemoAdapter:
    preview = path.with_suffix(".png")
    return DemoAdapter(path.stem, str(path), str(preview) if preview.exists() else "")
