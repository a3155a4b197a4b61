"""Tries an installed Subband away from its source, with the extras named: `python tests/installed.py jax torch`."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pywt

import subband as sb


def main() -> None:
    info = sb.build_info()
    wanted = os.environ.get("SUBBAND_INSTRUCTIONS", "")
    assert info.kernels == ("reference" if wanted == "reference" else "native"), info
    rng = np.random.default_rng(0)
    for dtype, close in ((np.float32, 1e-5), (np.float64, 1e-12)):
        x = rng.standard_normal((3, 500)).astype(dtype)
        c = sb.dwt(x, "db4", level=3)
        whole = np.concatenate(pywt.wavedec(x, "db4", level=3), axis=-1)
        np.testing.assert_allclose(c.array, whole, rtol=0, atol=close)
        np.testing.assert_allclose(sb.idwt(c), x, rtol=0, atol=close)
    image = rng.standard_normal((2, 32, 32)).astype(np.float32)
    np.testing.assert_allclose(
        sb.idwt(sb.dwt(image, "sym4", level=2, axes=(-2, -1))), image, rtol=0, atol=1e-5
    )
    scattering = sb.Scattering(ndim=2, J=2)
    np.testing.assert_allclose(
        scattering(image).array, scattering(image, impl="reference").array, rtol=1e-4, atol=1e-5
    )
    tone = np.cos(2 * np.pi * 0.1 * np.arange(1024))
    assert abs(abs(sb.cwt(tone, frequencies=[0.1]).array[0, 512]) - 1) < 1e-3
    heavy = {"torch", "jax", "matplotlib", "sklearn"} & set(sys.modules)
    assert not heavy, heavy
    for extra in sys.argv[1:]:
        EXTRAS[extra](image)
    command = subprocess.run([sys.executable, "-m", "subband", "--help"], capture_output=True, text=True)
    if "lab" in sys.argv:
        assert command.returncode == 0, command.stderr
        assert "detect" in command.stdout, command.stdout
    elif not find_spec("typer"):
        assert "pip install 'subband[lab]'" in command.stderr, command
        assert "Traceback" not in command.stderr, command.stderr
    print(f"subband {sb.__version__}: {info.kernels} kernels, instruction set {info.instructions}")


def with_torch(image: np.ndarray) -> None:
    import torch

    x = torch.as_tensor(image).requires_grad_()
    c = sb.dwt(x, "db4", level=2, axes=(-2, -1))
    np.testing.assert_allclose(
        c.array.detach(), sb.dwt(image, "db4", level=2, axes=(-2, -1)).array, atol=1e-6
    )
    c.array.square().sum().backward()
    assert x.grad is not None


def with_jax(image: np.ndarray) -> None:
    import jax

    from subband import _native

    assert _native.xla_targets, "compiled without the handlers for XLA"
    coefficients = jax.jit(lambda x: sb.dwt(x, "db4", level=2, axes=(-2, -1)).array)
    expected = sb.dwt(image, "db4", level=2, axes=(-2, -1)).array
    np.testing.assert_allclose(coefficients(image), expected, atol=1e-6)


def with_lab(image: np.ndarray) -> None:
    from subband.forensics import packaged_detector

    detector = packaged_detector()
    assert detector is not None, "the wheel has no detector"
    assert detector.judge(np.zeros((128, 128, 3), np.uint8)).verdict == "can't tell"


EXTRAS = {"jax": with_jax, "torch": with_torch, "lab": with_lab}


if __name__ == "__main__":
    main()
