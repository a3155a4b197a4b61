"""Microseconds of one call on 256 samples: PyWavelets and `subband.compat.pywt`, the least of many, on one thread.

    python benchmarks/call_overhead.py

Each row first checks that both computed the same numbers.
"""

import os
import timeit
from collections.abc import Callable
from typing import Any

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pywt

from subband.compat import pywt as ours

RNG = np.random.default_rng(0)
X, IMAGE = RNG.standard_normal(256), RNG.standard_normal((16, 16))
ONE, BANDS, PLANES, STILL = (
    pywt.dwt(X, "db4"), pywt.wavedec(X, "db4"), pywt.wavedec2(IMAGE, "db2"), pywt.swt(X, "db4", 3),
)  # fmt: skip

CALLS: dict[str, Callable[[Any], Any]] = {
    "dwt": lambda w: w.dwt(X, "db4"),
    "idwt": lambda w: w.idwt(*ONE, "db4"),
    "wavedec": lambda w: w.wavedec(X, "db4"),
    "waverec": lambda w: w.waverec(BANDS, "db4"),
    "dwt2": lambda w: w.dwt2(IMAGE, "db2"),
    "wavedec2": lambda w: w.wavedec2(IMAGE, "db2"),
    "waverec2": lambda w: w.waverec2(PLANES, "db2"),
    "swt": lambda w: w.swt(X, "db4", 3),
    "iswt": lambda w: w.iswt(STILL, "db4"),
}


def flat(found: Any) -> np.ndarray:
    """All numbers of nested lists and tuples of arrays."""
    return (
        np.concatenate([flat(part) for part in found]) if isinstance(found, list | tuple) else found.ravel()
    )


def microseconds(call: Callable[[], Any]) -> float:
    """The least of 30 means of 100 calls."""
    return 1e4 * min(timeit.repeat(call, number=100, repeat=30))


def main() -> None:
    for name, call in CALLS.items():
        np.testing.assert_allclose(flat(call(ours)), flat(call(pywt)), atol=1e-10)
        theirs, own = microseconds(lambda call=call: call(pywt)), microseconds(lambda call=call: call(ours))
        print(
            f"{name:10} PyWavelets {theirs:7.2f} µs, ours {own:7.2f} µs, {own / theirs:5.2f} of it",
            flush=True,
        )


if __name__ == "__main__":
    main()
