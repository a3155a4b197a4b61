"""Draw Things: JSON in the XMP property exif:UserComment; "c" is the prompt, "uc" the negative one."""

from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import json_object
from subband.forensics.provenance.generators.found import Found, chosen

NAMES = {
    "c": "prompt",
    "uc": "negative prompt",
    "model": "model",
    "seed": "seed",
    "steps": "steps",
    "sampler": "sampler",
    "scale": "guidance scale",
    "size": "size",
}


def read(metadata: Metadata) -> Found | None:
    """Parameters of Draw Things; None if there are none."""
    values = json_object(metadata.property("UserComment") or "")
    if values is None or not {"c", "model"} <= set(values) or not {"steps", "sampler", "seed"} & set(values):
        return None
    return Found("XMP exif:UserComment", fields=chosen(values, NAMES))
