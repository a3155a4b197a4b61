"""Readers of the parameters that image generators leave in their files, one module a generator.

A reader takes `Metadata` and answers with `Found` or None. All are unsigned claims, but specific ones.

Forms of the fields: receyuki/stable-diffusion-prompt-reader and d3x-at/sd-parsers (MIT), read for the formats only.
"""

from collections.abc import Mapping

from subband.forensics.provenance.generators import (
    automatic1111,
    black_forest_labs,
    comfyui,
    draw_things,
    easy_diffusion,
    fooocus,
    invokeai,
    midjourney,
    novelai,
    swarmui,
)
from subband.forensics.provenance.generators.found import Found, Reader

GENERATORS: Mapping[str, Reader] = {
    "SwarmUI": swarmui.read,
    "Fooocus": fooocus.read,
    "AUTOMATIC1111 or Forge": automatic1111.read,
    "ComfyUI": comfyui.read,
    "InvokeAI": invokeai.read,
    "NovelAI": novelai.read,
    "Easy Diffusion": easy_diffusion.read,
    "Draw Things": draw_things.read,
    "Black Forest Labs": black_forest_labs.read,
    "Midjourney": midjourney.read,
}
"""Name → reader. Those whose fields another reader would also accept come first."""

__all__ = ["GENERATORS", "Found", "Reader"]
