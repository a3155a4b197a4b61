"""Forward processes by name."""

from collections.abc import Callable

from subband.errors import InvalidInput
from subband.generate.diffusion.paths.continuous import (
    CosinePath,
    EdmPath,
    ExplodingPath,
    FlowPath,
    LinearPath,
)
from subband.generate.diffusion.paths.discrete import StepPath, cosine_betas, linear_betas
from subband.generate.diffusion.paths.path import Path

PATHS: dict[str, Callable[[], Path]] = {
    "flow": FlowPath,
    "vp-linear": LinearPath,
    "vp-cosine": CosinePath,
    "ve": ExplodingPath,
    "edm": EdmPath,
    "ddpm": lambda: StepPath(linear_betas()),
    "iddpm": lambda: StepPath(cosine_betas()),
}
"""Constructors of paths by name; without arguments, with their default settings."""


def make_path(name: str) -> Path:
    """The path of this name, with its default settings.

    Raises:
        InvalidInput: if there is none.
    """
    if name not in PATHS:
        raise InvalidInput(f"no path {name!r}: choose one of {', '.join(sorted(PATHS))}")
    return PATHS[name]()
