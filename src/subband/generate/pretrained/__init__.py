"""Pretrained diffusers pipelines as generators: text-to-image, class-conditional or unconditional."""

from subband.generate.pretrained.model import Pretrained
from subband.generate.pretrained.schedulers import SCHEDULERS

__all__ = ["SCHEDULERS", "Pretrained"]
