"""AUTOMATIC1111's web UI, Forge and others that write its line of parameters.

    prompt
    Negative prompt: …
    Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: …, Model: …, Version: …

In PNG under "parameters", in JPEG, WebP and AVIF in EXIF UserComment, in GIF as a comment.
"""

import re
from typing import Any

from subband.forensics.metadata import Metadata
from subband.forensics.metadata.user_comment import user_comment
from subband.forensics.provenance.generators.found import Found, chosen

SETTINGS = re.compile(r"(?:^|\n)\s*Steps: \d{1,6}, [^\n]{0,20000}")
PAIR = re.compile(r'\s*([A-Z][\w \-/]{0,60}): ("(?:\\.|[^"\\]){0,4000}"|[^,]{0,400})(?:,|$)')
NEGATIVE = "Negative prompt:"
NAMES = {
    "Model": "model",
    "Model hash": "model hash",
    "Seed": "seed",
    "Steps": "steps",
    "Sampler": "sampler",
    "CFG scale": "guidance scale",
    "Size": "size",
    "Denoising strength": "denoising strength",
    "Version": "version",
}
ALSO = ("Sampler", "Seed", "CFG scale")  # beside Steps; one of them must be there


def read(metadata: Metadata) -> Found | None:
    """Parameters in the form of AUTOMATIC1111; None if there are none."""
    comment = user_comment(metadata.exif.photo.get(0x9286))
    places = (
        ('PNG text "parameters"', metadata.text("parameters")),
        ("EXIF UserComment", comment),
        ("comment", metadata.text("comment")),
        ("hidden in the alpha channel", metadata.text("stealth")),
    )
    for where, text in places:
        if text and (fields := parse(text)):
            return Found(where, fields=fields)
    return None


def parse(text: str) -> dict[str, Any] | None:
    """Fields of a text of parameters; None for any other text.

    Example:
        >>> parse("a cat\\nNegative prompt: dog\\nSteps: 20, Sampler: Euler a, Seed: 7")["negative prompt"]
        'dog'
    """
    line = None
    for line in SETTINGS.finditer(text):  # noqa: B007  the last one counts: a prompt may quote another
        pass
    if line is None:
        return None
    values = {key: value.strip('" ') for key, value in PAIR.findall(line.group().strip())}
    if not any(name in values for name in ALSO):
        return None
    prompt, _, negative = text[: line.start()].partition(NEGATIVE)
    words = {"prompt": prompt.strip(), "negative prompt": negative.strip()}
    return {key: value for key, value in words.items() if value} | chosen(values, NAMES)
