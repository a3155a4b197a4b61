"""Reproductions of published claims: one module per claim, registered in `EXPERIMENTS`."""

from subband.experiments.claim import Claim, Outcome
from subband.experiments.claims import (
    aliasing,
    attribution,
    chirp,
    cyclegan_digits,
    fsdd_scattering,
    gan_table,
    guided_diffusion_saliency,
    jpeg_robustness,
    mnist_diffusion,
    mnist_scattering,
    packets_vs_pixels,
    scattering_stability,
    sd14_detection,
    stylegan3_ladder,
    wavelet_space_diffusion,
)
from subband.experiments.record import Written, reproduce_claim, table

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
        aliasing,
        stylegan3_ladder,
        gan_table,
        cyclegan_digits,
    )
}

__all__ = ["EXPERIMENTS", "Claim", "Outcome", "Written", "reproduce_claim", "table"]
