"""Transforms of signals that arrive in blocks, or don't fit in memory."""

from subband.transforms.streaming.coefficients import BlockCoefficients
from subband.transforms.streaming.stream import InverseStream, Stream, stream

__all__ = ["BlockCoefficients", "InverseStream", "Stream", "stream"]
