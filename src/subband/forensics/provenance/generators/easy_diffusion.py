"""Easy Diffusion: one PNG text a field ("negative_prompt" or "Negative Prompt"); JSON in EXIF UserComment."""

from typing import Any

from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import json_object
from subband.forensics.metadata.user_comment import user_comment
from subband.forensics.provenance.generators.found import Found, chosen

NAMES = {
    "prompt": "prompt",
    "negative_prompt": "negative prompt",
    "use_stable_diffusion_model": "model",
    "stable_diffusion_model": "model",
    "seed": "seed",
    "num_inference_steps": "steps",
    "steps": "steps",
    "sampler_name": "sampler",
    "sampler": "sampler",
    "guidance_scale": "guidance scale",
}
OWN = {
    "use_stable_diffusion_model",
    "stable_diffusion_model",
    "num_inference_steps",
    "sampler_name",
    "sampler",
}


def read(metadata: Metadata) -> Found | None:
    """Parameters of Easy Diffusion; None if there are none."""
    texts = {key.lower().replace(" ", "_"): text for key, text in metadata.texts}
    if (fields := _fields(texts)) is not None:
        return Found('PNG text "negative_prompt"', fields=fields)
    values = json_object(user_comment(metadata.exif.photo.get(0x9286)))
    if values is not None:
        lowered = {str(key).lower().replace(" ", "_"): value for key, value in values.items()}
        if (fields := _fields(lowered)) is not None:
            return Found("EXIF UserComment", fields=fields)
    return None


def _fields(values: dict[str, Any]) -> dict[str, Any] | None:
    complete = "negative_prompt" in values and "prompt" in values and OWN & set(values)
    return chosen(values, NAMES) if complete else None
