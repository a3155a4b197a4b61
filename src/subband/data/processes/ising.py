"""The two-dimensional Ising model on a torus: exact samplers, and the exact energy of the finite torus."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from typing import final

import numpy as np

from subband.arrays.arguments import number
from subband.data.processes.process import Process
from subband.errors import InvalidInput

CRITICAL = 2 / log(1 + sqrt(2))
"""Temperature of the phase transition of the infinite lattice (Onsager), in units of the coupling."""


@final
@dataclass(frozen=True)
class Ising(Process):
    """Spins ±1 with p(s) ∝ exp(Σ s_i s_j / T) over neighbours, on a torus.

    Attributes:
        shape: Rows and columns.
        temperature: T, `CRITICAL` by default.
        sweeps: Swendsen–Wang sweeps from random spins (hot) to each sample, all chains independent.

    Example:
        >>> from subband.data.processes import Ising
        >>> Ising((16, 16), sweeps=20).sample(2).shape
        (2, 16, 16)
    """

    temperature: float = CRITICAL
    sweeps: int = 200

    def __post_init__(self) -> None:
        if len(self.shape) != 2 or min(self.shape) < 2:
            raise InvalidInput(f"shape={self.shape}: give rows and columns, 2 or more of each")
        number("temperature", self.temperature, "a temperature above 0", above=0)

    def sample(
        self, n: int = 1, *, seed: int = 0, progress: Callable[[int, int], None] | None = None
    ) -> np.ndarray:
        rng = np.random.default_rng(seed)
        spins = rng.choice(np.array([-1, 1], np.int8), size=(n, *self.shape))
        for k in range(self.sweeps):
            spins = swendsen_wang(spins, self.temperature, rng)
            if progress is not None:
                progress(k + 1, self.sweeps)
        return spins.astype(np.float64)

    @property
    def moments(self) -> Mapping[str, float]:
        """Energy and heat capacity for each spin, of the finite torus, exactly; the mean spin is 0 by symmetry."""
        e, c = _torus(*self.shape, 1 / self.temperature)
        return {"mean": 0.0, "energy": e, "heat capacity": c}


def energy(spins: np.ndarray) -> np.ndarray:
    """(…, rows, columns) → (…) energy for each spin, −⟨s_i s_right + s_i s_below⟩ on the torus."""
    right, below = np.roll(spins, -1, axis=-1), np.roll(spins, -1, axis=-2)
    return -(spins * (right + below)).mean(axis=(-2, -1))


def magnetisation(spins: np.ndarray) -> np.ndarray:
    """(…, rows, columns) → (…) mean spin."""
    return spins.mean(axis=(-2, -1))


def swendsen_wang(spins: np.ndarray, temperature: float, rng: np.random.Generator) -> np.ndarray:
    """One sweep of (n, rows, columns) lattices: bonds between equal neighbours, then new spins for whole clusters.

    Source: R. Swendsen, J.-S. Wang, "Nonuniversal critical dynamics in Monte Carlo simulations", Phys. Rev. Lett.
    58 (1987).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sites = np.arange(spins.size).reshape(spins.shape)
    bonded = 1 - np.exp(-2 / temperature)
    pairs = []
    for axis in (-2, -1):
        other = np.roll(spins, -1, axis=axis)
        bond = (spins == other) & (rng.random(spins.shape) < bonded)
        pairs.append(np.stack([sites[bond], np.roll(sites, -1, axis=axis)[bond]]))
    first, second = np.concatenate(pairs, axis=1)
    graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(spins.size, spins.size))
    count, cluster = connected_components(graph, directed=False)
    return rng.choice(np.array([-1, 1], np.int8), size=count)[cluster].reshape(spins.shape)


def wolff(spins: np.ndarray, temperature: float, rng: np.random.Generator) -> np.ndarray:
    """One cluster of one lattice (rows, columns), grown from a random spin and flipped. Slow: an oracle.

    Source: U. Wolff, "Collective Monte Carlo updating for spin systems", Phys. Rev. Lett. 62 (1989).
    """
    bonded, (rows, columns) = 1 - np.exp(-2 / temperature), spins.shape
    seed = (int(rng.integers(rows)), int(rng.integers(columns)))
    inside, edge, sign = {seed}, [seed], spins[seed]
    while edge:
        i, j = edge.pop()
        for near in (((i + 1) % rows, j), (i - 1, j), (i, (j + 1) % columns), (i, j - 1)):
            site = (near[0] % rows, near[1] % columns)
            if site not in inside and spins[site] == sign and rng.random() < bonded:
                inside.add(site)
                edge.append(site)
    made = spins.copy()
    for site in inside:
        made[site] = -sign
    return made


def metropolis(spins: np.ndarray, temperature: float, rng: np.random.Generator) -> np.ndarray:
    """One sweep of (n, rows, columns) lattices of even sides, one colour of the chessboard after the other.

    Source: N. Metropolis et al., "Equation of state calculations by fast computing machines" (1953).
    """
    if any(side % 2 for side in spins.shape[-2:]):
        raise InvalidInput(f"a lattice of {spins.shape[-2:]} has no chessboard: give even sides")
    made = spins.copy()
    board = np.add.outer(np.arange(spins.shape[-2]), np.arange(spins.shape[-1])) % 2
    for colour in (0, 1):
        field = sum(np.roll(made, step, axis=axis) for axis in (-2, -1) for step in (-1, 1))
        change = 2.0 * made * field
        flip = (board == colour) & (rng.random(spins.shape) < np.exp(np.minimum(-change / temperature, 0)))
        made = np.where(flip, -made, made)
    return made


def log_partition(rows: int, columns: int, K: float) -> float:
    """log Z of the torus at inverse temperature K, with every bond once (a torus of two rows has double bonds).

    Source: B. Kaufman, "Crystal statistics II", Phys. Rev. 76 (1949); A. Ferdinand, M. Fisher, "Bounded and
    inhomogeneous Ising models I", Phys. Rev. 185 (1969), eqs. 2.1–2.3.
    """
    m, n = rows, columns
    k = np.arange(2 * n)
    gamma = np.arccosh(np.maximum(np.cosh(2 * K) / np.tanh(2 * K) - np.cos(k * np.pi / n), 1))
    gamma[0] = 2 * K + np.log(np.tanh(K))
    half = 0.5 * m * np.abs(gamma)
    cosh, sinh = half + np.log1p(np.exp(-2 * half)), half + np.log(np.maximum(-np.expm1(-2 * half), 1e-300))
    odd, even = k % 2 == 1, k % 2 == 0
    logs = np.array([cosh[odd].sum(), sinh[odd].sum(), cosh[even].sum(), sinh[even].sum()])
    signs = np.array([1.0, 1.0, 1.0, np.sign(gamma[0])])
    top = logs.max()
    total = np.log(np.sum(signs * np.exp(logs - top)))
    return float(top + total - log(2) + 0.5 * m * n * np.log(2 * np.sinh(2 * K)))


@lru_cache
def _torus(rows: int, columns: int, K: float) -> tuple[float, float]:
    """Energy −∂ log Z/∂K and heat capacity K² ∂² log Z/∂K² for each spin, by differences of the fourth order."""
    h, size = 2e-4 * K, rows * columns
    z = [log_partition(rows, columns, K + k * h) for k in (-2, -1, 0, 1, 2)]
    slope = (z[0] - 8 * z[1] + 8 * z[3] - z[4]) / (12 * h)
    bend = (-z[0] + 16 * z[1] - 30 * z[2] + 16 * z[3] - z[4]) / (12 * h * h)
    return -slope / size, K**2 * bend / size
