"""Joint time–frequency scattering."""

from subband.kernels.joint.dispatch import joint
from subband.kernels.joint.plan import AVERAGES, Joint

__all__ = ["AVERAGES", "Joint", "joint"]
