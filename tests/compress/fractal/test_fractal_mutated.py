"""Damaged streams: an error or an image, at once, in no more memory than their length allows."""

import os
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from fractal_scenes import scene

import peak_memory
from subband.compress import fractal
from subband.compress.fractal.stream import PIXELS_A_BYTE
from subband.errors import SubbandError

SECONDS = 1.0  # of the processor: others may use the machine too
QUICK, MANY = 1500, int(os.environ.get("SUBBAND_FUZZ", "20000"))
BYTES_A_PIXEL = 64  # planes, rounding and conversion to RGB


def streams() -> list[bytes]:
    """Streams of grey and coloured images of several sizes."""
    images = [scene(48, 64), scene(40, 56, colour=True), scene(5, 9), scene(130, 70)]
    return [fractal.encode(image, quality=quality) for image in images for quality in (20, 60)]


@pytest.fixture(scope="module")
def whole() -> list[bytes]:
    return streams()


def mutated(seed: int, files: list[bytes]) -> bytes:
    """A damaged stream; of most the checksum is right."""
    rng = np.random.default_rng(seed)
    file = bytearray(files[rng.integers(len(files))])
    for _ in range(rng.integers(1, 5)):
        kind, place = rng.integers(6), int(rng.integers(max(len(file), 1)))
        if kind == 0:
            file[place : place + 1] = rng.bytes(1)
        elif kind in (1, 2):  # a number of the header
            place = int(rng.integers(4, 50))
            size = int(rng.choice([1, 2, 4]))
            value = int(rng.choice([0, 1, 2, 127, 128, 255, 4096, 65535, 2**31 - 1, 2**32 - 1]))
            file[place : place + size] = (value % 256**size).to_bytes(size, "little")
        elif kind == 3:
            file = file[:place]
        elif kind == 4:
            file[place:place] = rng.bytes(int(rng.integers(1, 30)))
        else:
            file[50:] = rng.bytes(max(len(file) - 50, 0))
    if rng.random() < 0.85 and len(file) > 4:
        file[-4:] = struct.pack("<I", zlib.crc32(bytes(file[:-4])))
    return bytes(file)


def drawn(file: bytes) -> bool:
    """Whether a stream gave an image; its size is within what the stream's length allows."""
    try:
        pixels = fractal.decode(file)
    except SubbandError:
        return False
    assert 0 < pixels.shape[0] * pixels.shape[1] <= PIXELS_A_BYTE * len(file)
    return True


def test_a_thousand_damaged_streams(whole) -> None:
    count = sum(drawn(mutated(seed, whole)) for seed in range(QUICK))
    assert 0.2 * QUICK < count < 0.95 * QUICK  # neither all refused nor none damaged


@pytest.mark.slow
def test_many_damaged_streams() -> None:
    """In a process of its own, where nothing else takes memory. SUBBAND_FUZZ sets their number."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    print(done.stdout)


def decode_many(whole: list[bytes]) -> None:
    """Decode MANY damaged streams within the limits of time and memory."""
    slowest, count, peak = (0.0, -1), 0, peak_memory.restart()
    for seed in range(QUICK + MANY):
        file = mutated(seed, whole)
        start = time.process_time()
        count += drawn(file)
        slowest = max(slowest, (time.process_time() - start, seed))
        assert slowest[0] < SECONDS, slowest
    print(
        f"{QUICK + MANY} streams, {count} drawn, slowest {slowest[0]:.2f} s (seed {slowest[1]}), "
        f"memory {peak():+.0f} MB"
    )
    longest = max(map(len, whole)) + 200
    assert peak() < 20 + longest * PIXELS_A_BYTE * BYTES_A_PIXEL / 2**20


def test_a_header_cannot_ask_for_more_than_its_stream_is_long(whole) -> None:
    file = bytearray(whole[0])
    file[6:14] = struct.pack("<II", 60_000, 60_000)
    file[-4:] = struct.pack("<I", zlib.crc32(bytes(file[:-4])))
    tracemalloc.start()
    try:
        with pytest.raises(SubbandError, match="impossible"):
            fractal.decode(bytes(file))
        assert tracemalloc.get_traced_memory()[1] < 2**20  # an image of that size has 3.6 GB
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    decode_many(streams())
