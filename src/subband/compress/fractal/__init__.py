"""Fractal image compression: an image as the fixed point of a map that copies its own blocks."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.compress.fractal.decoder import decode
    from subband.compress.fractal.encoder import encode
    from subband.compress.fractal.inspection import (
        Copy,
        Inspection,
        PlaneReport,
        bits_by_field,
        inspect,
        telling_copies,
    )
    from subband.compress.fractal.settings import EFFORTS, Settings
    from subband.compress.fractal.stream import MAGIC

__all__ = [
    "EFFORTS",
    "MAGIC",
    "Copy",
    "Inspection",
    "PlaneReport",
    "Settings",
    "bits_by_field",
    "decode",
    "encode",
    "inspect",
    "telling_copies",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "decoder": "decode",
        "encoder": "encode",
        "inspection": "Copy Inspection PlaneReport bits_by_field inspect telling_copies",
        "settings": "EFFORTS Settings",
        "stream": "MAGIC",
    },
)
