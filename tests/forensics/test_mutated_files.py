"""Damaged files of every container through decoding, provenance and traces: an answer or one line, at once."""

import contextlib
import json
import os
import resource
import time
import warnings

import numpy as np
import pytest
from mutated import CONTAINERS, mutated, seeds

from subband.data.decode import decode
from subband.errors import UnreadableImage
from subband.forensics.provenance import read_provenance
from subband.forensics.traces import read_traces

SECONDS = 10.0
QUICK, SLOW = 350, int(os.environ.get("SUBBAND_MUTATIONS", "20000"))


@pytest.fixture(scope="module")
def files() -> dict[str, list[bytes]]:
    return seeds()


def through(file: bytes) -> tuple[bool, int]:
    """Whether a file was decoded, and how many findings and traces it gave."""
    pixels = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about damaged EXIF
        with contextlib.suppress(UnreadableImage):
            pixels = decode(file).pixels
        findings = read_provenance(file, pixels=pixels)
    traces = read_traces(file, pixels) if pixels is not None else ()
    for found in (*findings, *traces):
        assert found.text.isprintable()
        json.dumps(found.details, allow_nan=False)
    return pixels is not None, len(findings) + len(traces)


def test_whole_files_are_read(files: dict[str, list[bytes]]) -> None:
    assert set(files) == set(CONTAINERS)
    for container, whole in files.items():
        decoded, found = zip(*map(through, whole), strict=True)
        assert all(decoded), container
        assert max(found) >= 1


def test_a_few_hundred_damaged_files(files: dict[str, list[bytes]]) -> None:
    decoded = sum(through(mutated(seed, files)[1])[0] for seed in range(QUICK))
    assert 0.2 * QUICK < decoded < 0.9 * QUICK  # neither all refused nor none damaged


def resident_megabytes() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from /proc")
def test_thousands_of_damaged_files(files: dict[str, list[bytes]]) -> None:
    """SUBBAND_MUTATIONS sets their number. Memory after a quarter of them is compared with that at the end."""
    slowest, decoded, memory = (0.0, -1), 0, []
    for seed in range(QUICK + SLOW):
        _, file = mutated(seed, files)
        start = time.perf_counter()
        decoded += through(file)[0]
        slowest = max(slowest, (time.perf_counter() - start, seed))
        assert slowest[0] < SECONDS, slowest
        if seed % max((QUICK + SLOW) // 40, 1) == 0:
            memory.append(resident_megabytes())
    quarter = len(memory) // 4
    early, late = np.median(memory[quarter : 2 * quarter]), np.median(memory[-quarter:])
    print(f"{QUICK + SLOW} files, {decoded} decoded, slowest {slowest[0]:.2f} s (seed {slowest[1]})")
    print(f"memory {early:.0f} → {late:.0f} MB")
    assert late < early + 30
