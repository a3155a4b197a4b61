"""Scattering: the definition, resolutions, paths, the container, padding, bad input."""

from dataclasses import replace

import jax
import numpy as np
import pytest

import subband as sb
from subband.errors import InvalidInput, UnsupportedArray


@pytest.mark.parametrize("name", sb.BANKS[1])
def test_it_is_its_definition(name, rng) -> None:
    x = rng.standard_normal(96)
    scattering = sb.Scattering(J=4, Q=(2, 1), order=3, bank=name, pad_mode="periodic", oversampling=9)
    ours = scattering(x)
    for path in ours.paths:
        u = x
        for bank, place in zip(scattering.banks, path, strict=False):
            u = np.abs(np.fft.ifft(np.fft.fft(u) * bank.spectra(96, 16)[place]))
        u = np.fft.ifft(np.fft.fft(u) * scattering.banks[0].lowpass(96, 16)).real
        np.testing.assert_allclose(ours[path], u, atol=1e-13)
    assert max(map(len, ours.paths)) == 3


@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize(
    ("ndim", "shape", "arguments"), [(1, (240,), {"J": 4, "Q": 4}), (2, (24, 40), {"J": 2, "L": 4})]
)
def test_subsampling_keeps_the_values(average, ndim, shape, arguments, rng) -> None:
    # Only nearly: a modulus has cusps, so some of it lies beyond any Nyquist frequency. A slip in a gain or in a
    # position would be of the size of the values.
    x = rng.standard_normal(shape)
    coarse = sb.Scattering(ndim, average=average, **arguments)(x)
    fine = replace(coarse.spec, oversampling=9)(x)
    scale = max(float(np.abs(fine[path]).max()) for path in fine.paths)
    tree = coarse.spec.cascade(shape)
    for place, path in enumerate(fine.paths):
        stride = tree.stride if average is True else tree.nodes[place - 1].stride if path else 0
        starts = [
            k.start * 2**stride - pad[0] for k, pad in zip(tree.kept(stride), tree.padding, strict=True)
        ]
        taken = tuple(slice(start, None, 2**stride) for start in starts)
        same = fine[path][taken][tuple(map(slice, coarse[path].shape))]
        np.testing.assert_allclose(coarse[path], same, atol=(1e-2 if ndim == 1 else 3e-2) * scale)


def test_global_averages_are_means_of_the_moduli(rng) -> None:
    for scattering, shape in (
        (sb.Scattering(J=4, Q=2), (100,)),
        (sb.Scattering(2, J=2, L=2), (20, 17)),
    ):
        x = rng.standard_normal((3, *shape))
        moduli = replace(scattering, average=False)(x)
        means = replace(scattering, average="global")(x)
        assert means.array.shape == (3, len(means.paths))
        for path in means.paths:
            expected = np.mean(moduli[path], axis=tuple(range(1, 1 + len(shape))))
            np.testing.assert_allclose(means[path], expected, rtol=1e-12)
        np.testing.assert_array_equal(moduli[()], x)


def test_paths_say_what_they_are(rng) -> None:
    scattering = sb.Scattering(J=5, Q=(4, 1), order=3, fs=8000.0)
    table, paths = scattering.paths.table, scattering.paths
    assert paths[0] == ()
    assert paths["order"][0] == 0
    assert paths["parent"][0] == -1
    for place, path in enumerate(paths):
        row, banks = table[place], scattering.banks
        assert row["order"] == len(path)
        assert not path or paths[row["parent"]] == path[:-1]
        for order, n in enumerate(path):
            one = banks[order].filters[n]
            assert (row["n"][order], row["j"][order], row["q"][order]) == (n, one.j, one.q)
            assert row["frequency"][order] == one.xi * 8000
            assert row["bandwidth"][order] == one.sigma * 8000
            assert order == 0 or row["j"][order] > row["j"][order - 1]
        assert np.isnan(row["frequency"][len(path) :]).all()
        assert (row["n"][len(path) :] == -1).all()
    # Every pair of rising scales is there.
    first, second = ([one.j for one in bank.filters] for bank in scattering.banks[:2])
    assert sum(len(p) == 2 for p in paths) == sum(b > a for a in first for b in second)
    assert len(str(paths).splitlines()) == 42
    assert "Hz" in str(paths)


