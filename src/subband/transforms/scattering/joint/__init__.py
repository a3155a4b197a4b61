"""Joint time–frequency scattering."""

from subband.transforms.scattering.joint.container import JointCoefficients
from subband.transforms.scattering.joint.paths import JointPaths
from subband.transforms.scattering.joint.transform import JointScattering

__all__ = ["JointCoefficients", "JointPaths", "JointScattering"]
