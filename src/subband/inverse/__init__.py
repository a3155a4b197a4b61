"""Inverse problems: estimates of x from y = A x + noise, with what is known of x beforehand."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.inverse.comparison import Comparison, Row, compare
    from subband.inverse.inversion import invert
    from subband.inverse.priors.best_linear import BestLinear
    from subband.inverse.priors.diffusion_posterior import DiffusionPosterior, diffusion_denoiser
    from subband.inverse.priors.match_statistics import MatchStatistics
    from subband.inverse.priors.plug_and_play import PlugAndPlay, wavelet_denoiser
    from subband.inverse.priors.prior import Prior, Weighted
    from subband.inverse.priors.residual_network import ResidualNetwork
    from subband.inverse.priors.scattering_estimate import ScatteringEstimate
    from subband.inverse.priors.tikhonov import Tikhonov
    from subband.inverse.priors.total_variation import TV
    from subband.inverse.priors.wavelet_l1 import L1
    from subband.inverse.problem import Inversion, Problem, Solution, estimate_noise
    from subband.inverse.solvers.filtered_back_projection import filtered_back_projection
    from subband.inverse.solvers.least_squares import cgls, power_norm, sirt

__all__ = [
    "L1",
    "TV",
    "BestLinear",
    "Comparison",
    "DiffusionPosterior",
    "Inversion",
    "MatchStatistics",
    "PlugAndPlay",
    "Prior",
    "Problem",
    "ResidualNetwork",
    "Row",
    "ScatteringEstimate",
    "Solution",
    "Tikhonov",
    "Weighted",
    "cgls",
    "compare",
    "diffusion_denoiser",
    "estimate_noise",
    "filtered_back_projection",
    "invert",
    "power_norm",
    "sirt",
    "wavelet_denoiser",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "comparison": "Comparison Row compare",
        "inversion": "invert",
        "priors.best_linear": "BestLinear",
        "priors.diffusion_posterior": "DiffusionPosterior diffusion_denoiser",
        "priors.match_statistics": "MatchStatistics",
        "priors.plug_and_play": "PlugAndPlay wavelet_denoiser",
        "priors.prior": "Prior Weighted",
        "priors.residual_network": "ResidualNetwork",
        "priors.scattering_estimate": "ScatteringEstimate",
        "priors.tikhonov": "Tikhonov",
        "priors.total_variation": "TV",
        "priors.wavelet_l1": "L1",
        "problem": "Inversion Problem Solution estimate_noise",
        "solvers.filtered_back_projection": "filtered_back_projection",
        "solvers.least_squares": "cgls power_norm sirt",
    },
)
