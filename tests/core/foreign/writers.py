"""Texts as other programs write them, by their published formats: oracles, not our own writer."""

import json
from collections.abc import Mapping


def a1111(
    prompt: str, negative: str = "", settings: Mapping[str, object] | None = None, **more: object
) -> str:
    """A1111: values that hold a comma, a line end or a colon are JSON strings."""
    values: dict[str, object] = {
        "Steps": 20,
        "Sampler": "DPM++ 2M",
        "Schedule type": "Karras",
        "CFG scale": 7,
        "Seed": 1234567890,
        "Size": "512x768",
        "Model hash": "6ce0161689",
        "Model": "v1-5-pruned-emaonly",
        "Version": "v1.10.1",
    }
    values |= {**(settings or {}), **more}
    line = ", ".join(f"{key}: {_quoted(value)}" for key, value in values.items() if value != "")
    lines = [prompt, f"Negative prompt: {negative}"] if negative else [prompt]
    return "\n".join([*lines, line])


def _quoted(value: object) -> str:
    text = str(value)
    needs = "," in text or "\n" in text or ":" in text
    return json.dumps(text, ensure_ascii=False) if needs else text


def civitai(prompt: str, negative: str, resources: list[dict]) -> str:
    """Civitai's own generator: JSON without quotes around it."""
    line = (
        "Steps: 25, Sampler: Euler a, CFG scale: 3.5, Seed: 77, Size: 832x1216, Clip skip: 2, "
        f"Created Date: 2025-02-01T10:11:12.000Z, Civitai resources: {json.dumps(resources)}, "
        "Civitai metadata: {}"
    )
    return f"{prompt}\nNegative prompt: {negative}\n{line}"


def fooocus(**more: object) -> str:
    values = {
        "adm_guidance": "(1.5, 0.8, 0.3)",
        "base_model": "juggernautXL_v8Rundiffusion",
        "base_model_hash": "aeb7e9e689",
        "full_negative_prompt": ["ugly", "blurry"],
        "full_prompt": ["cinematic still a fox. film grain", "a fox, sharp focus"],
        "guidance_scale": 4,
        "loras": [["sd_xl_offset_example-lora_1.0", 0.1, "4852686128"]],
        "metadata_scheme": "fooocus",
        "negative_prompt": "ugly",
        "performance": "Speed",
        "prompt": "a fox",
        "resolution": "(1152, 896)",
        "sampler": "dpmpp_2m_sde_gpu",
        "scheduler": "karras",
        "seed": "8135407530438341432",
        "sharpness": 2,
        "steps": 30,
        "styles": "['Fooocus V2', 'Fooocus Sharp']",
        "vae": "Default (model)",
        "version": "Fooocus v2.5.5",
    }
    return json.dumps(dict(sorted((values | more).items())))


def comfy_graph(**nodes: dict) -> dict:
    """The usual text-to-image graph with two LoRAs, as it is embedded under `prompt`; further or
    other nodes by their ids, with `n` before the number."""
    graph = {
        "3": _node(
            "KSampler",
            seed=156680208700286,
            steps=24,
            cfg=6.5,
            sampler_name="dpmpp_2m",
            scheduler="karras",
            denoise=1.0,
            model=["11", 0],
            positive=["6", 0],
            negative=["7", 0],
            latent_image=["5", 0],
        ),
        "4": _node("CheckpointLoaderSimple", ckpt_name="sd15\\dreamshaper_8.safetensors"),
        "5": _node("EmptyLatentImage", width=640, height=512, batch_size=1),
        "6": _node("CLIPTextEncode", text="a castle, “red” sky\nat night", clip=["11", 1]),
        "7": _node("CLIPTextEncode", text="text, watermark", clip=["11", 1]),
        "8": _node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": _node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
        "10": _node(
            "LoraLoader",
            lora_name="styles/manga.safetensors",
            strength_model=0.8,
            strength_clip=0.8,
            model=["4", 0],
            clip=["4", 1],
        ),
        "11": _node(
            "LoraLoader",
            lora_name="ünïcode name: x.safetensors",
            strength_model=-0.5,
            strength_clip=0.25,
            model=["10", 0],
            clip=["10", 1],
        ),
    }
    return graph | {key.removeprefix("n"): value for key, value in nodes.items()}


def comfy_node(kind: str, **inputs: object) -> dict:
    return _node(kind, **inputs)


def _node(kind: str, **inputs: object) -> dict:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": kind}}
