"""Scattering has kymatio's values, in kymatio's order."""

import numpy as np
import pytest

import subband as sb
from kymatio_oracle import kymatio_numpy

# kymatio says of short signals that it can't pad them enough, and of T=0 what its next version will call it.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize(
    ("n", "arguments"),
    [
        (1024, {"J": 6, "Q": 8}),
        (1000, {"J": 5, "Q": (12, 2)}),
        (2048, {"J": 7, "Q": 8, "T": 100}),
        (777, {"J": 7, "Q": 1, "oversampling": 2}),
        (512, {"J": 4, "Q": (4, 1), "T": 256}),
        (512, {"J": 8, "Q": 8, "oversampling": 9}),
        (600, {"J": 6, "Q": 8, "T": 16, "max_order": 1}),
        (600, {"J": 6, "Q": 8, "T": 0}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_of_signals_are_kymatios(n, arguments, dtype, rng) -> None:
    x = rng.standard_normal((2, n)).astype(dtype)
    whole = arguments.get("T") != 0
    theirs = kymatio_numpy().Scattering1D(
        shape=n, **arguments, **({} if whole else {"average": False, "out_type": "list"})
    )
    given = {{"max_order": "order"}.get(name, name): value for name, value in arguments.items() if value}
    scattering = sb.Scattering(aliases="mean", average=whole, **given)
    ours, same = scattering(x), theirs(x)
    if whole:
        paths = [tuple(int(n) for n in row if not np.isnan(n)) for row in theirs.meta()["n"]]
    else:
        paths, same = [one["n"] for one in same], [one["coef"] for one in same]
    assert list(ours.paths) == paths
    if not whole:
        for path, coefficients in zip(paths, same, strict=True):
            assert relative(ours[path], coefficients) < 1e-6
    else:
        assert relative(ours.array, same) < (1e-6 if dtype == "float32" else 1e-11)
    assert all(np.asarray(ours[path]).dtype == dtype for path in paths[:3])


@pytest.mark.parametrize(
    ("shape", "arguments"),
    [
        ((32, 32), {"J": 3, "L": 8}),
        ((48, 40), {"J": 3, "L": 4}),
        ((37, 61), {"J": 2, "L": 6}),
        ((30, 30), {"J": 3, "L": 3, "max_order": 1}),
        ((32, 32), {"J": 5, "L": 2}),
        ((32, 64), {"J": 4, "L": 5}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_of_images_are_kymatios(shape, arguments, dtype, rng) -> None:
    x = rng.standard_normal((2, *shape)).astype(dtype)
    theirs = kymatio_numpy().Scattering2D(shape=shape, **arguments)(x)
    given = {{"max_order": "order"}.get(name, name): value for name, value in arguments.items()}
    ours = sb.Scattering(2, **given)(x).array
    assert ours.dtype == dtype
    assert relative(ours, theirs) < 1e-6


def relative(ours, theirs) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())
