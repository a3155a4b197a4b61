"""Reproductions of published claims: one module per claim, registered in `EXPERIMENTS`."""

from subband.experiments.claim import Claim, Outcome
from subband.experiments.claims import (
    aliasing,
    attribution,
    chirp,
    complex_memory_adding,
    complex_motion,
    cox,
    cyclegan_digits,
    ensembles,
    fractal_lena,
    frame_prediction,
    fsdd_scattering,
    gan_table,
    guided_diffusion_saliency,
    inverse_scattering,
    ising,
    jpeg_robustness,
    learned_compression,
    mindvis_mini,
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
    stylegan3_ladder,
    turbulence,
    vit_insides,
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
        aliasing,
        stylegan3_ladder,
        gan_table,
        cyclegan_digits,
        vit_insides,
        mindvis_mini,
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
