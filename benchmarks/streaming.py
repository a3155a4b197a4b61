"""Speed of streams: the real-time factor of small blocks, and large blocks beside the whole transform.

    OMP_NUM_THREADS=1 python benchmarks/streaming.py

Times are those of the thread on its processor, so that other programs disturb them less.
"""

import time
from collections.abc import Iterator
from functools import partial

import numpy as np

import subband as sb

FS, CHANNELS, SMALL = 48_000, 8, 256
TONES = np.geomspace(100, 10_000, 20)
STREAMS = {
    "dwt, db4, 5 levels": lambda **more: sb.stream(sb.dwt, "db4", level=5, **more),
    "dwt, db4, 10 levels": lambda **more: sb.stream(sb.dwt, "db4", level=10, **more),
    "swt, db4, 5 levels": lambda **more: sb.stream(sb.swt, "db4", level=5, **more),
    "stft, 1024 / 256": lambda **more: sb.stream(sb.stft, "hann", 256, **more),
    "cwt, 20 frequencies": lambda **more: sb.stream(sb.cwt, "morlet", frequencies=TONES, fs=FS, **more),
}
WHOLES = {
    "dwt, db4, 5 levels": lambda x: sb.dwt(x, "db4", level=5),
    "swt, db4, 5 levels": lambda x: sb.swt(x, "db4", level=5),
    "stft, 1024 / 256": lambda x: sb.stft(x, "hann", 256),
    "cwt, 20 frequencies": lambda x: sb.cwt(x, "morlet", frequencies=TONES, fs=FS),
}


def seconds(act, times: int) -> np.ndarray:
    """(times,) seconds of a call each, after one that isn't counted."""
    act()
    spent = []
    for _ in range(times):
        start = time.thread_time()
        act()
        spent.append(time.thread_time() - start)
    return np.asarray(spent)


def push(s: sb.Stream, x: np.ndarray, blocks: list[sb.BlockCoefficients]) -> None:
    blocks.append(s.push(x))


def pull(inverse: sb.InverseStream, blocks: Iterator[sb.BlockCoefficients]) -> None:
    inverse.push(next(blocks))


def main() -> None:
    sb.set_threads(1)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((CHANNELS, SMALL)).astype(np.float32)
    print(
        f"blocks of {SMALL} samples, {CHANNELS} channels, {FS} Hz: times faster than they arrive, on the average"
    )
    for name, make in STREAMS.items():
        s = make()
        inverse, blocks = s.inverse(), []
        there = seconds(partial(push, s, x, blocks), 1000).mean()
        back = seconds(partial(pull, inverse, iter(blocks)), 900).mean()
        print(
            f"  {name:20} {SMALL / FS / there:6.0f}   inverse {SMALL / FS / back:6.0f}   {s.delay} samples late"
        )
    for channels, size in ((8, 1 << 16), (8, 1 << 18), (1, 1 << 20)):
        print(f"blocks of {size} samples, {channels} channels: speed in parts of the whole transform's")
        x = rng.standard_normal((channels, size)).astype(np.float32)
        for name, whole in WHOLES.items():
            if name[:3] != "dwt" and channels * size > 1 << 19:
                continue
            s = STREAMS[name](**({"block": size} if name[:3] == "cwt" else {}))
            s.push(x)
            times = 20 if name[:3] == "dwt" else 3
            there, alone = seconds(partial(s.push, x), times), seconds(partial(whole, x), times)
            best, middle = alone.min() / there.min(), np.median(alone) / np.median(there)
            print(f"  {name:20} {best:.0%} of the least, {middle:.0%} of the median")


if __name__ == "__main__":
    main()