def test_a_tone_is_found_where_it_is() -> None:
    fs, f = 8000.0, 440.0
    t = np.arange(8192) / fs
    tone = sb.Scattering(J=8, Q=8, fs=fs)((1 + 0.5 * np.cos(2 * np.pi * 40 * t)) * np.cos(2 * np.pi * f * t))
    first = tone.paths.of_order(1)
    carrier = int(np.argmax(tone[1].mean(-1)))
    assert tone.paths["frequency"][first][carrier, 0] == pytest.approx(f, rel=0.05)
    children = [place for place, path in enumerate(tone.paths) if len(path) == 2 and path[0] == carrier]
    loudest = max(children, key=lambda place: tone.array[place].mean())
    assert tone.paths["frequency"][loudest, 1] == pytest.approx(40, rel=0.4)


def test_the_container(rng) -> None:
    x = rng.standard_normal((2, 3, 64, 48))
    c = sb.Scattering(2, J=3, L=4)(x)
    assert c.values is c.array
    assert c.array.shape == (2, 3, 61, 8, 6)
    assert len(c) == 61
    np.testing.assert_array_equal(np.concatenate([c[0], c[1], c[2]], axis=2), c.array)
    np.testing.assert_array_equal(c[2, 7], c.array[:, :, c.paths.place((2, 7))])
    assert c.replace(2 * c.array)[1].mean() == pytest.approx(2 * c[1].mean())
    np.testing.assert_array_equal(c.positions[1], np.arange(6) * 8 + c.positions[1][0])
    assert "12 of order 1" in repr(c)
    with pytest.raises(InvalidInput, match="no path"):
        c[7, 2]
    with pytest.raises(InvalidInput, match="order 3 was not computed"):
        c[3]
    with pytest.raises(InvalidInput, match="can't be replaced"):
        c.replace(c.array[..., :2])
    leaves, tree = jax.tree.flatten(c)
    assert len(leaves) == 1
    assert jax.tree.unflatten(tree, leaves).spec == c.spec


def test_positions_are_those_of_an_impulse() -> None:
    x = np.zeros(512)
    x[200] = 1
    c = sb.Scattering(J=4, Q=1, oversampling=2)(x)
    assert c.positions[0][c[()].argmax()] == 200


def test_cascades_are_remembered_and_sizes_not_fixed(rng) -> None:
    scattering = sb.Scattering(J=3, Q=2)
    assert scattering.cascade(100) is sb.Scattering(J=3, Q=2).cascade((100,))
    assert [scattering(rng.standard_normal(n)).array.shape[-1] for n in (64, 100, 37)] == [8, 13, 5]


@pytest.mark.parametrize("mode", ["reflect", "symmetric", "periodic", "zero"])
@pytest.mark.parametrize("ndim", [1, 2])
def test_padding_is_numpys(mode, ndim, rng) -> None:
    shape = (40, 24)[:ndim]
    x = rng.standard_normal((2, *shape))
    scattering = sb.Scattering(ndim, J=3, Q=2, L=3, pad_mode=mode)
    ours = scattering(x).array
    tree = scattering.cascade(shape)
    name = {"zero": "constant", "periodic": "wrap"}.get(mode, mode)
    padded = np.pad(x, [(0, 0), *tree.padding], mode=name)
    if mode == "periodic":
        assert tree.padding == ((0, 0),) * ndim
        assert np.abs(scattering(np.roll(x, 8, -1)).array - np.roll(ours, 1, -1)).max() < 1e-12
    else:
        given = replace(scattering, pad_mode="given", padded_from=shape)
        np.testing.assert_allclose(given(padded).array, ours, atol=1e-14)


