"""Reproductions of published claims: one module per claim, registered in `EXPERIMENTS`."""

from subband.experiments.claim import Claim, Outcome
from subband.experiments.claims import (
    attribution,
    chirp,
    complex_memory_adding,
    complex_motion,
    cox,
    ensembles,
    fractal_lena,
    frame_prediction,
    fsdd_scattering,
    guided_diffusion_saliency,
    inverse_scattering,
    ising,
    jpeg_robustness,
    learned_compression,
    mnist_diffusion,
    mnist_scattering,
    multifractal,
    packets_vs_pixels,
    quadcopter,
    scattering_stability,
    scattering_superresolution,
    scattering_tomography,
    sd14_detection,
    sound_textures,
    spectral_rnn,
    turbulence,
    wavelet_space_diffusion,
)
from subband.experiments.freshness import State, state
from subband.experiments.page import evidence_page
from subband.experiments.planned import PLANNED, Planned
from subband.experiments.record import Written, reproduce_claim, table
from subband.experiments.schedule import Round, reproduce_all

EXPERIMENTS: dict[str, Claim] = {
    module.CLAIM.name: module.CLAIM
    for module in (
        packets_vs_pixels,
        chirp,
        sd14_detection,
        attribution,
        jpeg_robustness,
        guided_diffusion_saliency,
        mnist_scattering,
        fsdd_scattering,
        scattering_stability,
        mnist_diffusion,
        wavelet_space_diffusion,
        ising,
        cox,
        multifractal,
        turbulence,
        ensembles,
        sound_textures,
        inverse_scattering,
        scattering_superresolution,
        scattering_tomography,
        fractal_lena,
        complex_memory_adding,
        complex_motion,
        spectral_rnn,
        frame_prediction,
        learned_compression,
        quadcopter,
    )
}

__all__ = [
    "EXPERIMENTS",
    "PLANNED",
    "Claim",
    "Outcome",
    "Planned",
    "Round",
    "State",
    "Written",
    "evidence_page",
    "reproduce_all",
    "reproduce_claim",
    "state",
    "table",
]
