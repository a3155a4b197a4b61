"""Generators of images: diffusion, adversarial networks, autoencoders."""

from subband.generate.budget import drawing_seconds
from subband.generate.family import Generator, GeneratorFamily, TrainedGenerator, train_family
from subband.generate.registry import GENERATORS, load_generator, train_generator

__all__ = [
    "GENERATORS",
    "Generator",
    "GeneratorFamily",
    "TrainedGenerator",
    "drawing_seconds",
    "load_generator",
    "train_family",
    "train_generator",
]
