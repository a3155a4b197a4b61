"""Logits and features of one call are its own, whatever other threads ask of the same classifier."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from subband.forensics.networks.measured import last_linear, logits_and_features
from subband.forensics.networks.registry import DETECTORS, Shape, build


@pytest.mark.parametrize("name", DETECTORS)
def test_features_are_the_inputs_of_the_last_layer_in_every_thread(name, rng):
    classifier = build(name, Shape(32, 3), seed=0)
    batches = [rng.integers(0, 256, (1 + k % 3, 32, 32, 3), dtype=np.uint8) for k in range(24)]
    alone = [logits_and_features(classifier, pixels) for pixels in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda pixels: logits_and_features(classifier, pixels), batches))
    last = last_linear(classifier)
    for pixels, (logits, features), (again, same) in zip(batches, alone, together, strict=True):
        assert len(logits) == len(features) == len(pixels)
        expected = features @ last.weight.detach().numpy().T + last.bias.detach().numpy()
        np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4 * np.abs(logits).max())
        np.testing.assert_array_equal(same, features)
        np.testing.assert_array_equal(again, logits)
    assert not last._forward_pre_hooks
