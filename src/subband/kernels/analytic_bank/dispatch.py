"""A bank of band-pass filters on the positive half of real signals' spectra: which twin serves which array."""

from importlib import import_module
from typing import Any

import numpy as np

from subband.arrays.arguments import implementation
from subband.arrays.import_hooks import when_imported
from subband.arrays.namespace import Array, library, namespace, on_cpu
from subband.errors import InvalidInput
from subband.kernels.analytic_bank.line import Line
from subband.kernels.threads import threads


def half_spectrum(x: Array, period: int) -> Array:
    """(batch, up to L) real → (batch, L // 2 + 1): the bins ω ≥ 0 of signals that end in zeros."""
    if library(x) != "numpy":
        return namespace(x).fft.rfft(x, n=period)
    # Heavy to import, and only needed here.
    from scipy import fft

    spectrum: Any = fft.rfft(x, n=period, workers=threads())
    return spectrum


def analytic_bank(spectrum: Array, bank: np.ndarray, line: Line, *, impl: str | None = None) -> Array:
    """1/L Σ over the bins of each product of a spectrum and a filter: the filtered signals' analytic parts.

    Args:
        spectrum: (batch, K) complex, the bins ω ≥ 0 of the extended signals, K = L // 2 + 1.
        bank: (S, K) real multipliers, of the spectrum's precision.
        line: Lengths and symmetry of the time axis.
        impl: "fast" (CPU), "reference" (array API), or None for the best that fits.

    Returns:
        (batch, S, N) complex, of the spectrum's library, precision and device.

    Raises:
        InvalidInput: an unknown `impl`, or "fast" for an array that is not in CPU memory.
    """
    implementation(impl)
    if impl == "fast" and not on_cpu(spectrum):
        raise InvalidInput(
            f"no fast twin for this {library(spectrum)} array: leave impl out, or give an array of NumPy or "
            "PyTorch in CPU memory"
        )
    if impl == "reference" or not on_cpu(spectrum):
        from subband.kernels.analytic_bank import reference as twin
    elif library(spectrum) == "torch":
        from subband.kernels.analytic_bank import torch as twin
    else:
        from subband.kernels.analytic_bank import compiled as twin
    return twin.apply(spectrum, bank, line)


def analytic_bank_transpose(z: Array, bank: np.ndarray, line: Line) -> Array:
    """(batch, S, N) complex → (batch, K) spectra: the transpose of `analytic_bank` for Re Σ a b*."""
    from subband.kernels.analytic_bank import reference as analytic_bank_reference

    return analytic_bank_reference.transpose(z, bank, line)


# So that programs which were compiled or exported elsewhere find their operator.
when_imported("torch", lambda _: import_module("subband.kernels.analytic_bank.torch"))
