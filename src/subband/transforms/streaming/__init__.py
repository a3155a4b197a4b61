"""Transforms of signals that arrive in blocks, or don't fit in memory."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.streaming.blockwise import Blockwise, InverseBlockwise, blockwise
    from subband.transforms.streaming.coefficients import BlockCoefficients
    from subband.transforms.streaming.stream import InverseStream, Stream, stream

__all__ = [
    "BlockCoefficients",
    "Blockwise",
    "InverseBlockwise",
    "InverseStream",
    "Stream",
    "blockwise",
    "stream",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "blockwise": "Blockwise InverseBlockwise blockwise",
        "coefficients": "BlockCoefficients",
        "stream": "InverseStream Stream stream",
    },
)
