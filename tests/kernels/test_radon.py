"""The compiled rays against the reference, for images, detectors and angles of any number."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import subband as sb

pytestmark = pytest.mark.compiled

ANY = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def rays(draw: st.DrawFn) -> sb.Radon:
    """Parallel or fan beams over an image of up to 12 × 12."""
    shape = draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    angles = draw(st.lists(st.floats(-360, 360), min_size=1, max_size=6))
    common = {
        "angles": angles,
        "detectors": draw(st.integers(1, 20)),
        "spacing": draw(st.floats(0.3, 3)),
    }
    if draw(st.booleans()):
        return sb.Radon(shape, beam="fan", distance=draw(st.floats(15, 60)), **common)
    return sb.Radon(shape, centre=draw(st.tuples(st.floats(-2, 14), st.floats(-2, 14))), **common)


@ANY
@given(A=rays(), dtype=st.sampled_from(["float32", "float64"]), seed=st.integers(0, 2**32 - 1))
def test_the_compiled_rays_are_those_of_the_reference(A: sb.Radon, dtype: str, seed: int) -> None:
    slow, fast = replace(A, impl="reference"), replace(A, impl="fast")
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3, *A.input_shape)).astype(dtype)
    y = rng.standard_normal((3, *A.output_shape)).astype(dtype)
    tolerance = 1e-12 if dtype == "float64" else 3e-5
    np.testing.assert_allclose(fast(x), slow(x), atol=tolerance)
    np.testing.assert_allclose(fast.adjoint(y), slow.adjoint(y), atol=tolerance)
    assert slow.check() <= 1e-12
