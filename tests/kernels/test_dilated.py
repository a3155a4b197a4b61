"""Compiled undecimated filter banks against their definition, level by level."""

import numpy as np
import pytest

import subband as sb
from subband.kernels.build import compiled as there_are_kernels
from subband.kernels.dilated import fits
from subband.transforms.stationary.atrous import analysis_plan, merge, split, synthesis_plan

pytestmark = pytest.mark.skipif(not there_are_kernels(), reason="no compiled kernels")

SIZES = [(64,), (97,), (7,), (2,), (16, 24), (9, 33), (5, 2), (8, 9, 10), (3, 5, 2)]
CLOSE = {"float32": 2e-6, "float64": 1e-14, "complex64": 2e-6, "complex128": 1e-14}


@pytest.mark.parametrize("first", [0, 2])
@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_bands_are_those_of_the_definition(size: tuple[int, ...], dtype: str, first: int, rng) -> None:
    from subband.kernels.dilated import compiled

    x = rng.standard_normal((3, *size)) + (1j * rng.standard_normal((3, *size)) if dtype[0] == "c" else 0)
    x = x.astype(dtype)
    assert fits(x, len(size))
    for name in ("haar", "db4", "bior2.4", "sym8"):
        wavelets, levels = [sb.wavelet(name)] * len(size), 3
        bands = compiled.analyse(x, analysis_plan(wavelets, size, levels, 0.7, first))
        approximation, details = x.astype(np.result_type(dtype, np.float64)), []
        for level in range(levels):
            approximation, *finest = split(approximation, wavelets, 2 ** (first + level), 0.7)
            details = finest + details
        expected = np.stack([approximation, *details], axis=1)
        assert bands.dtype == dtype
        np.testing.assert_allclose(bands, expected, rtol=0, atol=9 * CLOSE[dtype] * np.abs(expected).max())

        plan, start = synthesis_plan(wavelets, size, levels, 0.6, first), 1
        back, count = expected[:, 0], 2 ** len(size) - 1
        for level in reversed(range(levels)):
            parts = [back, *(expected[:, i] for i in range(start, start + count))]
            back, start = merge(parts, wavelets, 2 ** (first + level), 0.6), start + count
            found = compiled.synthesise(bands, plan, level)
            np.testing.assert_allclose(found, back, rtol=0, atol=30 * CLOSE[dtype] * np.abs(expected).max())


def test_other_arrays_are_left_to_the_definition(rng) -> None:
    for x in (rng.standard_normal((2, 8)).astype(np.longdouble), rng.standard_normal((0, 8))):
        assert not fits(x, 1)
    assert not fits(rng.standard_normal((2, 3, 3, 3, 3)), 4)
    x = rng.standard_normal((4, 5, 4, 6))
    np.testing.assert_allclose(sb.iswt(sb.swt(x, "db2", level=2, axes=(0, 1, 2, 3))), x, atol=1e-12)
