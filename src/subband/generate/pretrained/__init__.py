"""Pipelines of diffusers as generators: pretrained models that draw by a text, by a class, or by neither."""

from subband.generate.pretrained.model import Pretrained
from subband.generate.pretrained.schedulers import SCHEDULERS

__all__ = ["SCHEDULERS", "Pretrained"]
