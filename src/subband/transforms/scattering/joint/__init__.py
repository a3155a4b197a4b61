"""Joint time–frequency scattering transform."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.scattering.joint.coefficients import JointCoefficients
    from subband.transforms.scattering.joint.joint_scattering import JointScattering
    from subband.transforms.scattering.joint.paths import JointPaths

__all__ = ["JointCoefficients", "JointPaths", "JointScattering"]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "coefficients": "JointCoefficients",
        "joint_scattering": "JointScattering",
        "paths": "JointPaths",
    },
)
