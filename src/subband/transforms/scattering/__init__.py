"""Scattering: moduli of wavelet transforms, cascaded and averaged."""

from subband.transforms.scattering.harmonic import HarmonicPath, HarmonicScattering
from subband.transforms.scattering.solid_harmonics import SolidHarmonics

__all__ = ["HarmonicPath", "HarmonicScattering", "SolidHarmonics"]
