"""One band of a packet tree without the others."""

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest
import torch

import subband as sb
from subband.errors import InvalidInput


@pytest.mark.parametrize("impl", [pytest.param("fast", marks=pytest.mark.compiled), "reference"])
@pytest.mark.parametrize("mode", sb.MODES)
@pytest.mark.parametrize("name", ["haar", "db3", "bior2.4"])
def test_it_is_the_band_of_the_tree(name: str, mode: str, impl: str, rng) -> None:
    x = rng.standard_normal((2, 75))
    p = sb.packets(x, name, level=3, mode=mode)
    for letters in product("ad", repeat=3):
        path = "".join(letters)
        band = sb.packet_band(x, name, path, mode=mode, impl=impl)
        np.testing.assert_allclose(band, p[path], atol=1e-11 * np.abs(p.array).max())


@pytest.mark.parametrize("name", ["db30", "db38"])
def test_ends_of_long_filters_do_not_depend_on_which_band_is_asked_for(name: str, rng) -> None:
    x = rng.standard_normal(400)
    p = sb.packets(x, name, level=2, mode="orthogonal")
    for path in ("aa", "ad", "da", "dd"):
        np.testing.assert_allclose(sb.packet_band(x, name, path, mode="orthogonal"), p[path], atol=1e-12)


def test_several_axes_with_their_own_wavelets_and_paths(rng) -> None:
    x = rng.standard_normal((20, 3, 24)) + 1j * rng.standard_normal((20, 3, 24))
    asked = ("db2", "haar"), ("reflect", "orthogonal"), (2, 0)
    p = sb.packets(x, asked[0], level=2, mode=asked[1], axes=asked[2])
    for path in product(("aa", "ad", "da", "dd"), repeat=2):
        np.testing.assert_allclose(
            sb.packet_band(x, asked[0], path, mode=asked[1], axes=asked[2]), p[path], atol=1e-12
        )


@pytest.mark.parametrize("mode", sb.MODES)
def test_contributions_are_those_of_the_inverse_and_sum_to_the_signal(mode: str, rng) -> None:
    x = rng.standard_normal((13, 2, 22))
    axes = (2, 0)
    p = sb.packets(x, "db2", level=1, mode=mode, axes=axes, order="natural")
    total = 0
    for i, j in product(range(2), repeat=2):
        path = "ad"[i], "ad"[j]
        alone = np.zeros_like(p.array)
        alone[:, i, j] = p.array[:, i, j]
        part = sb.ipacket_band(p[path], "db2", path, x.shape, mode=mode, axes=axes)
        np.testing.assert_allclose(part, sb.ipackets(p.replace(alone)), atol=1e-11)
        total = total + part
    np.testing.assert_allclose(total, x, atol=1e-11)


def test_the_way_back_is_the_transpose_where_the_basis_is_orthonormal(rng) -> None:
    x, band = rng.standard_normal(96), rng.standard_normal(12)
    for mode in ("orthogonal", "periodization"):
        there = sb.packet_band(x, "sym4", "dad", mode=mode)
        back = sb.ipacket_band(band, "sym4", "dad", (96,), mode=mode)
        assert (there * band).sum() == pytest.approx((x * back).sum(), rel=1e-10)
        np.testing.assert_allclose(sb.packet_band(back, "sym4", "dad", mode=mode), band, atol=1e-10)


@pytest.mark.parametrize("mode", sb.MODES)
def test_gradients_are_exact(mode: str) -> None:
    x = torch.randn(2, 17, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x: sb.packet_band(x, "db2", "da", mode=mode), x, check_forward_ad=True
    )
    band = sb.packet_band(x, "db2", "da", mode=mode).detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda b: sb.ipacket_band(b, "db2", "da", (2, 17), mode=mode), band)


def test_jax_gives_the_same(rng) -> None:
    x = rng.standard_normal((2, 32))
    got = sb.packet_band(jnp.asarray(x), "haar", "dda")
    np.testing.assert_allclose(np.asarray(got), sb.packet_band(x, "haar", "dda"), atol=1e-12)
    back = sb.ipacket_band(got, "haar", "dda", (2, 32))
    np.testing.assert_allclose(
        np.asarray(back), sb.ipacket_band(np.asarray(got), "haar", "dda", (2, 32)), atol=1e-12
    )


ERRORS = {
    "no letters": (lambda x: sb.packet_band(x, "haar", ""), "give at least one letter"),
    "other letters": (lambda x: sb.packet_band(x, "haar", "ah"), "give letters a or d"),
    "unequal lengths": (lambda x: sb.packet_band(x, "haar", ("a", "dd"), axes=(0, 1)), "equally many"),
    "one path for two axes": (lambda x: sb.packet_band(x, "haar", "ad", axes=(0, 1)), "each of 2 axes"),
    "too long": (lambda x: sb.packet_band(x, "db4", "aaaaa"), "can't take 5 levels"),
    "a band that does not fit": (
        lambda x: sb.ipacket_band(x, "haar", "d", (4, 16)),
        r"has shape \(4, 8\), not \(4, 16\)",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))
