"""Which pictures show the same thing, so that a split never parts them."""

import hashlib
from collections.abc import Sequence

import numpy as np


def pixel_digest(pixels: np.ndarray) -> bytes:
    """16 bytes that two images share only if they have the same shape and pixels."""
    shape = b"%dx%d" % pixels.shape[:2]
    return hashlib.blake2b(np.ascontiguousarray(pixels).tobytes(), digest_size=16, person=shape).digest()


class SceneRegister:
    """Scenes by name, merged wherever they hold equal pixels: a union-find over names.

    Merging matters: if A and C are one stereo pair, and somebody copied C to B, then A, B and C are one
    scene.

    Attributes:
        duplicates: number of pictures that equalled an earlier one.
    """

    def __init__(self) -> None:
        self.duplicates = 0
        self._parent: dict[str, str] = {}
        self._holder: dict[bytes, str] = {}

    def add(self, scene: str, pixels: np.ndarray) -> None:
        """Enter a picture of a scene."""
        self._parent.setdefault(scene, scene)
        digest = pixel_digest(pixels)
        if digest in self._holder:
            self.duplicates += 1
            self._parent[self._root(scene)] = self._root(self._holder[digest])
        else:
            self._holder[digest] = scene

    def number(self, scenes: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
        """Group number of each entry (int64), in order of appearance, and the groups' names."""
        roots = [self._root(scene) for scene in scenes]
        numbers = {root: i for i, root in enumerate(dict.fromkeys(roots))}
        return np.array([numbers[root] for root in roots], dtype=np.int64), tuple(numbers)

    def _root(self, scene: str) -> str:
        while (parent := self._parent[scene]) != scene:
            self._parent[scene] = scene = self._parent[parent]  # halves the path on the way
        return scene
