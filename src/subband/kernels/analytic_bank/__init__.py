"""Band-pass filters on the positive half of a spectrum: the continuous wavelet transform."""

from subband.kernels.analytic_bank.dispatch import analytic_bank, analytic_bank_transpose, half_spectrum
from subband.kernels.analytic_bank.line import Line

__all__ = ["Line", "analytic_bank", "analytic_bank_transpose", "half_spectrum"]
