# pyright: reportArgumentType=false
"""A tiny Flux.2-dev folder, whose text encoder transformers renames on loading, and text encoders
under the names that published files have."""

import json
from pathlib import Path

import diffusers
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

LATENTS = 4
WIDTH = 16


def _tokenizer() -> transformers.PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE({piece: i for i, piece in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<pad>"])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>")


def text_encoder(vocabulary: int) -> transformers.Mistral3ForConditionalGeneration:
    shared = {
        "hidden_size": WIDTH,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "head_dim": 8,
    }
    text = {"model_type": "mistral", "vocab_size": vocabulary, "num_key_value_heads": 2, **shared}
    vision = {"model_type": "pixtral", "image_size": 28, "patch_size": 14, **shared}
    config = transformers.Mistral3Config(
        text_config=text, vision_config=vision, image_token_index=3, tie_word_embeddings=False
    )
    return transformers.Mistral3ForConditionalGeneration(config)


def flux2() -> diffusers.DiffusionPipeline:
    tokenizer = _tokenizer()
    return diffusers.Flux2Pipeline(
        transformer=diffusers.Flux2Transformer2DModel(
            in_channels=4 * LATENTS,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=3 * WIDTH,
            timestep_guidance_channels=16,
            axes_dims_rope=(4, 4, 4, 4),
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=diffusers.AutoencoderKLFlux2(
            block_out_channels=(8, 16),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=LATENTS,
            layers_per_block=1,
            norm_num_groups=4,
            mid_block_add_attention=False,
        ),
        text_encoder=text_encoder(len(tokenizer)),
        tokenizer=tokenizer,
    )


def save(root: Path) -> Path:
    """The pipeline as a diffusers folder, with a plain tokenizer where Pixtral's processor is."""
    torch.manual_seed(0)
    folder = root / "flux2"
    flux2().save_pretrained(folder)
    return folder


PUBLISHED = {
    "qwen-image": (
        ("model.visual.", "visual."),
        ("model.language_model.", "model."),
    ),
    "flux2": (
        ("model.language_model.", "language_model.model."),
        ("model.vision_tower.", "vision_tower."),
        ("model.multi_modal_projector.", "multi_modal_projector."),
        ("lm_head.", "language_model.lm_head."),
    ),
}
"""Family → prefixes as transformers has them in memory, and in the files that were published."""


def rename_text_encoder(folder: Path, family: str, network: torch.nn.Module, naming: str) -> Path:
    """Write the text encoder of a folder anew, its tensors called as in memory ("new") or as in
    published files ("old"), in two shards."""
    place = folder / "text_encoder"
    for path in (*place.glob("*.safetensors"), *place.glob("*.index.json")):
        path.unlink()
    renames = PUBLISHED[family] if naming == "old" else ()
    tensors = {_renamed(name, renames): t.clone() for name, t in network.state_dict().items()}
    weight_map = {}
    for shard in (1, 2):
        file = f"model-0000{shard}-of-00002.safetensors"
        part = {name: tensors[name] for name in sorted(tensors)[shard - 1 :: 2]}
        save_file(part, place / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": 0}, "weight_map": weight_map}
    (place / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def stored(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a component's files."""
    return {
        n: t for path in sorted(folder.glob("*.safetensors")) for n, t in load_file(path).items()
    }


def _renamed(name: str, renames: tuple[tuple[str, str], ...]) -> str:
    for inner, published in renames:
        if name.startswith(inner):
            return published + name.removeprefix(inner)
    return name
