"""Generators of images: diffusion, adversarial networks, autoencoders."""

from subband.generate.edit import edit
from subband.generate.equivariance import Transformable, equivariance
from subband.generate.evaluate import Codes, Evaluation, check_evaluation, evaluate, reconstructed
from subband.generate.family import Condition, Generator, GeneratorFamily, ImageNetwork, Reconstructing
from subband.generate.judge import Judge, load_judge, train_judge
from subband.generate.rates import drawing_seconds
from subband.generate.registry import GENERATORS, train_generator
from subband.generate.run_folder import rebuilt, train_in_folder
from subband.generate.train import TrainSettings, as_examples, train_family
from subband.generate.trained import TrainedGenerator, config_of, load_generator
from subband.generate.translate import Translating, translated

__all__ = [
    "GENERATORS",
    "Codes",
    "Condition",
    "Evaluation",
    "Generator",
    "GeneratorFamily",
    "ImageNetwork",
    "Judge",
    "Reconstructing",
    "TrainSettings",
    "TrainedGenerator",
    "Transformable",
    "Translating",
    "as_examples",
    "check_evaluation",
    "config_of",
    "drawing_seconds",
    "edit",
    "equivariance",
    "evaluate",
    "load_generator",
    "load_judge",
    "rebuilt",
    "reconstructed",
    "train_family",
    "train_generator",
    "train_in_folder",
    "train_judge",
    "translated",
]
