"""What each family needs to learn from images: labels, or a second domain."""

from typing import Any

import numpy as np

from subband.data import Examples
from subband.generate import GENERATORS, train_generator


def labelled(pixels: np.ndarray) -> Examples:
    """Images in two classes in turn."""
    return Examples(pixels, np.arange(len(pixels)) % 2, ("even", "odd"))


def learn(family: str, images: np.ndarray | Examples, **settings: Any):
    """`train_generator`, with labels, or the same images as a second domain, for the families that need them."""
    kind = GENERATORS[family]
    if kind.domains == 2:
        settings = {"second": images} | settings
    unlabelled = kind.labelled and not isinstance(images, Examples)
    return train_generator(family, labelled(images) if unlabelled else images, **settings)
