"""Copies among many small images, exact and near, so that no picture and its copy are on two sides of a split."""

import numpy as np

COARSE = 8  # pixels a side of the reduced images that pairs are sought among
CANDIDATE, COPY = 0.95, 0.95
"""Least correlation of the reduced grey images of a candidate, and of the full images of copies."""

_ROWS = 2000  # images compared with all others at a time


def groups_of_copies(pixels: np.ndarray) -> np.ndarray:
    """Group number of each image: equal for images that are copies, or mirror images, of each other.

    Pairs whose reduced grey images correlate by `CANDIDATE` are compared in full: copies are those whose
    pixels, all colours, correlate by `COPY`. Copies of copies share a group. Re-encoding, another brightness or
    contrast, and retouching leave a copy a copy.

    Args:
        pixels: (N, S, S, 3) uint8, S divisible by 8.

    Returns:
        (N,) int64, numbered in order of appearance.
    """
    n, side = len(pixels), pixels.shape[1]
    grey = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    coarse = grey.reshape(n, COARSE, side // COARSE, COARSE, side // COARSE).mean((2, 4))
    straight, mirrored = _standardised(coarse), _standardised(coarse[:, :, ::-1])
    parent = np.arange(n)
    seen: dict[bytes, int] = {}
    for i, image in enumerate(pixels):
        parent[i] = seen.setdefault(image.tobytes(), i)
    for start in range(0, n, _ROWS):
        for rows, flipped in (
            (straight[start : start + _ROWS], False),
            (mirrored[start : start + _ROWS], True),
        ):
            first, second = np.nonzero(rows @ straight.T > CANDIDATE)
            first += start
            later = first < second
            _join(parent, pixels, first[later], second[later], flipped)
    roots = np.array([_root(parent, i) for i in range(n)])
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def held_out(
    groups: np.ndarray, labels: np.ndarray, counts: tuple[int, int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of training, validation and test images, `counts` of each class, in random order.

    Validation and test images are drawn from those without any copy, so that a picture that occurs often does not
    count often; groups of copies are for training.

    Args:
        groups: (N,) of `groups_of_copies`.
        labels: (N,) classes.
        counts: images of each class for training (at most), validation and test.
        rng: of the draw.
    """
    alone = np.bincount(groups)[groups] == 1
    parts: tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]] = ([], [], [])
    train, val, test = counts
    for label in np.unique(labels):
        unique = rng.permutation(np.flatnonzero((labels == label) & alone))
        kept = np.concatenate([unique[val + test :], np.flatnonzero((labels == label) & ~alone)])
        for part, index in zip(
            parts, (rng.permutation(kept)[:train], unique[test : val + test], unique[:test]), strict=True
        ):
            part.append(index)
    first, second, third = (rng.permutation(np.concatenate(part)) for part in parts)
    return first, second, third


def _standardised(images: np.ndarray) -> np.ndarray:
    """Rows of mean 0 and norm 1, so that products are correlations; flat images become 0."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    rows -= rows.mean(1, keepdims=True)
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norm > 0, norm, np.inf)


def _join(
    parent: np.ndarray, pixels: np.ndarray, first: np.ndarray, second: np.ndarray, mirrored: bool
) -> None:
    for k in range(0, len(first), _ROWS):
        i, j = first[k : k + _ROWS], second[k : k + _ROWS]
        left = pixels[i][:, :, ::-1] if mirrored else pixels[i]
        alike = (_standardised(left) * _standardised(pixels[j])).sum(1) > COPY
        for a, b in zip(i[alike], j[alike], strict=True):
            parent[_root(parent, b)] = _root(parent, a)


def _root(parent: np.ndarray, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]  # path halving
        i = parent[i]
    return i
