"""θ of a canonical model from examples, without its normalising constant."""

import numpy as np

from subband.arrays.arguments import integer
from subband.errors import InvalidInput
from subband.synthesis.maximum_entropy.canonical import Canonical
from subband.synthesis.objective import torch_module
from subband.synthesis.statistics.statistic import Statistics


def score_matching(
    statistics: Statistics, examples: np.ndarray, *, probes: int = 8, seed: int = 0
) -> Canonical:
    """Fit p(x) ∝ exp(−N θ·Φ(x)) to examples.

    The squared distance of scores E‖∇log p − ∇log p*‖²/2 is, up to a constant, quadratic in θ:
    ½ θᵀAθ − bᵀθ with A = E[∇Φ ∇Φᵀ] N² and b = N E[ΔΦ]; so θ = A⁻¹ b. Laplacians are estimated with random signs,
    without error where Φ is a sum over samples.

    Args:
        statistics: Φ, twice differentiable where examples have their samples.
        examples: (m, *field).
        probes: Number of random signs for each Laplacian.
        seed: Of these.

    Raises:
        InvalidInput: statistics of which one is a combination of others, or without curvature.

    Source: A. Hyvärinen, "Estimation of non-normalized statistical models by score matching", JMLR 6 (2005), §2.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import Norms, score_matching
        >>> examples = np.random.default_rng(0).normal(size=(100, 64))  # of variance 1: p ∝ exp(−N ⟨x²⟩ / 2)
        >>> score_matching(Norms((2,), axes=1), examples).theta.round(1).tolist()
        [0.5]
    """
    torch, rng = torch_module(), np.random.default_rng(seed)
    integer("probes", probes, 1)
    statistics.check(examples.shape[1:], "an example")
    count, size = len(statistics.index), float(np.prod(examples.shape[1:]))
    A, b = np.zeros((count, count)), np.zeros(count)
    for one in np.asarray(examples, dtype=np.float64):
        x = torch.from_numpy(one[None].copy()).requires_grad_()
        phi = statistics.values(x)[0]
        signs = [torch.from_numpy(rng.choice([-1.0, 1.0], size=one[None].shape)) for _ in range(probes)]
        gradients = np.empty((count, one.size))
        for k in range(count):
            (g,) = torch.autograd.grad(phi[k], x, create_graph=True, retain_graph=True)
            gradients[k] = g.detach().numpy().ravel()
            if g.requires_grad:
                for v in signs:
                    (hv,) = torch.autograd.grad((g * v).sum(), x, retain_graph=True, allow_unused=True)
                    b[k] += 0.0 if hv is None else size * float((hv * v).sum()) / probes / len(examples)
        A += size**2 * gradients @ gradients.T / len(examples)
    if np.linalg.matrix_rank(A, hermitian=True) < count:
        raise InvalidInput("some statistics are combinations of others, so θ is not unique: leave these out")
    return Canonical(statistics, np.linalg.solve(A, b))
