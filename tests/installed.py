"""Tries an installed Subband with what it needs and nothing else: `python tests/installed.py`, away from the source."""

import sys

import numpy as np
import pywt

import subband as sb


def main() -> None:
    info = sb.build_info()
    assert info.kernels == "native", info
    rng = np.random.default_rng(0)
    for dtype, close in ((np.float32, 1e-5), (np.float64, 1e-12)):
        x = rng.standard_normal((3, 500)).astype(dtype)
        c = sb.dwt(x, "db4", level=3)
        whole = np.concatenate(pywt.wavedec(x, "db4", level=3), axis=-1)
        np.testing.assert_allclose(c.array, whole, rtol=0, atol=close)
        np.testing.assert_allclose(sb.idwt(c), x, rtol=0, atol=close)
    image = rng.standard_normal((2, 32, 32)).astype(np.float32)
    np.testing.assert_allclose(sb.idwt(sb.dwt(image, "sym4", level=2, axes=(-2, -1))), image, rtol=0, atol=1e-5)
    scattering = sb.Scattering(ndim=2, J=2)
    np.testing.assert_allclose(
        scattering(image).array, scattering(image, impl="reference").array, rtol=1e-4, atol=1e-5
    )
    tone = np.cos(2 * np.pi * 0.1 * np.arange(1024))
    assert abs(abs(sb.cwt(tone, frequencies=[0.1]).array[0, 512]) - 1) < 1e-3
    heavy = {"torch", "jax", "matplotlib", "sklearn", "numba"} & set(sys.modules)
    assert not heavy, heavy
    print(f"subband {sb.__version__}: {info.kernels} kernels, instruction set {info.instructions}")


if __name__ == "__main__":
    main()
