"""The continuous transform beside PyWavelets and ptwt: 64 scales of 8 signals of 65536 samples, float32, 2 threads.

    python benchmarks/continuous.py

All compute the complex Morlet wavelet ω₀ = 2π ("cmor2.0-1.0") at the same scales. The peers extend by zeros and
filter with differences of a tabulated integral, which is a mean over one sample, half a sample late; so moduli are
compared, away from the ends, at frequencies where that mean does little, and with a finer table than the default
one, which is timed. PyWavelets' method is "fft", not its default, direct convolution. All give complex64, in new
memory each time; how long it takes to fill that much is printed beside them, for nothing can be faster.
"""

import os
import sys
from collections.abc import Callable

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "2"

import numpy as np
import ptwt
import pywt
import torch
from contest import take_turns

import subband as sb
from subband.kernels.threads import share

torch.set_num_threads(2)

WAVELET, PEER, ENERGY = sb.Morlet(2 * np.pi), "cmor2.0-1.0", np.sqrt(4 * np.pi)
SCALES = np.geomspace(4, 1024, 64)
FREQUENCIES = WAVELET.frequency(SCALES)
REPEATS = 3

x = np.random.default_rng(0).standard_normal((8, 65536)).astype(np.float32)
tensor = torch.from_numpy(x)


def ours_numpy() -> np.ndarray:
    return sb.cwt(x, WAVELET, frequencies=FREQUENCIES, norm="l2").array.swapaxes(0, 1)


def ours_torch() -> np.ndarray:
    return sb.cwt(tensor, WAVELET, frequencies=FREQUENCIES, norm="l2").array.numpy().swapaxes(0, 1)


def pywavelets(precision: int = 12) -> np.ndarray:
    return pywt.cwt(x, SCALES, PEER, method="fft", precision=precision)[0]


def ptwt_torch(precision: int = 12) -> np.ndarray:
    return ptwt.cwt(tensor, SCALES, PEER, precision=precision)[0].numpy()


def only_written() -> np.ndarray:
    """New memory of the size of the coefficients, filled on two threads."""
    out = np.empty((8, 64, 65536), np.complex64)
    share(lambda start, stop: out[start:stop].fill(1), len(out), out.size)
    return out


def difference(theirs: np.ndarray) -> float:
    """Of moduli, relative, at the middle third of the scales."""
    inside = (slice(24, 48), slice(None), slice(8192, -8192, 7))
    ours, theirs = np.abs(ours_numpy()[inside]), np.abs(theirs[inside]) * np.sqrt(ENERGY)
    return float(np.sqrt(np.mean((ours - theirs) ** 2) / np.mean(ours**2)))


def check(name: str, peer: Callable[[int], np.ndarray]) -> None:
    """The same numbers, but for the coarseness of the peer's table."""
    coarse, fine = difference(peer(12)), difference(peer(18))
    print(
        f"{name}: moduli differ by {100 * coarse:.1f} %, with a table 64 times as fine by {100 * fine:.1f} %"
    )
    if not fine < 0.02:
        sys.exit(f"{name} computed something else")


def main() -> None:
    contenders = {
        "subband, NumPy": ours_numpy,
        "subband, PyTorch": ours_torch,
        "PyWavelets": pywavelets,
        "ptwt": ptwt_torch,
        "output only filled": only_written,
    }
    np.testing.assert_allclose(ours_numpy(), ours_torch(), atol=1e-5)
    check("PyWavelets", pywavelets)
    check("ptwt", ptwt_torch)
    times = take_turns(contenders, REPEATS)
    for name in contenders:
        print(f"{name:18} {times.seconds(name):7.3f} s")
    for peer, ours in (("PyWavelets", "subband, NumPy"), ("ptwt", "subband, PyTorch")):
        print(f"{ours} is {times.ratio(peer, ours):.1f} times as fast as {peer}")


if __name__ == "__main__":
    main()
