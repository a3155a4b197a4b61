"""Problems in PyTorch, for priors that need the gradients of networks and of scattering."""

from dataclasses import replace
from typing import Any

import numpy as np

from subband.arrays.namespace import Array, library
from subband.errors import InvalidInput, MissingDependency
from subband.inverse.problem import Problem


def torch_module() -> Any:
    """PyTorch.

    Raises:
        MissingDependency: it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingDependency("this prior needs PyTorch: pip install 'subband[torch]'") from error
    return torch


def in_torch(problem: Problem) -> Problem:
    """The problem with tensors in place of arrays; those of PyTorch stay on their device.

    Raises:
        InvalidInput: arrays of JAX, whose gradients PyTorch can't take.
        MissingDependency: PyTorch is not installed.
    """
    torch = torch_module()

    def moved(x: Any) -> Any:
        return x if x is None or library(x) == "torch" else torch.asarray(np.array(x))

    if library(problem.y) not in ("numpy", "torch"):
        raise InvalidInput(
            f"this prior computes in PyTorch, and y is an array of {library(problem.y)}: give numpy.asarray(y)"
        )
    return replace(problem, y=moved(problem.y), start=moved(problem.start))


def like(x: Any, given: Array) -> Array:
    """A tensor as an array of the library of `given`."""
    return x if library(given) == "torch" else x.detach().cpu().numpy()
