"""StyleGAN3: an alias-free generator, and the ladder of steps to it from a StyleGAN2-like one."""

from subband.generate.stylegan3.critic import StyleCritic
from subband.generate.stylegan3.leaks import layer_aliasing
from subband.generate.stylegan3.schedule import LADDER, Grid, LayerPlan, Rung, schedule
from subband.generate.stylegan3.synthesis import Synthesis

__all__ = ["LADDER", "Grid", "LayerPlan", "Rung", "StyleCritic", "Synthesis", "layer_aliasing", "schedule"]
