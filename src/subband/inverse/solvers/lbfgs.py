"""L-BFGS on tensors."""

from collections.abc import Callable
from typing import Any, NamedTuple

from subband.inverse.problem import Progress
from subband.inverse.torch_arrays import torch_module


class Minimum(NamedTuple):
    """x, the number of evaluations, and the values of the function in order."""

    x: Any
    evaluations: int
    values: tuple[float, ...]


def minimise(
    f: Callable[[Any], Any],
    x: Any,
    evaluations: int,
    *,
    tolerance: float = 1e-7,
    progress: Progress | None = None,
) -> Minimum:
    """Minimise a differentiable function of a tensor.

    Args:
        f: Tensor → scalar tensor.
        x: Where to start.
        evaluations: The most evaluations of f and its gradient.
        tolerance: Relative decrease over one step at which it stops.
        progress: Called with the evaluations done.

    Returns:
        The best point evaluated.

    Source: J. Nocedal, S. Wright, Numerical Optimization (2006), algorithms 7.4 (history 20) and 3.5 (strong
        Wolfe).
    """
    torch = torch_module()
    point = x.detach().clone().requires_grad_()
    first = float(f(point).detach())
    scale = 1 / first if first > 0 else 1.0
    best, best_value, values = point.detach().clone(), first, []
    optimiser = torch.optim.LBFGS(
        [point],
        max_iter=evaluations,
        max_eval=evaluations,
        history_size=20,
        line_search_fn="strong_wolfe",
        tolerance_grad=0.0,
        tolerance_change=tolerance,
    )

    def closure() -> Any:
        nonlocal best, best_value
        optimiser.zero_grad()
        value = f(point)
        (value * scale).backward()
        values.append(float(value.detach()))
        if values[-1] < best_value:
            best, best_value = point.detach().clone(), values[-1]
        if progress is not None:
            progress(min(len(values), evaluations), evaluations)
        return value * scale

    optimiser.step(closure)
    return Minimum(best, len(values), tuple(values))
