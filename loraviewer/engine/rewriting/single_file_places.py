"""Which diffusers folders a single file can hold whole: it keeps weights, and nothing of how the
networks are built, so they must be built as the published ones of their family are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loraviewer.adapters.files.config import read_config
from loraviewer.adapters.recognition.single_file_config import bundled_config
from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.outcome import FileError
from loraviewer.core.prediction import EPSILON, V_PREDICTION
from loraviewer.core.regular_files import read_regular
from loraviewer.core.resources import clip_vocabulary
from loraviewer.core.sentences import say
from loraviewer.engine.opening.networks import empty_network
from loraviewer.engine.opening.original_layouts import component_class
from loraviewer.engine.opening.pipeline_index import read_index

_FAMILIES: Mapping[int, str] = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Width of the text embeddings that the UNet attends to → family."""

_TEXT = (
    *("hidden_act", "hidden_size", "intermediate_size", "layer_norm_eps"),
    *("max_position_embeddings", "num_attention_heads", "num_hidden_layers", "vocab_size"),
)
_VAE = (
    *("act_fn", "block_out_channels", "down_block_types", "latent_channels", "layers_per_block"),
    *("norm_num_groups", "scaling_factor", "shift_factor", "up_block_types"),
)
_UNET_ASIDE = frozenset({"sample_size", "dropout", "upcast_attention"})
"""What changes no number of a picture in the precision that it is computed in."""
_NOISE = ("beta_end", "beta_schedule", "beta_start", "num_train_timesteps")
_MOST_WORD_BYTES = 16 << 20


@dataclass(frozen=True)
class SingleFilePlace:
    """What a single file of this folder is. `prediction`: "epsilon" or "v_prediction"."""

    family: str
    prediction: str
    is_zero_snr: bool


def single_file_place(folder: Path) -> SingleFilePlace:
    """From configurations alone. Raises `FileError` with what a single file could not keep,
    `CheckpointError` for folders that do not open."""
    index = read_index(folder)
    family = _family(folder) if index.is_stable_diffusion else ""
    if not family:
        raise FileError(
            say(
                "“{base}” is no Stable Diffusion 1, 2 or XL, and only these can become one file; "
                "export it as a folder.",
                base=str(folder),
            )
        )
    config = bundled_config(family)
    for odd in _differences(folder, config):
        raise FileError(
            say(
                "“{base}” cannot become one file: its {what} is not as in published checkpoints of "
                "its family, and a single file does not keep that; export it as a folder.",
                base=str(folder),
                what=odd,
            )
        )
    scheduler = read_config(folder / "scheduler" / "scheduler_config.json")
    prediction = scheduler.get("prediction_type", EPSILON)
    if prediction not in (EPSILON, V_PREDICTION):
        raise FileError(
            say("“{base}” predicts “{what}”, which no single file tells; export it as a folder.",
                base=str(folder), what=str(prediction))
        )  # fmt: skip
    return SingleFilePlace(family, prediction, bool(scheduler.get("rescale_betas_zero_snr")))


def _family(folder: Path) -> str:
    width = read_config(folder / "unet" / "config.json").get("cross_attention_dim")
    return _FAMILIES.get(width, "") if isinstance(width, int) else ""


def _differences(folder: Path, config: Path) -> Iterator[str]:
    """What of the folder differs from the bundled configuration, in words."""
    for part in sorted(p.parent.name for p in config.glob("*/config.json")):
        own, usual = (_settings(place, config, part) for place in (folder, config))
        for name in sorted(own.keys() | usual.keys()):
            if own.get(name) != usual.get(name):
                yield f"{part} ({name})"
    scheduler = Path("scheduler") / "scheduler_config.json"
    own, usual = (read_config(place / scheduler) for place in (folder, config))
    for name in _NOISE:
        if own.get(name, usual.get(name)) != usual.get(name):
            yield f"scheduler ({name})"
    words = _vocabulary(clip_vocabulary())
    for part in sorted(p.name for p in config.glob("tokenizer*")):
        if _vocabulary(folder / part) != words:
            yield f"{part} (vocabulary)"


def _settings(place: Path, config: Path, part: str) -> dict[str, Any]:
    """Those that decide what is computed, with the shapes of all weights."""
    network = empty_network(component_class(config, part), place / part)
    found = network.config if part in ("unet", "vae") else network.config.to_dict()
    if part == "unet":
        kept = {n: v for n, v in found.items() if n[:1] != "_" and n not in _UNET_ASIDE}
        kept["attention_head_dim"] = _each_level(found, found["attention_head_dim"])
        kept["transformer_layers_per_block"] = _each_level(
            found, found["transformer_layers_per_block"]
        )
    else:
        kept = {name: found.get(name) for name in (_VAE if part == "vae" else _TEXT)}
    shapes = {f"{n}.shape": tuple(t.shape) for n, t in network.state_dict().items()}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in kept.items()} | shapes


def _each_level(config: Mapping[str, Any], value: Any) -> list[Any]:
    """Some folders say once for all levels what others say for each."""
    levels = len(config["block_out_channels"])
    return [value] * levels if isinstance(value, int) else list(value)


def _vocabulary(folder: Path) -> Mapping[str, Any] | None:
    """Word → number; None where there is none."""
    try:
        if (folder / "vocab.json").is_file():
            return decoded_table(read_regular(folder / "vocab.json", _MOST_WORD_BYTES))
        model = decoded_table(read_regular(folder / "tokenizer.json", _MOST_WORD_BYTES))["model"]
        return model["vocab"]
    except (OSError, FileError, BadTable, KeyError, TypeError):
        return None
