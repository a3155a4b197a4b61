"""From brain to image (MinD-Vis): an encoder of voxels, and latent diffusion that it conditions.

encoder        stage A: sparse-coded masked brain modelling
conditioning   voxels for cross-attention and time embedding
mindvis        stage B: a diffusion model, tuned to voxels
ridge          linear regression to latents, for comparison
"""

from subband.generate.brain.conditioning import BrainConditioning
from subband.generate.brain.encoder import BrainEncoderConfig, new_encoder, train_encoder
from subband.generate.brain.mindvis import MindVis, MindVisConfig, train_mindvis
from subband.generate.brain.ridge import RidgeDecoder

__all__ = [
    "BrainConditioning",
    "BrainEncoderConfig",
    "MindVis",
    "MindVisConfig",
    "RidgeDecoder",
    "new_encoder",
    "train_encoder",
    "train_mindvis",
]
