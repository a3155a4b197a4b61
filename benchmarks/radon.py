"""Milliseconds of line integrals and their transpose: scikit-image and `subband.Radon`, the least of several.

    python benchmarks/radon.py [--threads 2]

256 × 256, 180 angles, float32; scikit-image computes on one thread. First both sinograms are compared on an
image that all interpolations agree on, up to their errors.
"""

import argparse
import timeit
from collections.abc import Callable
from typing import Any

import numpy as np
from skimage.transform import iradon, radon

import subband as sb

SIZE, ANGLES = 256, np.arange(180.0)


def milliseconds(call: Callable[[], Any], repeat: int) -> float:
    """The least of several single calls."""
    call()
    return 1e3 * min(timeit.repeat(call, number=1, repeat=repeat))


def smooth(n: int) -> np.ndarray:
    """A few broad spots."""
    at = np.arange(n) - (n - 1) / 2
    spots = ((20, 30, 12, 1.0), (-40, 5, 20, 0.5), (10, -50, 8, 0.8))
    return sum(h * np.exp(-((at - x) ** 2 + (-at[:, None] - y) ** 2) / (2 * s**2)) for x, y, s, h in spots)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    sb.set_threads(parser.parse_args().threads)
    x = smooth(SIZE)
    theirs = radon(x, ANGLES, circle=False)
    views = theirs.shape[0]
    # scikit-image turns about the sample n // 2, where its middle detector is.
    same = sb.Radon(x.shape, angles=ANGLES, detectors=2 * (views // 2) + 1, centre=(SIZE // 2, SIZE // 2))
    ours = same(x)[:, :views]
    print(f"difference of the sinograms {np.linalg.norm(ours - theirs.T) / np.linalg.norm(theirs):.1e}")

    y = theirs.astype(np.float32)
    narrow, sinogram = x.astype(np.float32), np.ascontiguousarray(np.pad(ours, ((0, 0), (0, 1))), np.float32)
    calls = {
        "forward": (lambda: radon(narrow, ANGLES, circle=False), lambda: same(narrow)),
        "transpose": (
            lambda: iradon(y, ANGLES, filter_name=None, circle=False, output_size=SIZE),
            lambda: same.adjoint(sinogram[:, : same.output_shape[1]]),
        ),
    }
    for name, (peer, own) in calls.items():
        slow, fast = milliseconds(peer, 3), milliseconds(own, 20)
        print(
            f"{name:10} scikit-image {slow:8.1f} ms, ours {fast:6.2f} ms, {slow / fast:6.0f} times faster",
            flush=True,
        )
    print(f"dot test: {same.check():.1e} in float64, {same.check('float32'):.1e} in float32")


if __name__ == "__main__":
    main()
