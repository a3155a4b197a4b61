"""ComfyUI: the graph of nodes that made a picture, as JSON.

PNG texts "prompt" (what ran: nodes with "class_type") and "workflow" (the drawing of the graph); in WebP the same
after "prompt:" and "workflow:" in the EXIF tags Model and Make.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import json_object
from subband.forensics.provenance.generators.found import Found

NODES = 5000
MODELS = ("ckpt_name", "unet_name", "model_name", "lora_name", "vae_name")
SAMPLING = ("sampler", "generate", "txt2img", "img2img", "text to image", "inpaint")
"""Parts of the names of nodes that make pictures; a graph without one may only have scaled or pasted."""


def read(metadata: Metadata) -> Found | None:
    """Nodes, models, seed and text of a ComfyUI graph; None if there is none."""
    for where, text in _places(metadata):
        if (graph := json_object(text)) and (nodes := list(_nodes(graph))):
            return Found(where, generated=any(map(_samples, nodes)), fields=_fields(nodes))
    return None


def _places(metadata: Metadata) -> Iterator[tuple[str, str]]:
    for keyword in ("prompt", "workflow"):
        if text := metadata.text(keyword):
            yield f'PNG text "{keyword}"', text
    for tag in (0x0110, 0x010F):
        word, _, text = str(metadata.exif.picture.get(tag, "")).partition(":")
        if word.lower() in ("prompt", "workflow"):
            yield f'EXIF "{word}:"', text


def _nodes(graph: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Class and inputs of each node, of either form of graph."""
    drawn = graph.get("nodes")
    if isinstance(drawn, list):
        for node in drawn[:NODES]:
            if isinstance(node, dict) and isinstance(node.get("type"), str):
                yield node["type"], {}
        return
    for node in list(graph.values())[:NODES]:
        if isinstance(node, dict) and isinstance(node.get("class_type"), str):
            inputs = node.get("inputs")
            yield node["class_type"], inputs if isinstance(inputs, dict) else {}


def _samples(node: tuple[str, Mapping[str, Any]]) -> bool:
    kind, inputs = node
    return any(word in kind.lower() for word in SAMPLING) or {"seed", "steps"} <= set(inputs)


def _fields(nodes: list[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    inputs = [given for _, given in nodes]
    models = [given[key] for given in inputs for key in MODELS if isinstance(given.get(key), str)]
    texts = [
        given["text"] for given in inputs if isinstance(given.get("text"), str) and given["text"].strip()
    ]
    seeds = [
        given[key] for given in inputs for key in ("seed", "noise_seed") if isinstance(given.get(key), int)
    ]
    fields = {
        "model": ", ".join(dict.fromkeys(models)),
        "prompt": max(texts, key=len, default=""),
        "seed": seeds[0] if seeds else "",
        "nodes": ", ".join(dict.fromkeys(kind for kind, _ in nodes)),
    }
    return {key: value for key, value in fields.items() if value != ""}
