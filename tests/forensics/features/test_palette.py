"""Colours as numbers: one number a colour, and a count that stops early only where it may."""

import numpy as np

from subband.forensics.features.palette import FIRST, colour_codes, distinct_colours


def test_codes_tell_all_colours_apart():
    colours = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [255, 255, 255], [255, 0, 1]], np.uint8)
    assert colour_codes(colours).tolist() == [0, 1 << 16, 1 << 8, 1, (1 << 24) - 1, (255 << 16) + 1]


def test_all_colours_are_counted_unless_enough_are_seen_first(rng):
    pixels = rng.integers(0, 3, (200, 300, 3), dtype=np.uint8)
    codes = colour_codes(pixels)
    assert distinct_colours(codes) == len(np.unique(pixels.reshape(-1, 3), axis=0)) == 27
    assert distinct_colours(codes, 28) == 27
    assert distinct_colours(codes, 5) >= 5
    rare = np.zeros(FIRST * 10, np.uint32)
    rare[1] = 1  # not among those that are looked at first
    assert distinct_colours(rare, 2) == 2
