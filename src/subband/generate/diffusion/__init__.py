"""Diffusion: forward processes, denoisers, objectives, samplers, guidance and likelihoods.

The parts combine freely: a `Denoiser` on any path of `PATHS` learns any objective of `OBJECTIVES`, `sample`
draws from it with any of `SAMPLERS`, and each of `GUIDANCE` wraps a denoiser into a guided one.
"""

from subband.generate.diffusion.binomial_chain import BinomialDenoiser, BinomialPath, erasing_betas
from subband.generate.diffusion.consistency import Nearing, consistency_errors
from subband.generate.diffusion.denoiser import Condition, Denoiser, Denoising, Prediction, Projected
from subband.generate.diffusion.from_diffusers import FromDiffusers, LabelsForDiffusers
from subband.generate.diffusion.guidance import GUIDANCE, AutoGuidance, ClassifierFree, ClassifierGuidance
from subband.generate.diffusion.likelihood.bound import Bound, bound, hybrid_errors
from subband.generate.diffusion.likelihood.flow import bits_per_dimension, log_likelihood
from subband.generate.diffusion.mixture import GaussianMixture
from subband.generate.diffusion.noisy_classifier import NoisyClassifier
from subband.generate.diffusion.objectives import OBJECTIVES, Objective, target
from subband.generate.diffusion.paths.by_name import PATHS, make_path
from subband.generate.diffusion.paths.continuous import (
    CosinePath,
    EdmPath,
    ExplodingPath,
    FlowPath,
    LinearPath,
    RatePath,
)
from subband.generate.diffusion.paths.discrete import StepPath, cosine_betas, linear_betas, root_betas
from subband.generate.diffusion.paths.path import Gaussian, Path, corrupt, marginal, posterior, transition
from subband.generate.diffusion.samplers.adaptive import adaptive, integrate
from subband.generate.diffusion.samplers.by_name import SAMPLERS, Sampler
from subband.generate.diffusion.samplers.exploded import Exploded
from subband.generate.diffusion.samplers.grids import SPACINGS, time_grid
from subband.generate.diffusion.samplers.langevin import annealed_langevin, predictor_corrector
from subband.generate.diffusion.samplers.sample import sample
from subband.generate.diffusion.samplers.solvers import (
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

__all__ = [
    "GUIDANCE",
    "OBJECTIVES",
    "PATHS",
    "SAMPLERS",
    "SPACINGS",
    "AutoGuidance",
    "BinomialDenoiser",
    "BinomialPath",
    "Bound",
    "Churn",
    "ClassifierFree",
    "ClassifierGuidance",
    "Condition",
    "CosinePath",
    "Denoiser",
    "Denoising",
    "EdmPath",
    "Exploded",
    "ExplodingPath",
    "FlowPath",
    "FromDiffusers",
    "Gaussian",
    "GaussianMixture",
    "LabelsForDiffusers",
    "LinearPath",
    "Nearing",
    "NoisyClassifier",
    "Objective",
    "Path",
    "Prediction",
    "Projected",
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
