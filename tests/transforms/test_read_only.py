"""Arrays that can't be written to, as pandas and memory maps give them, are read like any others."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

import subband as sb


def read_only(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


def back(inverse, c):
    return inverse(replace(c, array=read_only(c.array)))


RISING = np.linspace(0.1, 0.3, 9)
LINE = {
    "dwt": lambda x: sb.dwt(x, "db2", level=2).array,
    "idwt": lambda x: back(sb.idwt, sb.dwt(x, "db2", level=2)),
    "packets": lambda x: sb.packets(x, "db2", level=2).array,
    "ipackets": lambda x: back(sb.ipackets, sb.packets(x, "db2", level=2)),
    "packet_band": lambda x: sb.packet_band(x, "db2", "ad"),
    "swt": lambda x: sb.swt(x, "db2", level=2).array,
    "iswt": lambda x: back(sb.iswt, sb.swt(x, "db2", level=2)),
    "mra": lambda x: sb.mra(x, "db2", level=2).array,
    "dtcwt": lambda x: sb.dtcwt(x, level=2).array,
    "cwt": lambda x: sb.cwt(x, "morlet", frequencies=[0.1, 0.2]).array,
    "icwt": lambda x: back(sb.icwt, sb.cwt(x, "morlet", frequencies=[0.1, 0.2])),
    "cwt of two sides": lambda x: sb.cwt(x, "morse", frequencies=[0.1, -0.2]).array,
    "synchrosqueeze": lambda x: (
        back(sb.synchrosqueeze, sb.cwt(x, "morlet", frequencies=np.linspace(0.1, 0.3, 9))).array
    ),
    "stft": lambda x: sb.stft(x, "hann", hop=4).array,
    "istft": lambda x: back(sb.istft, sb.stft(x, "hann", hop=4)),
    "lift": lambda x: sb.lift(x, "legall5.3", level=2).array,
    "unlift": lambda x: back(sb.unlift, sb.lift(x, "legall5.3", level=2)),
    "shift": lambda x: sb.shift(x, 1.5),
    "shift by arrays": lambda x: sb.shift(x, read_only(np.array([0.5, 1.5]))),
    "threshold": lambda x: sb.threshold(x, 0.5),
    "threshold_firm": lambda x: sb.threshold_firm(x, 0.5, 1.0),
    "noise_level": lambda x: back(sb.noise_level, sb.dwt(x, "db2", level=1)),
    "best_basis": lambda x: np.concatenate(sb.best_basis(x, "db2", level=2).bands, axis=-1),
    "denoise": lambda x: sb.denoise(x, "db2"),
    "scattering": lambda x: sb.Scattering(ndim=1, J=3, Q=2)(x).array,
    "joint scattering": lambda x: sb.JointScattering(J=4, J_fr=1, Q=2)(x).array,
    "wavelet_moments": lambda x: sb.wavelet_moments(x, J=3, axes=-1).real_vector(),
}
"""Transforms of (2, 64) signals."""

PLANE = {
    "dwt of images": lambda x: sb.dwt(x, "db2", level=1, axes=(0, 1)).array,
    "dtcwt of images": lambda x: sb.dtcwt(x, level=1, axes=(0, 1)).array,
    "scattering of images": lambda x: sb.Scattering(ndim=2, J=2, L=2)(x).array,
    "rotate": lambda x: sb.rotate(x, 10.0),
    "phase_correlation": lambda x: sb.phase_correlation(x, x[::-1]).shift,
    "scattering_covariance": lambda x: sb.scattering_covariance(x, J=2, L=2).real_vector(),
}
"""Transforms of (16, 16) images."""


@pytest.mark.parametrize(("call", "shape"), [*((c, (2, 64)) for c in LINE), *((c, (16, 16)) for c in PLANE)])
def test_same_numbers_and_nothing_is_written(call: str, shape: tuple[int, ...], rng) -> None:
    x = rng.standard_normal(shape)
    given = read_only(x)
    transform = (LINE | PLANE)[call]
    np.testing.assert_array_equal(transform(given), transform(x))
    np.testing.assert_array_equal(given, x)


def test_memory_maps_are_read(tmp_path, rng) -> None:
    x = rng.standard_normal((3, 4096))
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    got = sb.dwt(np.asarray(mapped), "db2", level=3)
    np.testing.assert_array_equal(got.array, sb.dwt(x, "db2", level=3).array)


def test_a_tensor_on_read_only_memory_is_read(rng) -> None:
    x = rng.standard_normal((3, 64))
    with warnings.catch_warnings():  # PyTorch warns of it once a process
        warnings.simplefilter("ignore", UserWarning)
        tensor = torch.from_numpy(read_only(x))
    np.testing.assert_array_equal(
        sb.dwt(tensor, "db2", level=2).array.numpy(), sb.dwt(x, "db2", level=2).array
    )
