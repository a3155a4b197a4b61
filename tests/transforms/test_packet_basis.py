"""Best bases: cheapest of all trees, exact both ways, and what is expected of atoms, tones and steps."""

from itertools import pairwise, product

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.packets.paths import as_tree, children, depth, frequency_band

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}
PARAMETERS = {"entropy": None, "log_energy": None, "threshold": 0.4, "lp": 1.0}
PYRAMID = ["aaa", "aad", "ad", "d"]


def all_trees(level: int, rank: int, root: tuple[str, ...] | None = None) -> list[list[tuple[str, ...]]]:
    """The leaves of every tree of at most `level` levels."""
    root = root or ("",) * rank
    if level == 0:
        return [[root]]
    below = [all_trees(level - 1, rank, child) for child in children(root)]
    return [[root], *([leaf for leaves in parts for leaf in leaves] for parts in product(*below))]


def random_tree(rng, level: int, rank: int, root: tuple[str, ...] | None = None) -> list[tuple[str, ...]]:
    root = root or ("",) * rank
    if level == 0 or rng.random() < 0.3:
        return [root]
    return [leaf for child in children(root) for leaf in random_tree(rng, level - 1, rank, child)]


def full_tree(level: int) -> list[str]:
    return ["".join(letters) for letters in product("ad", repeat=level)]


def direct_cost(coefficients, cost: str, norm: float, parameter: float | None) -> float:
    """The four costs, written down again."""
    v = np.abs(np.asarray(coefficients)).ravel()
    v = v[v > 0]
    match cost:
        case "entropy":
            return float(-((v / norm) ** 2 * np.log((v / norm) ** 2)).sum())
        case "log_energy":
            return float(np.log((v / norm) ** 2).sum())
        case "threshold":
            return float((v > parameter).sum())
        case _:
            return float(((v / norm) ** parameter).sum())


@pytest.mark.parametrize("mode", ["orthogonal", "periodization", "symmetric"])
@pytest.mark.parametrize("cost", PARAMETERS)
def test_no_tree_is_cheaper(cost: str, mode: str, rng) -> None:
    for x in (rng.standard_normal((2, 24)), np.cumsum(rng.standard_normal(32)), np.sin(np.arange(40) ** 1.5)):
        parameter = PARAMETERS[cost]
        best = sb.best_basis(x, "db2", level=3, mode=mode, cost=cost, parameter=parameter)
        trees = all_trees(3, 1)
        assert len(trees) == 26
        costs = [
            direct_cost(
                sb.packet_basis(x, "db2", tree, mode=mode).ravel(), cost, np.linalg.norm(x), parameter
            )
            for tree in trees
        ]
        assert best.cost == pytest.approx(min(costs), rel=1e-12)
        assert direct_cost(best.ravel(), cost, np.linalg.norm(x), parameter) == pytest.approx(min(costs))


@pytest.mark.parametrize("axes", [(0, 1), (2, 0)])
def test_no_tree_of_two_axes_is_cheaper(axes, rng) -> None:
    x = np.cumsum(rng.standard_normal((12, 10, 16)), axis=0)
    trees = all_trees(2, 2)
    assert len(trees) == 17
    costs = [sb.basis_cost(sb.packet_basis(x, "haar", tree, axes=axes)) for tree in trees]
    best = sb.best_basis(x, "haar", level=2, axes=axes)
    assert best.cost == pytest.approx(min(costs), rel=1e-12)


def test_it_is_no_dearer_than_pyramid_full_levels_and_random_trees(rng) -> None:
    x = np.cos(np.arange(512) ** 2 / 800) + 0.1 * rng.standard_normal(512)
    best = sb.best_basis(x, "sym6", level=5)
    others = [["aaaaa", "aaaad", "aaad", "aad", "ad", "d"], *map(full_tree, range(1, 6))]
    others += [random_tree(rng, 5, 1) for _ in range(30)]
    for tree in others:
        assert best.cost is not None
        assert best.cost <= sb.basis_cost(sb.packet_basis(x, "sym6", tree)) + 1e-9


