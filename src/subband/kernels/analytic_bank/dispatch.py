"""Banks of analytic band-pass filters on half spectra of real signals: dispatch by library and device."""

from importlib import import_module

import numpy as np

from subband.arrays.arguments import implementation
from subband.arrays.import_hooks import when_imported
from subband.arrays.namespace import Array, library, namespace, on_cpu
from subband.errors import InvalidInput
from subband.kernels.analytic_bank.line import Line
from subband.kernels.build import compiled, why_not
from subband.kernels.fourier.dispatch import rfft


def half_spectrum(x: Array, period: int) -> Array:
    """(batch, ≤ L) real → (batch, L // 2 + 1): the bins ω ≥ 0 of the signals zero-padded to L = `period`."""
    return rfft(x) if x.shape[-1] == period else namespace(x).fft.rfft(x, n=period)


def analytic_bank(spectrum: Array, bank: np.ndarray, line: Line, *, impl: str | None = None) -> Array:
    """Analytic parts of filtered signals: 1/L Σ over the bins ω ≥ 0 of spectrum × filter × e^{2πikn/L}.

    Args:
        spectrum: (batch, K) complex, the bins ω ≥ 0 of the extended signals, K = L // 2 + 1.
        bank: (S, K) real multipliers, of the spectrum's precision.
        line: Lengths and symmetry of the time axis.
        impl: "fast" (compiled, CPU), "reference" (array API), or None for the fastest supported.

    Returns:
        (batch, S, N) complex, of the spectrum's library, precision and device.

    Raises:
        InvalidInput: an unknown `impl`, or "fast" for an array that is not in CPU memory.
    """
    implementation(impl)
    possible = compiled() and on_cpu(spectrum)
    if impl == "fast" and not possible:
        raise InvalidInput(
            f"no compiled kernel for this {library(spectrum)} array{why_not()}: leave impl out, or give an array "
            "of NumPy or PyTorch in CPU memory"
        )
    if impl == "reference" or not possible:
        from subband.kernels.analytic_bank import reference as chosen
    elif library(spectrum) == "torch":
        from subband.kernels.analytic_bank import torch as chosen
    else:
        from subband.kernels.analytic_bank import compiled as chosen
    return chosen.apply(spectrum, bank, line)


def analytic_bank_transpose(z: Array, bank: np.ndarray, line: Line) -> Array:
    """(batch, S, N) complex → (batch, K) spectra: the adjoint of `analytic_bank` for Re Σ a b*."""
    from subband.kernels.analytic_bank import reference as analytic_bank_reference

    return analytic_bank_reference.transpose(z, bank, line)


# Registers the custom operators, which compiled and exported programs may call.
when_imported("torch", lambda _: import_module("subband.kernels.analytic_bank.torch"))
