"""NovelAI: PNG texts Title, Software, Source, Description, Comment (JSON); the same in the alpha channel."""

from typing import Any

from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import json_object
from subband.forensics.provenance.generators.found import Found, chosen

TITLES = ("ai generated image", "novelai generated image")
NAMES = {
    "prompt": "prompt",
    "uc": "negative prompt",
    "seed": "seed",
    "steps": "steps",
    "sampler": "sampler",
    "scale": "guidance scale",
    "request_type": "mode",
}


def read(metadata: Metadata) -> Found | None:
    """Parameters of NovelAI; None if there are none."""
    hidden = json_object(metadata.text("stealth") or "")
    if hidden and (fields := _fields(hidden)) is not None:
        return Found("hidden in the alpha channel", fields=fields)
    keys = ("Title", "Software", "Source", "Description", "Comment")
    fields = _fields({key: metadata.text(key) or "" for key in keys})
    return None if fields is None else Found('PNG text "Software"', fields=fields)


def _fields(values: dict[str, Any]) -> dict[str, Any] | None:
    comment = values.get("Comment")
    comment = json_object(comment) if isinstance(comment, str) else comment
    software, title = str(values.get("Software", "")), str(values.get("Title", ""))
    known = software.strip().lower() == "novelai" or title.strip().lower() in TITLES
    if not known or not (isinstance(comment, dict) or values.get("Source") or values.get("Description")):
        return None
    fields = chosen(values, {"Description": "prompt", "Source": "model"})
    return fields | chosen(comment if isinstance(comment, dict) else {}, NAMES)
