"""Joint time–frequency scattering transform."""

from subband.transforms.scattering.joint.coefficients import JointCoefficients
from subband.transforms.scattering.joint.joint_scattering import JointScattering
from subband.transforms.scattering.joint.paths import JointPaths

__all__ = ["JointCoefficients", "JointPaths", "JointScattering"]
