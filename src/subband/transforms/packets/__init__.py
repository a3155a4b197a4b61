"""Wavelet packets."""

from subband.transforms.packets.container import Packets
from subband.transforms.packets.tree import ipackets, packets

__all__ = ["Packets", "ipackets", "packets"]