def test_a_nan_stays_with_its_signal(rng) -> None:
    x = rng.standard_normal((3, 64))
    x[1, 20] = np.nan
    c = sb.Scattering(J=3, Q=1)(x).array
    assert np.isnan(c[1]).all()
    assert np.isfinite(c[[0, 2]]).all()


def test_whole_numbers_and_half_precision(rng) -> None:
    x = rng.integers(-5, 5, (2, 64))
    scattering = sb.Scattering(J=3, Q=1)
    np.testing.assert_array_equal(scattering(x).array, scattering(x.astype(float)).array)
    assert scattering(x.astype(np.float16)).array.dtype == np.float32
    assert scattering(np.zeros((0, 64))).array.shape == (0, len(scattering.paths), 8)


@pytest.mark.parametrize(
    ("x", "arguments", "message"),
    [
        (
            np.ones(30),
            {"J": 5},
            r"J=5 needs signals of at least 32 samples .*; \(30,\) allows at most J=4",
        ),
        (np.ones((8, 40)), {"ndim": 2, "J": 4}, r"at least 16 .* \(8, 40\) allows at most J=3"),
        (np.ones(1), {"J": 1}, "at least 2 samples are needed"),
        (np.ones(0), {"J": 1}, "1 or more"),
        (np.ones(64), {"J": 3, "T": 100}, r"T=100 samples of signals of \(64,\): give T of at most 64"),
        (np.ones(64) + 0j, {"J": 3}, "complex128.*real and imaginary parts"),
        (
            np.ones(64),
            {"J": 3, "ndim": 2},
            r"shape \(64,\) has too few axes: signals extend along the last 2",
        ),
        (np.ones(60), {"J": 3, "pad_mode": "periodic"}, r"\(60,\) can't be subsampled by 8: give \(64,\)"),
        (
            np.ones(70),
            {"J": 3, "pad_mode": "given", "padded_from": (64,)},
            r"signals of \(64,\) with their padding are of \(128,\)",
        ),
    ],
)
def test_arrays_that_do_not_fit(x, arguments, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        sb.Scattering(**arguments)(x)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "J=0 must be a whole number, "),
        ({"J": 3, "ndim": 3}, "ndim=3"),
        ({"J": 3, "order": 4}, "order=4"),
        ({"J": 3, "T": 0.5}, "T=0.5"),
        ({"J": 3, "T": float("nan")}, "T=nan"),
        ({"J": 3, "average": "local"}, "average 'local' is unknown: give one of global, True or False"),
        ({"J": 3, "oversampling": -1}, "oversampling=-1"),
        ({"J": 3, "pad_mode": "wrap"}, "reflect, symmetric, periodic, zero, given"),
        ({"J": 3, "pad_mode": "given"}, "come together"),
        ({"J": 3, "aliases": "keep"}, "sum, mean, drop"),
        ({"J": 3, "fs": -1.0}, "fs=-1.0"),
        ({"J": 3, "Q": (1, 1, 1, 1)}, "at most 3 orders"),
        ({"J": 3, "bank": "haar"}, "bank 'haar'"),
        ({"ndim": 2, "bank": sb.filter_bank(J=3)}, "is of 1 axes, the transform of 2"),
        ({"bank": (sb.filter_bank(J=3),)}, "1 banks can't serve 2 orders"),
        ({"bank": sb.filter_bank(J=3), "normalise": "tight"}, "a bank normalises itself"),
    ],
)
def test_arguments_that_can_not_be(arguments, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        sb.Scattering(**arguments)


def test_unknown_arrays_and_twins() -> None:
    with pytest.raises(UnsupportedArray):
        sb.Scattering(J=2)(np.array(["a"] * 9))
    with pytest.raises(InvalidInput, match="impl 'quick' is unknown"):
        sb.Scattering(J=2)(np.ones(9), impl="quick")
