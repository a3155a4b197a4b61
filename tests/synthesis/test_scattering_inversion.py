"""Signals and images from their scattering coefficients."""

import numpy as np
import pytest
import torch
from skimage import data

import subband as sb
from subband.errors import InvalidInput
from subband.metrics import psnr
from subband.synthesis import LocalScattering, invert_scattering


def disc(side: int) -> np.ndarray:
    at = np.linspace(-1, 1, side)
    return 0.2 + 0.6 * (np.hypot(at, at[:, None] - 0.2) < 0.5) + 0.1 * at


def test_an_image_is_recovered() -> None:
    x = disc(32)
    s = sb.Scattering(ndim=2, J=2, L=8)(x)
    found = invert_scattering(s, evaluations=150, tol=1e-6)
    assert psnr(found.samples[0], x) > 24  # of an edge, whose place is known less well than its height
    again = np.asarray(sb.Scattering(ndim=2, J=2, L=8)(found.samples[0]).array)
    error = np.linalg.norm(again - s.array) / np.linalg.norm(s.array)
    assert found.residual[0] == pytest.approx(error, rel=1e-6)
    assert error < 0.02


def test_a_photograph_is_recovered_whatever_the_noise_of_the_start() -> None:
    x = data.camera().reshape(64, 8, 64, 8).mean(axis=(1, 3)) / 255
    s = sb.Scattering(ndim=2, J=2, L=8)(x)
    found = [psnr(invert_scattering(s, tol=1e-6, seed=seed).samples[0], x, 1.0) for seed in (0, 1)]
    assert min(found) > 31  # 28 to 33 from a start of much noise


def test_more_orders_know_more() -> None:
    x = disc(32)
    found = {
        order: psnr(invert_scattering(sb.Scattering(ndim=2, J=3, L=6, order=order)(x)).samples[0], x)
        for order in (1, 2)
    }
    assert found[2] > found[1] > 15


def test_a_signal_is_recovered_in_its_library() -> None:
    x = torch.exp(-((torch.arange(64.0) - 30) ** 2) / 20)
    found = invert_scattering(sb.Scattering(J=2, Q=4)(x), evaluations=200)
    assert isinstance(found.samples, torch.Tensor)
    assert float((found.samples[0] - x).abs().max()) < 0.05


def test_the_index_has_all_positions() -> None:
    transform = sb.Scattering(ndim=2, J=2, L=3)
    phi = LocalScattering(transform, (16, 24))
    assert len(phi.index) == np.asarray(phi(np.ones((16, 24)))).size == 16 * 4 * 6


def test_wrong_coefficients_are_named(rng) -> None:
    x = rng.standard_normal((2, 32))
    with pytest.raises(InvalidInput, match="of several signals"):
        invert_scattering(sb.Scattering(J=2)(x))
    with pytest.raises(InvalidInput, match="average=True"):
        invert_scattering(sb.Scattering(J=2, average="global")(x[0]))
    with pytest.raises(InvalidInput, match=r"give those of subband\.Scattering"):
        invert_scattering(x)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match="NaN or infinite"):
        invert_scattering(sb.Scattering(J=2)(np.full(32, np.nan)))
    with pytest.raises(InvalidInput, match="these coefficients are of"):
        LocalScattering(sb.Scattering(J=2), (32,))(np.ones(64))
