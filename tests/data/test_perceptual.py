"""Perceptual hashes: equal for copies, far apart for others."""

import io

import numpy as np
import pytest
from PIL import Image

from subband.data.perceptual import BITS, NEAR, near_copies, perceptual_hash
from subband.data.sources import read
from subband.errors import InvalidInput


def copies(pixels: np.ndarray) -> list[np.ndarray]:
    image = Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=40)
    small = image.resize((image.width * 3 // 5, image.height * 3 // 5))
    return [
        np.asarray(Image.open(file)),
        np.asarray(small),
        np.clip(pixels.astype(int) + 12, 0, 255).astype(np.uint8),
    ]


@pytest.fixture(scope="module")
def photographs(shared_data) -> list[np.ndarray]:
    return [picture.pixels for picture in read(str(shared_data / "kodak.tar"))]


def test_copies_are_near_and_other_photographs_far(photographs) -> None:
    hashes = [perceptual_hash(pixels) for pixels in photographs]
    assert {len(bits) for bits in hashes} == {BITS}
    assert not near_copies(hashes)
    for k, pixels in enumerate(photographs):
        for copy in copies(pixels):
            found = near_copies([*hashes, perceptual_hash(copy)])
            assert found == [(k, len(hashes))]


def test_distances_are_those_of_the_bits(rng) -> None:
    hashes = list(rng.random((30, BITS)) < 0.5)
    hashes += [hashes[3] ^ (np.arange(BITS) < NEAR), hashes[4] ^ (np.arange(BITS) < NEAR + 1)]
    assert near_copies(hashes) == [(3, 30)]
    every = near_copies(hashes, BITS)
    assert len(every) == 32 * 31 // 2
    assert near_copies([]) == []


def test_other_arrays_are_refused() -> None:
    with pytest.raises(InvalidInput, match="uint8"):
        perceptual_hash(np.zeros((8, 8)))
    with pytest.raises(InvalidInput, match="lengths"):
        near_copies([np.zeros(3, bool), np.zeros(4, bool)])


def test_blocks_of_hashes_give_the_pairs_of_all_at_once(rng, monkeypatch) -> None:
    hashes = list(rng.random((50, BITS)) < 0.5)
    hashes += [hashes[k] ^ (np.arange(BITS) < 3) for k in (0, 7, 8, 49)]
    whole = near_copies(hashes, 25)
    assert {(0, 50), (7, 51), (8, 52), (49, 53)} < set(whole)
    monkeypatch.setattr("subband.data.perceptual.BLOCK", 8)
    assert near_copies(hashes, 25) == whole
