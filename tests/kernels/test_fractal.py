"""The fractal codec's loops: the search against every isometry tried in pixels, compiled code against NumPy."""

import numpy as np
import pytest

from subband.kernels.build import compiled
from subband.kernels.fractal import (
    FRACTION,
    LEAF,
    SIZES,
    Domains,
    Drawing,
    PlaneHeader,
    cosine_basis,
    draw,
    read,
    write,
)

IMPLS = [
    "reference",
    pytest.param("fast", marks=pytest.mark.skipif(not compiled(), reason="no compiled kernels")),
]
LIMIT = 1.25


def isometries(block: np.ndarray) -> list[np.ndarray]:
    """Transposed (4), rows reversed (2), columns reversed (1)."""
    found = []
    for k in range(8):
        turned = block.T if k & 4 else block
        turned = turned[::-1] if k & 2 else turned
        found.append(turned[:, ::-1] if k & 1 else turned)
    return found


def least_error(block: np.ndarray, domain: np.ndarray) -> float:
    """min ‖r − s D‖² over eight isometries and |s| ≤ LIMIT, both without means."""
    r, d = block - block.mean(), domain - domain.mean()
    errors = []
    for turned in isometries(d):
        square = (turned**2).sum()
        s = np.clip((r * turned).sum() / square, -LIMIT, LIMIT) if square else 0
        errors.append(((r - s * turned) ** 2).sum())
    return min(errors)


@pytest.mark.parametrize("impl", IMPLS)
@pytest.mark.parametrize(
    ("size", "step", "first", "shape"),
    [(4, 1, (0, 0), (9, 37)), (8, 2, (1, 2), (5, 7)), (16, 3, (0, 1), (3, 4))],
)
def test_the_nearest_domain_is_the_nearest_of_all(rng, impl, size, step, first, shape) -> None:
    reduced = rng.normal(120, 30, (60, 60)).astype(np.float32)
    reduced[:20] = reduced[:20] * 0.05 + 100  # where the contrast reaches its limit
    blocks = rng.normal(120, 40, (11, size, size)).astype(np.float32)
    basis = cosine_basis(size)
    pool = Domains(reduced, size, step, first, shape, LIMIT, impl)
    found = pool.nearest(basis @ blocks @ basis.T)
    positions = [
        (r, c) for r in range(first[0], first[0] + shape[0]) for c in range(first[1], first[1] + shape[1])
    ]

    def at(row: int, column: int) -> np.ndarray:
        return reduced[row * step : row * step + size, column * step : column * step + size].astype(float)

    for block, (row, column) in zip(blocks.astype(float), found, strict=True):
        assert (row, column) in positions
        best = min(least_error(block, at(*p)) for p in positions)
        assert least_error(block, at(row, column)) == pytest.approx(best, rel=1e-4)


