"""Distances between distributions of image features: FID, KID, precision, recall, density, coverage.

All take one feature row per image, from the same network for both sets. The values depend on that network and
on the number of images, so each is to be compared with its floor: the value between two sets of real images.
"""

from typing import NamedTuple

import numpy as np
import scipy

from subband.errors import InvalidInput


class KernelDistance(NamedTuple):
    """A kernel distance and its standard deviation.

    Attributes:
        value: mean over the subsets; 0 in expectation for equal distributions, and may be negative.
        deviation: standard deviation over the subsets.
    """

    value: float
    deviation: float


class Overlap(NamedTuple):
    """Overlap of the k-nearest-neighbour manifolds of two sets; all but density in [0, 1].

    Attributes:
        precision: share of generated images within the real neighbourhoods: fidelity.
        recall: share of real images within the generated neighbourhoods: diversity.
        density: mean number of real neighbourhoods that contain a generated image, divided by k; 1 in
            expectation for equal distributions.
        coverage: share of real neighbourhoods that contain a generated image.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def frechet_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """Squared Fréchet distance between the Gaussians of two sets of features.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). The last trace is computed as the sum of the singular values
    of C1^(1/2) C2^(1/2), which is real even for fewer images than features. The estimate is biased upwards;
    the bias decreases with the number of images.

    Args:
        real: shape (N, d), N >= 2.
        generated: shape (M, d), M >= 2.

    Raises:
        InvalidInput: other shapes, or values that are not finite.

    Source: Dowson and Landau 1982, equation 2; Heusel et al. 2017, "GANs trained by a two time-scale update
        rule".
    """
    x, y = _checked(real, generated)
    first, second = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (x, y))
    cross = np.linalg.svd(_root(first) @ _root(second), compute_uv=False).sum()
    apart = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()
    return float(apart + np.trace(first) + np.trace(second) - 2 * cross)


def kernel_distance(
    real: np.ndarray,
    generated: np.ndarray,
    *,
    subsets: int = 100,
    size: int | None = None,
    rng: np.random.Generator,
) -> KernelDistance:
    """Unbiased squared maximum mean discrepancy with the kernel (x·y / d + 1)^3: KID.

    Args:
        real: shape (N, d).
        generated: shape (M, d).
        subsets: number of pairs of random subsets to average over.
        size: images per subset; by default half of the smaller set, at most 1000.
        rng: of the subsets.

    Raises:
        InvalidInput: other shapes, values that are not finite, subsets < 1 or size < 2.

    Source: Bińkowski et al. 2018, "Demystifying MMD GANs", section 4; Gretton et al. 2012, equation 3.
    """
    x, y = _checked(real, generated)
    fewest = min(len(x), len(y))
    m = max(2, min(1000, fewest // 2)) if size is None else min(size, fewest)
    if subsets < 1 or m < 2:
        raise InvalidInput(f"can't average over {subsets} subsets of {m} images: take 1 and 2 at the least")
    values = [
        _unbiased_discrepancy(x[rng.permutation(len(x))[:m]], y[rng.permutation(len(y))[:m]])
        for _ in range(subsets)
    ]
    return KernelDistance(float(np.mean(values)), float(np.std(values)))


def overlap(real: np.ndarray, generated: np.ndarray, *, k: int = 3) -> Overlap:
    """Precision, recall, density and coverage from balls around each image with radius to its k-th neighbour.

    Args:
        real: shape (N, d), N > k.
        generated: shape (M, d), M > k.
        k: number of nearest neighbours within the own set.

    Raises:
        InvalidInput: other shapes, values that are not finite, or k < 1.

    Source: Kynkäänniemi et al. 2019, "Improved precision and recall metric", equation 2 (precision, recall);
        Naeem et al. 2020, "Reliable fidelity and diversity metrics", equations 5 and 6 (density, coverage).
    """
    x, y = _checked(real, generated)
    if not 1 <= k < min(len(x), len(y)):
        raise InvalidInput(f"can't take neighbour {k} of {min(len(x), len(y))} images: 1 <= k < images")
    apart = scipy.spatial.distance.cdist(x, y)
    in_real = apart <= _radii(x, k)[:, None]
    in_generated = apart <= _radii(y, k)
    return Overlap(
        precision=float(in_real.any(axis=0).mean()),
        recall=float(in_generated.any(axis=1).mean()),
        density=float(in_real.sum(axis=0).mean() / k),
        coverage=float(in_real.any(axis=1).mean()),
    )


def _root(covariance: np.ndarray) -> np.ndarray:
    """Symmetric square root of a covariance matrix."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(values.clip(min=0)) @ vectors.T


def _unbiased_discrepancy(x: np.ndarray, y: np.ndarray) -> float:
    """E k(x, x') + E k(y, y') - 2 E k(x, y), the first two over pairs of distinct rows."""
    m, d = x.shape
    kxx, kyy, kxy = ((a @ b.T / d + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    within = (kxx.sum() - np.trace(kxx) + kyy.sum() - np.trace(kyy)) / (m * (m - 1))
    return float(within - 2 * kxy.mean())


def _radii(x: np.ndarray, k: int) -> np.ndarray:
    """(N,) distance of each row to its k-th nearest other row."""
    distances = scipy.spatial.distance.cdist(x, x)
    np.fill_diagonal(distances, np.inf)
    return np.partition(distances, k - 1, axis=1)[:, k - 1]


def _checked(real: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as finite float64 matrices with equal numbers of columns and at least two rows."""
    x, y = np.asarray(real, np.float64), np.asarray(generated, np.float64)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or min(len(x), len(y)) < 2:
        raise InvalidInput(
            f"can't compare features of shapes {x.shape} and {y.shape}: need (N, d) and (M, d), 2 rows or more"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InvalidInput("can't compare features that are NaN or infinite")
    return x, y
