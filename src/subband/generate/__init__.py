"""Generators of images: diffusion, adversarial networks, autoencoders."""

from subband.generate.budget import drawing_seconds
from subband.generate.family import Condition, Generator, GeneratorFamily, ImageNetwork
from subband.generate.registry import GENERATORS, load_generator, train_generator
from subband.generate.trained import TrainedGenerator, train_family

__all__ = [
    "GENERATORS",
    "Condition",
    "Generator",
    "GeneratorFamily",
    "ImageNetwork",
    "TrainedGenerator",
    "drawing_seconds",
    "load_generator",
    "train_family",
    "train_generator",
]
