"""InvokeAI, three generations of PNG texts: "invokeai_metadata" (from 3), "sd-metadata" (2), "Dream" (1)."""

import re
from typing import Any

from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import json_object
from subband.forensics.provenance.generators.found import Found, chosen

NAMES = {
    "positive_prompt": "prompt",
    "negative_prompt": "negative prompt",
    "seed": "seed",
    "steps": "steps",
    "scheduler": "sampler",
    "cfg_scale": "guidance scale",
    "generation_mode": "mode",
    "app_version": "version",
}
OLDER = {
    "seed": "seed",
    "steps": "steps",
    "sampler": "sampler",
    "cfg_scale": "guidance scale",
    "type": "mode",
}
OPTIONS = re.compile(r" -(s|S|A|C) ?([\w.+-]{1,40})")
OPTION_NAMES = {"s": "steps", "S": "seed", "A": "sampler", "C": "guidance scale"}


def read(metadata: Metadata) -> Found | None:
    """Parameters of InvokeAI; None if there are none."""
    for keyword, parse in (("invokeai_metadata", _third), ("sd-metadata", _second), ("Dream", _first)):
        text = metadata.text(keyword)
        if text and (fields := parse(text)) is not None:
            return Found(f'PNG text "{keyword}"', fields=fields)
    return None


def _third(text: str) -> dict[str, Any] | None:
    values = json_object(text)
    if values is None:
        return None
    model = values.get("model")
    name = (model.get("name") or model.get("model_name")) if isinstance(model, dict) else model
    return chosen(values, NAMES) | ({"model": name} if name else {})


def _second(text: str) -> dict[str, Any] | None:
    values = json_object(text)
    if values is None or not ("app_id" in values or isinstance(values.get("image"), dict)):
        return None
    image = values["image"] if isinstance(values.get("image"), dict) else {}
    prompt = image.get("prompt")
    if isinstance(prompt, list) and prompt and isinstance(prompt[0], dict):
        prompt = prompt[0].get("prompt")
    fields = chosen(image, OLDER) | chosen(values, {"model_weights": "model", "app_version": "version"})
    return fields | ({"prompt": prompt} if prompt else {})


def _first(text: str) -> dict[str, Any] | None:
    options = {OPTION_NAMES[name]: value for name, value in OPTIONS.findall(text[:20_000])}
    if not {"steps", "seed"} & set(options):
        return None
    prompt = text.strip().removeprefix('"').partition('"')[0] if text.lstrip().startswith('"') else ""
    return options | ({"prompt": prompt} if prompt else {})
