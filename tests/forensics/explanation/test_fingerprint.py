import numpy as np
import pytest
from planted import smooth, white

from subband.errors import InvalidInput
from subband.forensics import log_packets, packet_statistics
from subband.forensics.features.images import as_images


def test_it_is_the_mean_and_the_standard_deviation_of_all_at_once():
    pixels = smooth(600, 0)  # two chunks
    z = log_packets(as_images(pixels)).double().numpy()
    found = packet_statistics(pixels)
    np.testing.assert_allclose(found.mean, z.mean((0, 1, 4, 5)), rtol=1e-5)
    np.testing.assert_allclose(found.std, z.std((0, 1, 4, 5)), rtol=1e-5)
    np.testing.assert_allclose(found.mean_map, z.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(found.std_map, z.std((0, 1)), rtol=1e-5)
    assert found.images == 600
    assert found.mean_map.shape == (8, 8, 2, 2)


def test_smoothing_lowers_high_frequencies_and_not_low_ones():
    gap = packet_statistics(smooth(200, 1)).mean - packet_statistics(white(200, 0)).mean
    assert gap[7, 7] < -1.5
    assert abs(gap[0, 0]) < 0.1
    assert gap[7, 7] < gap[4, 4] < gap[0, 0]


def test_a_level_too_high_is_named():
    with pytest.raises(InvalidInput, match="level"):
        packet_statistics(white(2, 0), 9)
