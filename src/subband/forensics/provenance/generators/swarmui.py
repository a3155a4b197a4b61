"""SwarmUI: JSON with "sui_image_params" in PNG "parameters", EXIF UserComment, or EXIF Model (older versions)."""

from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import json_object
from subband.forensics.metadata.user_comment import user_comment
from subband.forensics.provenance.generators.found import Found, chosen

NAMES = {
    "prompt": "prompt",
    "negativeprompt": "negative prompt",
    "model": "model",
    "seed": "seed",
    "steps": "steps",
    "sampler": "sampler",
    "cfgscale": "guidance scale",
    "swarm_version": "version",
}


def read(metadata: Metadata) -> Found | None:
    """Parameters of SwarmUI; None if there are none."""
    places = (
        ('PNG text "parameters"', metadata.text("parameters") or ""),
        ("EXIF UserComment", user_comment(metadata.exif.photo.get(0x9286))),
        ("EXIF Model", str(metadata.exif.picture.get(0x0110, ""))),
    )
    for where, text in places:
        parameters = (json_object(text) or {}).get("sui_image_params")
        if isinstance(parameters, dict):
            return Found(where, fields=chosen(parameters, NAMES))
    return None
