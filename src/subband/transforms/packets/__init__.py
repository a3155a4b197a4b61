"""Wavelet packets: full trees, single bands, and bases chosen from the tree."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.packets.band import ipacket_band, packet_band
    from subband.transforms.packets.basis import BasisSpec, PacketBasis, Tile, ipacket_basis, packet_basis
    from subband.transforms.packets.coefficients import PacketCoefficients
    from subband.transforms.packets.costs import COSTS
    from subband.transforms.packets.packets import ipackets, packets
    from subband.transforms.packets.search import basis_cost, best_basis

__all__ = [
    "COSTS",
    "BasisSpec",
    "PacketBasis",
    "PacketCoefficients",
    "Tile",
    "basis_cost",
    "best_basis",
    "ipacket_band",
    "ipacket_basis",
    "ipackets",
    "packet_band",
    "packet_basis",
    "packets",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "band": "ipacket_band packet_band",
        "basis": "BasisSpec PacketBasis Tile ipacket_basis packet_basis",
        "coefficients": "PacketCoefficients",
        "costs": "COSTS",
        "packets": "ipackets packets",
        "search": "basis_cost best_basis",
    },
)
