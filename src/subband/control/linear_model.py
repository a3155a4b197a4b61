"""Linear models of nonlinear dynamics by automatic differentiation."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.transforms.linear_systems import LinearSystem, linear_system


def linearise(
    f: Callable[[Tensor, Tensor], Tensor], x: np.ndarray, u: np.ndarray, C: np.ndarray | None = None
) -> LinearSystem:
    """δx' = A δx + B δu about a state and an input, with A = ∂f/∂x and B = ∂f/∂u.

    Args:
        f: x' = f(x, u), of tensors (n,) and (m,).
        x: (n,) the state, for an equilibrium f(x, u) = 0.
        u: (m,) the input.
        C: (p, n) outputs of the linear system; all states by default.

    Returns:
        A continuous `LinearSystem` of NumPy arrays.

    Raises:
        InvalidInput: f is not finite there.

    Example:
        >>> import numpy as np
        >>> import torch
        >>> from subband.control import linearise
        >>> pendulum = lambda x, u: torch.stack([x[1], -torch.sin(x[0]) + u[0]])
        >>> linearise(pendulum, np.array([np.pi, 0.0]), np.zeros(1)).A.round(6).tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    x_t, u_t = torch.as_tensor(x, dtype=torch.float64), torch.as_tensor(u, dtype=torch.float64)
    A, B = (matrix.numpy() for matrix in torch.func.jacrev(f, argnums=(0, 1))(x_t, u_t))
    if not (np.isfinite(A).all() and np.isfinite(B).all()):
        raise InvalidInput("the dynamics are not finite at this state and input: choose another point")
    return linear_system(A, B, np.eye(len(A)) if C is None else C)
