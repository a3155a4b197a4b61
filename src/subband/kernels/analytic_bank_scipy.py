"""The bank of analytic filters, one row at a time while it is in cache, rows shared among threads."""

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft

from subband.kernels.threads import share

if TYPE_CHECKING:
    from subband.kernels.analytic_bank import Line


def apply(spectrum: np.ndarray, bank: np.ndarray, line: "Line") -> np.ndarray:
    """(batch, K) spectra and (S, K) multipliers → (batch, S, N) analytic signals."""
    n, scales = line.samples, bank.shape[0]
    out = np.empty((spectrum.shape[0], scales, n), dtype=spectrum.dtype)

    def rows(start: int, stop: int) -> None:
        for item in range(start, stop):
            signal, scale = divmod(item, scales)
            row = out[signal, scale]
            if line.mirror:
                # Half of the samples are the mirror image of the others: see the reference's `unfold`.
                even: Any = fft.ifft(spectrum[signal, :n] * bank[scale, :n], overwrite_x=True)
                even *= 0.5
                row[0::2] = even[: (n + 1) // 2]
                np.conj(even[: (n - 1) // 2 : -1], out=row[1::2])
                if line.mirror < 0:
                    row[1::2] *= -1
            else:
                whole: Any = fft.ifft(spectrum[signal] * bank[scale], n=line.period, overwrite_x=True)
                row[:] = whole[:n]

    share(rows, out.shape[0] * scales, out.size)
    return out
