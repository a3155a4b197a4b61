"""Source fingerprints: mean and standard deviation of ln-packet coefficients, without learning."""

from dataclasses import dataclass

import numpy as np

from subband.forensics.features.layers import FLOOR, Normaliser, log_packets


@dataclass(frozen=True, eq=False)
class PacketStatistics:
    """Statistics of ln|c| of one source, in nats; bands in frequency order (vertical, horizontal).

    Attributes:
        mean: (F, F) mean over images, colours and positions: the values of the 64-point curve.
        std: (F, F) standard deviation over the same.
        mean_map: (F, F, h, w) mean over images and colours: the mean packet image.
        std_map: (F, F, h, w) standard deviation over the same.
        images: number of images.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import packet_statistics
        >>> noise = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
        >>> found = packet_statistics(noise, level=1)
        >>> found.mean.round(1).tolist()  # ln of twice the mean grey level, and of the noise in the other bands
        [[5.5, 3.6], [3.7, 3.8]]
    """

    mean: np.ndarray
    std: np.ndarray
    mean_map: np.ndarray
    std_map: np.ndarray
    images: int


def packet_statistics(
    pixels: np.ndarray, level: int = 3, wavelet: str = "haar", *, floor: float = FLOOR
) -> PacketStatistics:
    """Packet statistics of a source, in one pass over its images.

    Args:
        pixels: (N, H, W, 3) uint8.
        level: of the packets.
        wavelet: of the packets.
        floor: ε of ln(|c| + ε).

    Raises:
        InvalidInput: see `log_packets` and `check_pixels`.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import packet_statistics
        >>> pixels = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
        >>> found = packet_statistics(pixels, level=2)
        >>> found.mean.shape, found.mean_map.shape
        ((4, 4), (4, 4, 4, 4))
    """
    maps = Normaliser.fit(pixels, lambda x: log_packets(x, level, wavelet, floor=floor), axes=(0, 1))
    mean, std = maps.mean[0].double().numpy(), maps.std[0].double().numpy()
    # Law of total variance over the positions of a band, which all have the same number of values.
    spread = np.sqrt((std**2).mean((-2, -1)) + mean.var((-2, -1)))
    return PacketStatistics(mean.mean((-2, -1)), spread, mean, std, len(pixels))
