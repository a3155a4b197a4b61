"""Vector registers as values of numba: arithmetic, loads and stores, rearrangements."""
