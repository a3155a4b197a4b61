"""How far a function of a complex number is from holomorphic."""

from collections.abc import Callable

import torch
from torch import Tensor


def cauchy_riemann_error(f: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """|∂f/∂z̄| at each point: 0 where the Cauchy–Riemann equations hold.

    With the derivatives along both axes, ∂f/∂z̄ = ½ (∂f/∂x + i ∂f/∂y).

    Args:
        f: A function of each element on its own, (…) complex → (…) complex.
        z: (…) complex points.

    Returns:
        (…) real.

    Example:
        >>> import torch
        >>> from subband.nn.complex import cauchy_riemann_error
        >>> z = torch.tensor([1 + 2j, -0.5 + 1j])
        >>> cauchy_riemann_error(torch.square, z).tolist()
        [0.0, 0.0]
        >>> cauchy_riemann_error(torch.conj_physical, z).tolist()
        [1.0, 1.0]

    Source: W. Wirtinger, Zur formalen Theorie der Funktionen von mehr komplexen Veränderlichen, 1927.
    """

    def derivative(direction: complex) -> Tensor:
        along = torch.func.jvp(f, (z,), (torch.full_like(z, direction),))
        return along[1]

    return 0.5 * (derivative(1) + 1j * derivative(1j)).abs()
