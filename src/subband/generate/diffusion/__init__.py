"""Diffusion: paths from image to noise, denoisers, samplers, guidance, and a model on wavelet packets.

Each of these is chosen on its own: a `Denoiser` on any path of `PATHS` learns any objective of `OBJECTIVES`,
`sample` draws from it by any of `SAMPLERS`, and any of `GUIDANCE` makes another denoiser of it.
"""

from subband.generate.diffusion.autoencoder import DiffusionAutoencoder, DiffusionAutoencoderConfig, direction
from subband.generate.diffusion.binary import BinomialConfig, BinomialDiffusion
from subband.generate.diffusion.binomial import BinomialDenoiser, BinomialPath, erasing_betas
from subband.generate.diffusion.bound import Bound, bound, hybrid_errors
from subband.generate.diffusion.classifier import NoisyClassifier
from subband.generate.diffusion.denoiser import Condition, Denoiser, Denoising, Prediction
from subband.generate.diffusion.flow import adaptive, bits_per_dimension, integrate, log_likelihood
from subband.generate.diffusion.grids import SPACINGS, time_grid
from subband.generate.diffusion.guidance import GUIDANCE, AutoGuidance, ClassifierFree, ClassifierGuidance
from subband.generate.diffusion.hub import FromDiffusers, LabelsForDiffusers
from subband.generate.diffusion.langevin import annealed_langevin, predictor_corrector
from subband.generate.diffusion.levels import Exploded
from subband.generate.diffusion.mixture import GaussianMixture
from subband.generate.diffusion.model import ImageDiffusion
from subband.generate.diffusion.objectives import OBJECTIVES, Objective, target
from subband.generate.diffusion.path import Gaussian, Path, corrupt, marginal, posterior, transition
from subband.generate.diffusion.paths import (
    PATHS,
    CosinePath,
    EdmPath,
    ExplodingPath,
    FlowPath,
    LinearPath,
    RatePath,
    StepPath,
    cosine_betas,
    linear_betas,
    make_path,
    root_betas,
)
from subband.generate.diffusion.samplers import (
    Churn,
    ancestral,
    consistency,
    ddim,
    dpm_solver,
    dpm_solver_sde,
    euler,
    heun,
    heun_churn,
)
from subband.generate.diffusion.sampling import SAMPLERS, Sampler, sample
from subband.generate.diffusion.settings import DiffusionConfig
from subband.generate.diffusion.tuning import Nearing, consistency_errors

__all__ = [
    "GUIDANCE",
    "OBJECTIVES",
    "PATHS",
    "SAMPLERS",
    "SPACINGS",
    "AutoGuidance",
    "BinomialConfig",
    "BinomialDenoiser",
    "BinomialDiffusion",
    "BinomialPath",
    "Bound",
    "Churn",
    "ClassifierFree",
    "ClassifierGuidance",
    "Condition",
    "CosinePath",
    "Denoiser",
    "Denoising",
    "DiffusionAutoencoder",
    "DiffusionAutoencoderConfig",
    "DiffusionConfig",
    "EdmPath",
    "Exploded",
    "ExplodingPath",
    "FlowPath",
    "FromDiffusers",
    "Gaussian",
    "GaussianMixture",
    "ImageDiffusion",
    "LabelsForDiffusers",
    "LinearPath",
    "Nearing",
    "NoisyClassifier",
    "Objective",
    "Path",
    "Prediction",
    "RatePath",
    "Sampler",
    "StepPath",
    "adaptive",
    "ancestral",
    "annealed_langevin",
    "bits_per_dimension",
    "bound",
    "consistency",
    "consistency_errors",
    "corrupt",
    "cosine_betas",
    "ddim",
    "direction",
    "dpm_solver",
    "dpm_solver_sde",
    "erasing_betas",
    "euler",
    "heun",
    "heun_churn",
    "hybrid_errors",
    "integrate",
    "linear_betas",
    "log_likelihood",
    "make_path",
    "marginal",
    "posterior",
    "predictor_corrector",
    "root_betas",
    "sample",
    "target",
    "time_grid",
    "transition",
]
