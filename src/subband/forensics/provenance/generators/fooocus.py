"""Fooocus: JSON in PNG "parameters" (beside "fooocus_scheme") or "Comment", JPEG comments, EXIF UserComment."""

from collections.abc import Iterator

from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import json_object
from subband.forensics.metadata.user_comment import user_comment
from subband.forensics.provenance.generators import automatic1111
from subband.forensics.provenance.generators.found import Found, chosen

NAMES = {
    "prompt": "prompt",
    "Prompt": "prompt",
    "negative_prompt": "negative prompt",
    "Negative Prompt": "negative prompt",
    "base_model": "model",
    "Base Model": "model",
    "seed": "seed",
    "Seed": "seed",
    "steps": "steps",
    "sampler": "sampler",
    "Sampler": "sampler",
    "guidance_scale": "guidance scale",
    "version": "version",
    "Version": "version",
}
OWN = {
    "base_model",
    "base model",
    "sharpness",
    "performance",
    "refiner_model",
    "refiner model",
    "adm_guidance",
}
"""Fields that Fooocus writes and others don't; two of them, beside a prompt, name it."""


def read(metadata: Metadata) -> Found | None:
    """Parameters of Fooocus; None if there are none."""
    scheme = metadata.text("fooocus_scheme")
    for where, text in _places(metadata):
        values = json_object(text)
        if values is None:
            if scheme and (fields := automatic1111.parse(text)):  # the scheme "a1111"
                return Found(where, fields=fields)
            continue
        names = {str(key).lower() for key in values}
        if "prompt" in names and (scheme or len(OWN & names) >= 2):
            return Found(where, fields=chosen(values, NAMES))
    return None


def _places(metadata: Metadata) -> Iterator[tuple[str, str]]:
    for keyword in ("parameters", "Comment", "comment"):
        if text := metadata.text(keyword):
            yield "comment" if keyword == "comment" else f'PNG text "{keyword}"', text
    yield "EXIF UserComment", user_comment(metadata.exif.photo.get(0x9286))
