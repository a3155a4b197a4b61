"""Mean and standard deviation of ln-packet coefficients of a source: its fingerprint, before any learning."""

from dataclasses import dataclass

import numpy as np

from subband.forensics.features import FLOOR, Normaliser, log_packets


@dataclass(frozen=True, eq=False)
class PacketStatistics:
    """ln|c| of one source, in frequency order (vertical, horizontal), in nats.

    Attributes:
        mean: (F, F), over images, colours and places: the values of the 64-point curve.
        std: (F, F), likewise.
        mean_map: (F, F, h, w), over images and colours: the mean packet image.
        std_map: (F, F, h, w), likewise.
        images: how many.
    """

    mean: np.ndarray
    std: np.ndarray
    mean_map: np.ndarray
    std_map: np.ndarray
    images: int


def packet_statistics(
    pixels: np.ndarray, level: int = 3, wavelet: str = "haar", *, floor: float = FLOOR
) -> PacketStatistics:
    """Go once through the images of a source, in chunks.

    Args:
        pixels: (N, H, W, 3) uint8.
        level: of the packets.
        wavelet: of the packets.
        floor: added to |c| before the logarithm.

    Raises:
        InvalidInput: see `log_packets` and `check_pixels`.
    """
    maps = Normaliser.fit(pixels, lambda x: log_packets(x, level, wavelet, floor=floor), axes=(0, 1))
    mean, std = maps.mean[0].double().numpy(), maps.std[0].double().numpy()
    # Law of total variance over the places of a band, each of which has equally many values.
    spread = np.sqrt((std**2).mean((-2, -1)) + mean.var((-2, -1)))
    return PacketStatistics(mean.mean((-2, -1)), spread, mean, std, len(pixels))
