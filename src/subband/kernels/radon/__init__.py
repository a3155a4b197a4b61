"""Line integrals of images along rays, by Joseph's method, and their exact transposes (`native/radon`)."""

from subband.kernels.radon.dispatch import back_project, project
from subband.kernels.radon.plan import FanPlan, ParallelPlan, RadonPlan

__all__ = ["FanPlan", "ParallelPlan", "RadonPlan", "back_project", "project"]