def tree(rng: np.random.Generator, height: int, width: int) -> tuple[PlaneHeader, np.ndarray, np.ndarray]:
    """A header, the leaves of a random quadtree, and their index."""
    spacing = (1, 2, 4, 0, 0)
    rows, columns = (
        tuple((e // 2 - n) // s + 1 if s and e // 2 >= n else 0 for n, s in zip(SIZES, spacing, strict=True))
        for e in (height, width)
    )
    header = PlaneHeader(height, width, 3, 320, 7, 24, rows, columns)
    leaves: list[list[int]] = []
    index = np.full((height // 4, width // 4), -1, np.int32)

    def grow(y: int, x: int, level: int) -> None:
        n = SIZES[level]
        if y >= height or x >= width:
            return
        if level and (y + n > height or x + n > width or rng.random() < 0.6):
            for i in (0, n // 2):
                for j in (0, n // 2):
                    grow(y + i, x + j, level - 1)
            return
        index[y // 4, x // 4] = len(leaves)
        domain = [0, 0, 0, 0]
        if rows[level] and columns[level] and rng.random() < 0.5:
            place = [
                _within(rng, p, count, e)
                for p, count, e in ((y, rows[level], height), (x, columns[level], width))
            ]
            domain = [int(rng.choice([-7, -2, 1, 3])), int(rng.integers(8)), *place]
        terms = np.where(rng.random(14) < 0.3, rng.integers(-40, 40, 14), 0)
        if level == 0:
            terms[[9, 13]] = 0  # cosines of index 4
        leaves.append([y, x, level, *domain, int(rng.integers(0, 255 << FRACTION)), *map(int, terms)])

    for y in range(0, height, 32):
        for x in range(0, width, 32):
            grow(y, x, 3)
    return header, np.array(leaves, np.int32).reshape(-1, LEAF), index


def _within(rng: np.random.Generator, pixel: int, positions: int, extent: int) -> int:
    from subband.kernels.fractal import first_domain

    return first_domain(pixel, positions, 24, extent) + int(rng.integers(min(positions, 24)))


@pytest.mark.parametrize("impl", IMPLS)
@pytest.mark.parametrize("size", [(4, 4), (64, 96), (36, 300)])
def test_what_is_read_is_what_was_written(rng, impl, size) -> None:
    header, leaves, index = tree(rng, *size)
    exact = leaves.copy()
    code = write(header, leaves, index, impl)
    found = read(header, code, impl)
    number = index[found[:, 0] // 4, found[:, 1] // 4]
    assert sorted(number) == list(range(len(leaves)))
    np.testing.assert_array_equal(found, leaves[number])
    others = [k for k in range(LEAF) if k != 7]
    np.testing.assert_array_equal(leaves[:, others], exact[:, others])
    step = np.maximum((header.step << 2) // np.array(SIZES)[leaves[:, 2]], 32)
    assert (np.abs(leaves[:, 7] - exact[:, 7]) <= step).all()


@pytest.mark.skipif(not compiled(), reason="no compiled kernels")
@pytest.mark.parametrize("size", [(4, 4), (64, 96), (36, 300)])
def test_both_implementations_write_the_same_bytes(rng, size) -> None:
    header, leaves, index = tree(rng, *size)
    other = leaves.copy()
    assert write(header, leaves, index, "fast") == write(header, other, index, "reference")
    np.testing.assert_array_equal(leaves, other)


@pytest.mark.skipif(not compiled(), reason="no compiled kernels")
def test_both_implementations_read_the_same_from_any_bytes(rng) -> None:
    header, _, _ = tree(rng, 64, 64)
    for length in (0, 1, 5, 200):
        code = rng.bytes(length)
        np.testing.assert_array_equal(read(header, code, "fast"), read(header, code, "reference"))


@pytest.mark.skipif(not compiled(), reason="no compiled kernels")
@pytest.mark.parametrize("zoom", [1, 3])
@pytest.mark.parametrize("smoothing", [0, 5])
def test_both_implementations_draw_the_same_pixels(rng, zoom, smoothing) -> None:
    header, leaves, _ = tree(rng, 64, 96)
    drawing = Drawing(64, 96, zoom, header.step, 10, (1, 2, 4, 0, 0), smoothing, 12)
    fast, slow = (draw(drawing, leaves, impl) for impl in ("fast", "reference"))
    np.testing.assert_array_equal(fast[0], slow[0])
    assert fast[1] == slow[1]


@pytest.mark.skipif(not compiled(), reason="no compiled kernels")
@pytest.mark.parametrize(
    ("column", "value"), [(0, 64), (0, -4), (1, 2), (2, 5), (2, -1), (5, 99), (6, -1), (3, 300)]
)
def test_leaves_beyond_the_plane_are_refused(rng, column, value) -> None:
    header, leaves, _ = tree(rng, 64, 64)
    leaves[:, 3] = np.where(leaves[:, 2] < 3, 1, 0)
    leaves[3, column] = value
    leaves[3, 2] = leaves[3, 2] if column == 2 else 0
    with pytest.raises(ValueError, match=r"beyond|size"):
        draw(Drawing(64, 64, 1, header.step, 10, (1, 2, 4, 0, 0), 0, 4), leaves)
