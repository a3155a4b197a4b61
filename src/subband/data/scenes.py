"""Grouping of pictures by scene, to prevent leakage between splits."""

import hashlib
from collections.abc import Sequence

import numpy as np


def pixel_digest(pixels: np.ndarray) -> bytes:
    """128-bit BLAKE2b digest of the shape and pixels of a uint8 image."""
    shape = b"%dx%d" % pixels.shape[:2]
    return hashlib.blake2b(np.ascontiguousarray(pixels).tobytes(), digest_size=16, person=shape).digest()


class SceneRegister:
    """Union-find over scene names; scenes with identical pictures are merged.

    Merging is transitive: if A and C are a stereo pair and B is a copy of C, then A, B and C are one scene.

    Attributes:
        duplicates: number of pictures identical to an earlier one.
    """

    def __init__(self) -> None:
        self.duplicates = 0
        self._parent: dict[str, str] = {}
        self._first: dict[bytes, str] = {}

    def add(self, scene: str, pixels: np.ndarray) -> None:
        """Add a picture of a scene."""
        self._parent.setdefault(scene, scene)
        digest = pixel_digest(pixels)
        if digest in self._first:
            self.duplicates += 1
            self._parent[self._root(scene)] = self._root(self._first[digest])
        else:
            self._first[digest] = scene

    def number(self, scenes: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
        """Group number of each entry, int64 (N,), in order of appearance, and the name of each group."""
        roots = [self._root(scene) for scene in scenes]
        numbers = {root: i for i, root in enumerate(dict.fromkeys(roots))}
        return np.array([numbers[root] for root in roots], dtype=np.int64), tuple(numbers)

    def _root(self, scene: str) -> str:
        while (parent := self._parent[scene]) != scene:
            self._parent[scene] = scene = self._parent[parent]  # path halving
        return scene
