"""Statistics of ln-packets, levels fused."""

import torch
from jaxtyping import Float
from torch import Tensor

from subband.forensics.features.layers import GREY_LEVEL_FLOOR, log_packets
from subband.forensics.features.statistics.moments import mean_and_deviation


def packet_statistics(
    x: Float[Tensor, "n 3 height width"], *, wavelet: str = "haar", level: int = 3
) -> Float[Tensor, "n features"]:
    """Mean and standard deviation of ln(|c| + ½) over positions and colours, of every packet of levels 1 … J.

    Source: Wolter et al. 2022, "Wavelet-packets for deepfake image analysis and detection", Machine Learning 111,
    figure 2; the fusion of levels is its "all packets" network.

    Args:
        x: images, 0..255.
        wavelet: any wavelet of the library.
        level: J.

    Returns:
        (N, 2 Σ_j 4^j): 168 for J = 3.
    """
    parts = []
    for j in range(1, level + 1):
        z = log_packets(x, j, wavelet, floor=GREY_LEVEL_FLOOR).flatten(2, 3)
        parts.append(mean_and_deviation(z.transpose(1, 2).flatten(2)))
    return torch.cat(parts, 1)
