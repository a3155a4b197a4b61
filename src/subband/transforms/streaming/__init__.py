"""Transforms of signals that arrive in blocks, or don't fit in memory."""

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
