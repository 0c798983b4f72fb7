"""Drawings of ComfyUI's graphs, read where the graph itself is not in the file."""

import json

from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.read import read_picture


def workflow(mode: int = 0) -> dict:
    """The drawing: nodes with values by place, and links; `mode` of the second LoRA."""

    def node(node_id, kind, values, inputs=(), outputs=(), **more):
        given = [{"name": n, "type": t, "link": link} for n, t, link in inputs]
        return {
            "id": node_id,
            "type": kind,
            "mode": 0,
            "widgets_values": values,
            "inputs": given,
            "outputs": [{"type": t, "links": []} for t in outputs],
            **more,
        }

    both = ("MODEL", "CLIP")
    return {
        "nodes": [
            node(1, "CheckpointLoaderSimple", ["base.safetensors"], outputs=(*both, "VAE")),
            node(2, "LoraLoader", ["manga.safetensors", 0.8, 0.8],
                 [("model", "MODEL", 1), ("clip", "CLIP", 2)], both),
            node(3, "LoraLoader", ["birds.safetensors", 0.5, 0.25],
                 [("model", "MODEL", 3), ("clip", "CLIP", 4)], both, mode=mode),
            node(4, "CLIPTextEncode", ["a cat"], [("clip", "CLIP", 6)], ("CONDITIONING",)),
            node(5, "CLIPTextEncode", ["a dog"], [("clip", "CLIP", 6)], ("CONDITIONING",)),
            node(6, "EmptyLatentImage", [512, 448, 1], (), ("LATENT",)),
            node(7, "KSampler", [42, "randomize", 18, 5.5, "euler", "normal", 1],
                 [("model", "MODEL", 5), ("positive", "CONDITIONING", 7),
                  ("negative", "CONDITIONING", 8), ("latent_image", "LATENT", 9)], ("LATENT",)),
            node(8, "Note", ["by hand"]),
        ],
        "links": [
            [1, 1, 0, 2, 0, "MODEL"], [2, 1, 1, 2, 1, "CLIP"], [3, 2, 0, 3, 0, "MODEL"],
            [4, 2, 1, 3, 1, "CLIP"], [5, 3, 0, 7, 0, "MODEL"], [6, 3, 1, 4, 0, "CLIP"],
            [7, 4, 0, 7, 1, "CONDITIONING"], [8, 5, 0, 7, 2, "CONDITIONING"],
            [9, 6, 0, 7, 3, "LATENT"],
        ],
    }  # fmt: skip


def test_a_drawing_alone_is_read_too():
    picture = read_picture({"workflow": json.dumps(workflow())})
    assert picture is not None
    assert (picture.prompt, picture.negative) == ("a cat", "a dog")
    assert (picture.seed, picture.steps, picture.guidance) == (42, 18, 5.5)
    assert (picture.width, picture.height, picture.model) == (512, 448, "base")
    assert picture.loras == (
        ForeignAdapter(name="manga", scale=0.8),
        ForeignAdapter(name="birds", scale=0.5, text_scale=0.25),
    )


def test_bypassed_nodes_lead_on_and_muted_ones_end():
    bypassed = read_picture({"workflow": json.dumps(workflow(mode=4))})
    assert bypassed is not None
    assert bypassed.loras == (ForeignAdapter(name="manga", scale=0.8),)
    assert bypassed.model == "base"
    muted = read_picture({"workflow": json.dumps(workflow(mode=2))})
    assert muted is not None
    assert muted.loras == ()
    assert muted.model == ""


def test_a_drawing_of_nonsense_raises_nothing():
    drawn = workflow(mode=4)
    drawn["nodes"][2]["outputs"] = "x"
    drawn["nodes"][1]["inputs"] = [3, {"name": "model", "link": 3}, {"link": "y"}]
    drawn["links"] += [1, [], {"id": 1}, [1, "a", "b"]]
    drawn["nodes"] += [3, {"id": "x"}, {"id": 77, "type": None, "widgets_values": 3}]
    assert read_picture({"workflow": json.dumps(drawn)}) is not None
