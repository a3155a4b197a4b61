"""One call for all inverse problems."""

from time import perf_counter
from typing import Any

from subband.arrays.arguments import shown
from subband.errors import InvalidInput
from subband.inverse.priors.prior import Prior
from subband.inverse.priors.tikhonov import Tikhonov
from subband.inverse.problem import Inversion, Progress, make_problem
from subband.transforms.linear import Operator


def invert(
    operator: Operator,
    y: Any,
    *,
    prior: Prior | None = None,
    noise: float | None = None,
    init: Any = None,
    progress: Progress | None = None,
) -> Inversion:
    """Estimate x from a measurement y = A x + noise.

    Args:
        operator: A: a `Radon`, `Blur`, `Downsample`, `Mask`, `FourierSamples`, a transform (`linear_map`), or a
            composition of these.
        y: The measurement, (*batch, *output_shape), an array of NumPy, PyTorch or JAX. A batch, such as the
            channels of an image, is solved as one problem, with one weight.
        prior: What is known of x, e.g. `TV()`; `Tikhonov()` by default. Weights are chosen by the data, or
            beforehand by `.tuned(operator, images, noise)`.
        noise: Standard deviation of y's noise; estimated from its finest wavelet details if None.
        init: Where iterations start, (*batch, *input_shape), for priors whose solvers iterate.
        progress: Called with the steps done and of how many, by priors that count them.

    Returns:
        The estimate, and how it was found.

    Raises:
        InvalidInput: no operator or prior; y of another shape, or with numbers that are not finite; a noise
            below 0, or none where it can't be estimated.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import TV, invert
        >>> x = np.zeros((32, 32))
        >>> x[8:24, 10:20] = 1
        >>> A = sb.Radon((32, 32), angles=np.arange(0, 180, 9))
        >>> y = A(x) + 0.05 * np.random.default_rng(0).standard_normal(A.output_shape)
        >>> found = invert(A, y, prior=TV(), noise=0.05)
        >>> bool(np.sqrt(np.mean((found.x - x) ** 2)) < 0.05)
        True

    See also: `subband.inverse.compare`, `subband.inverse.cgls`, `subband.inverse.filtered_back_projection`.
    """
    prior = Tikhonov() if prior is None else prior
    if not isinstance(prior, Prior):
        raise InvalidInput(f"prior={shown(prior)}: give a prior, e.g. prior=subband.inverse.TV()")
    problem = make_problem(operator, y, noise, init)
    began = perf_counter()
    found = prior.solve(problem, progress)
    return Inversion(
        x=found.x,
        prior=prior.name,
        weight=found.weight,
        noise=problem.noise,
        misfit=problem.misfit(found.x),
        expected_misfit=problem.expected_misfit,
        iterations=found.iterations,
        reason=found.reason,
        seconds=perf_counter() - began,
    )