@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(1, 13), min_size=1, max_size=3),
    seed=st.integers(0, 1000),
    mode=st.sampled_from(sb.MODES),
    kind=st.sampled_from(["f4", "f8", "c8", "c16"]),
    data=st.data(),
)
def test_every_tree_comes_back_exactly(shape, seed, mode, kind, data) -> None:
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, max_size=2, unique=True))
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    x = (x if kind[0] == "c" else x.real).astype(kind)
    level = max(1, min(sb.max_level(shape[axis], "haar") for axis in axes))
    basis = sb.packet_basis(x, "haar", random_tree(rng, level, len(axes)), mode=mode, axes=axes)
    y = sb.ipacket_basis(basis)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    scale = max(1.0, float(np.abs(basis.ravel()).max()))
    np.testing.assert_allclose(y, x, atol=(1e-5 if kind in ("f4", "c8") else 1e-12) * scale)


@pytest.mark.parametrize("name", ["db3", "sym5", "bior4.4"])
def test_bands_are_those_of_the_full_levels(name: str, rng) -> None:
    x = rng.standard_normal((2, 80))
    basis = sb.packet_basis(x, name, ["d", "aa", "ada", "add"], mode="reflect")
    assert basis.paths == (("aa",), ("add",), ("ada",), ("d",))
    for path, band in basis:
        np.testing.assert_allclose(
            band, sb.packets(x, name, level=depth(path), mode="reflect")[path], atol=1e-12
        )
        np.testing.assert_array_equal(basis[path[0]], band)
    with pytest.raises(InvalidInput, match="is not a leaf of this tree"):
        basis["ad"]


def test_the_pyramid_is_one_of_the_bases(rng) -> None:
    x = rng.standard_normal((3, 50))
    basis, c = sb.packet_basis(x, "db2", PYRAMID, mode="smooth"), sb.dwt(x, "db2", level=3, mode="smooth")
    np.testing.assert_allclose(basis["aaa"], c.approx, atol=1e-12)
    for path in PYRAMID[1:]:
        np.testing.assert_allclose(basis[path], c[len(path)]["d"], atol=1e-12)


@pytest.mark.parametrize("mode", ["periodization", "orthogonal"])
def test_energy_is_kept_in_every_basis(mode: str, rng) -> None:
    x = rng.standard_normal((2, 64, 48))
    for _ in range(8):
        basis = sb.packet_basis(x, "coif1", random_tree(rng, 3, 2), mode=mode, axes=(1, 2))
        assert (basis.ravel() ** 2).sum() == pytest.approx((x**2).sum(), rel=1e-12)
        assert sum(band.size for band in basis.bands) == x.size


@pytest.mark.parametrize("cost", ["entropy", "lp"])
@pytest.mark.parametrize("path", ["d", "add", "dada", "aaad"])
def test_an_atom_is_one_coefficient(path: str, cost: str) -> None:
    size = 128 // 2 ** len(path)
    band = np.zeros(size)
    band[size // 2] = -3
    x = sb.ipacket_band(band, "db4", path, (128,), mode="orthogonal")
    best = sb.best_basis(x, "db4", level=4, cost=cost)
    coefficients = np.abs(best.ravel())
    assert (path,) in best.paths
    assert np.sort(coefficients)[-1] == pytest.approx(3, rel=1e-12)
    assert np.sort(coefficients)[-2] < 1e-12
    # One coefficient has entropy 0 and ℓ¹ norm 1.
    assert best.cost == pytest.approx({"entropy": 0, "lp": 1}[cost], abs=1e-9)


def test_a_single_sample_is_left_alone_and_a_haar_step_is_not() -> None:
    x = np.zeros(64)
    x[20] = 5.0
    assert sb.best_basis(x, "haar", level=5).paths == (("",),)
    # A constant is one Haar atom of the deepest level.
    constant = sb.best_basis(np.ones(32), "haar", level=5, cost="threshold", parameter=1e-9)
    assert ("aaaaa",) in constant.paths
    assert constant.cost == 1
    # Nothing costs nothing, and nothing is gained by a split.
    nothing = sb.best_basis(np.zeros(32), "haar", level=3)
    assert (nothing.paths, nothing.cost) == ((("",),), 0)


def test_the_fastest_oscillation_is_one_haar_atom() -> None:
    # (−1)ⁿ is √2 in the band d and then constant: low-pass from there on.
    best = sb.best_basis((-1.0) ** np.arange(32), "haar", level=5, cost="threshold", parameter=1e-9)
    assert ("daaaa",) in best.paths
    assert best.cost == 1
    assert frequency_band("daaaa") == (0.5 - 1 / 64, 0.5)


def test_tones_are_split_finely_in_frequency() -> None:
    t = np.arange(2048)
    tones = np.cos(2 * np.pi * 0.0653 * t) + np.cos(2 * np.pi * 0.3171 * t)
    best = sb.best_basis(tones, "db10", level=6, mode="periodization")
    energies = np.array([(band**2).sum() for band in best.bands])
    strongest = [best.paths[i] for i in np.argsort(energies)[-2:]]
    for frequency in (0.0653, 0.3171):
        assert any(low <= frequency <= high for low, high in (frequency_band(path[0]) for path in strongest))
    assert list(map(depth, strongest)) == [6, 6]
    pyramid = sb.packet_basis(
        tones, "db10", ["a" * 6, *("a" * j + "d" for j in range(6))], mode="periodization"
    )
    assert np.exp(best.cost) < 0.25 * np.exp(sb.basis_cost(pyramid))


def test_a_batch_shares_the_basis_that_is_best_for_the_sum(rng) -> None:
    x = rng.standard_normal((3, 32)) * np.array([[1.0], [5.0], [0.2]])
    best = sb.best_basis(x, "db2", level=3)
    assert all(band.shape[0] == 3 for band in best.bands)
    costs = [
        sum(
            direct_cost(sb.packet_basis(row, "db2", tree).ravel(), "entropy", np.linalg.norm(x), None)
            for row in x
        )
        for tree in all_trees(3, 1)
    ]
    assert best.cost == pytest.approx(min(costs), rel=1e-12)


def test_a_cost_may_be_a_function(rng) -> None:
    x = rng.standard_normal(64)
    got = sb.best_basis(x, "db2", level=3, cost=lambda v: abs(v) ** 0.5)
    want = sb.best_basis(x, "db2", level=3, cost="lp", parameter=0.5)
    assert got.paths == want.paths
    assert got.cost == pytest.approx(want.cost * np.linalg.norm(x) ** 0.5)


def test_the_norm_of_a_cost_may_be_given(rng) -> None:
    x = rng.standard_normal(40)
    best = sb.best_basis(x, "bior4.4", level=2, mode="symmetric")
    assert sb.basis_cost(best, signal_norm=np.linalg.norm(x)) == pytest.approx(best.cost)


@pytest.mark.parametrize("kind", MAKE)
def test_same_basis_in_every_library(kind: str, rng) -> None:
    x = np.cos(np.arange(32) ** 2 / 25) + 0.05 * rng.standard_normal((2, 32))
    want = sb.best_basis(x, "haar", level=2)
    got = sb.best_basis(MAKE[kind](x), "haar", level=2)
    assert got.spec == want.spec
    for band, expected in zip(got.bands, want.bands, strict=True):
        assert type(band) is type(MAKE[kind](x))
        np.testing.assert_allclose(np.asarray(band), expected, atol=1e-12)
    np.testing.assert_allclose(np.asarray(sb.ipacket_basis(got)), x, atol=1e-12)


def test_coefficients_are_differentiable_and_the_choice_is_not(rng) -> None:
    x = torch.randn(2, 24, dtype=torch.float64, requires_grad=True)
    paths = sb.best_basis(x, "db2", level=2).paths

    def chosen(x):
        return sb.best_basis(x, "db2", level=2).ravel()

    assert torch.autograd.gradcheck(lambda x: sb.packet_basis(x, "db2", paths).ravel(), x)
    chosen(x).pow(4).sum().backward()
    # The basis is orthonormal: d/dx Σ c⁴ = Aᵀ 4 c³.
    basis = sb.packet_basis(x.detach(), "db2", paths)
    torch.testing.assert_close(x.grad, sb.ipacket_basis(basis.map(lambda c: 4 * c**3)))


def test_a_basis_is_a_pytree_and_jit_takes_a_given_tree(rng) -> None:
    x = jnp.asarray(rng.standard_normal(32))
    basis = jax.jit(lambda x: sb.packet_basis(x, "haar", ["d", "aa", "ad"]))(x)
    assert isinstance(basis, sb.PacketBasis)
    assert len(jax.tree_util.tree_leaves(basis)) == 3
    doubled = jax.tree_util.tree_map(lambda a: 2 * a, basis)
    np.testing.assert_allclose(np.asarray(sb.ipacket_basis(doubled)), 2 * np.asarray(x), atol=1e-12)
    with pytest.raises(InvalidInput, match="outside of jit"):
        jax.jit(lambda x: sb.best_basis(x, "haar", level=2).ravel())(x)
    paths = sb.best_basis(x, "haar", level=2).paths
    slopes = [
        jax.grad(lambda x, find=find: (find(x).ravel() ** 4).sum())(x)
        for find in (lambda x: sb.best_basis(x, "haar", level=2), lambda x: sb.packet_basis(x, "haar", paths))
    ]
    np.testing.assert_allclose(*slopes, rtol=1e-12)


def test_half_precision_and_empty_batches() -> None:
    x = torch.linspace(-100, 100, 64, dtype=torch.float16)
    basis = sb.best_basis(x, "haar", level=4)
    assert np.isfinite(basis.cost)
    torch.testing.assert_close(sb.ipacket_basis(basis), x, atol=0.5, rtol=0)
    assert sb.ipacket_basis(sb.packet_basis(np.ones((0, 8)), "haar", ["a", "d"])).shape == (0, 8)


def test_tiles_cover_time_and_frequency_once() -> None:
    x = np.random.default_rng(0).standard_normal(64)
    for mode in ("orthogonal", "symmetric"):
        tiles = sb.packet_basis(x, "haar", ["aa", "ada", "add", "d"], mode=mode).tiles(fs=100.0)
        area = sum(
            np.diff(tile.edges[0]).sum() * (tile.frequencies[0][1] - tile.frequencies[0][0]) for tile in tiles
        )
        assert area == pytest.approx(0.64 * 50)
        edges = [tile.frequencies[0] for tile in tiles]
        assert edges[0][0] == 0
        assert edges[-1][1] == 50
        assert all(below[1] == above[0] for below, above in pairwise(edges))
        assert [len(tile.edges[0]) - 1 for tile in tiles] == [16, 8, 8, 32]
    wide = sb.packet_basis(x, "db4", ["a", "d"], mode="symmetric").tiles()
    assert all((tile.edges[0][0], tile.edges[0][-1]) == (0, 64) for tile in wide)


def test_frequency_bands_follow_the_order_of_packets() -> None:
    order = sb.packets(np.ones(64), "haar", level=4).spec.analysis.band_order
    for place, natural in enumerate(order):
        path = format(natural, "04b").replace("0", "a").replace("1", "d")
        assert frequency_band(path) == (place / 32, (place + 1) / 32)


ERRORS = {
    "unknown cost": (lambda x: sb.best_basis(x, "haar", cost="gini"), "give one of entropy, log_energy"),
    "no threshold": (
        lambda x: sb.best_basis(x, "haar", cost="threshold"),
        "the threshold of cost",
    ),
    "power too high": (lambda x: sb.best_basis(x, "haar", cost="lp", parameter=2), "between 0 and 2"),
    "cost of a wrong shape": (
        lambda x: sb.best_basis(x, "haar", cost=np.sum),
        "the cost of each coefficient",
    ),
    "not a basis": (lambda x: sb.ipacket_basis(x), "can't invert a ndarray"),
    "missing leaf": (lambda x: sb.packet_basis(x, "haar", ["a", "dd"]), r"path \('da',\) is missing"),
    "no leaf": (lambda x: sb.packet_basis(x, "haar", []), r"tree=\[\]: give the paths of its leaves"),
    "overlapping leaves": (lambda x: sb.packet_basis(x, "haar", ["a", "ad", "d"]), "overlaps another"),
    "a leaf twice": (lambda x: sb.packet_basis(x, "haar", ["a", "d", "d"]), "overlaps another"),
    "wrong letters": (lambda x: sb.packet_basis(x, "haar", ["a", "h"]), "give letters a or d"),
    "paths for other axes": (lambda x: sb.packet_basis(x, "haar", ["a", "d"], axes=(0, 1)), "each of 2 axes"),
    "bands of another shape": (
        lambda x: sb.packet_basis(x, "haar", ["a", "d"]).map(lambda b: b[..., 1:]),
        "return an array of that shape",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))


def test_any_order_of_leaves_is_one_tree(rng) -> None:
    tree = [leaf for path in children(("", "")) for leaf in children(path)]
    shuffled = [tree[i] for i in rng.permutation(len(tree))]
    assert as_tree(shuffled, 2) == as_tree(tree, 2)
