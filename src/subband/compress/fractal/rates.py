"""What symbols cost, in bits: as the adaptive coder will find, estimated from the leaves of an earlier plan."""

from dataclasses import dataclass

import numpy as np

from subband.kernels.fractal import TERMS

MOST = 48  # moduli that have a price of their own; beyond, prices go on by doublings
CLASSES = 3  # of the mean, by what is known around a leaf


@dataclass(frozen=True)
class Rates:
    """Bits at one level.

    Attributes:
        split: (2,) leaf, split.
        domain: (2,) without, with a domain.
        contrast: (S + 1,) modulus and sign of a contrast; entry 0 is not used.
        mean: (CLASSES, MOST) by the modulus of the prediction's error in steps.
        more: (2, T, 2) without and with a domain: no more terms, or some.
        zero: (T, 2) a term that isn't 0, or is.
        term: (T, MOST) modulus and sign; entry 0 is not used.
    """

    split: np.ndarray
    domain: np.ndarray
    contrast: np.ndarray
    mean: np.ndarray
    more: np.ndarray
    zero: np.ndarray
    term: np.ndarray


@dataclass
class Counts:
    """How often each symbol occurs at one level, as `Rates`; begins with what is usual."""

    split: np.ndarray
    domain: np.ndarray
    contrast: np.ndarray
    mean: np.ndarray
    more: np.ndarray
    zero: np.ndarray
    term: np.ndarray

    @classmethod
    def usual(cls, contrasts: int) -> "Counts":
        """Weak expectations."""
        falling = 0.7 ** np.arange(MOST)
        count = len(TERMS)
        return cls(
            np.array([1.2, 0.8]),
            np.array([1.0, 1.0]),
            np.r_[0, np.full(contrasts, 1 / contrasts)] * 2,
            np.stack([0.5 ** np.arange(MOST), 0.6 ** np.arange(MOST), 0.8 ** np.arange(MOST)]) + 1e-3,
            np.tile([1.5, 0.5], (2, count, 1)),
            np.tile([1.0, 1.0], (count, 1)),
            np.tile(np.r_[0, falling[:-1] + 1e-3], (count, 1)),
        )

    def rates(self) -> Rates:
        """Ideal code lengths; signs of contrasts, means and terms are one bit each."""
        mean = _bits(self.mean, 1)
        mean[:, 1:] += 1
        return Rates(
            _bits(self.split, 0),
            _bits(self.domain, 0),
            _bits(self.contrast, 0) + 1,
            mean,
            _bits(self.more, 2),
            _bits(self.zero, 1),
            _bits(self.term, 1) + 1,
        )


def _bits(counts: np.ndarray, axis: int) -> np.ndarray:
    total = counts.sum(axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):
        return np.where(counts > 0, -np.log2(counts / total), 0.0).astype(np.float32)


def priced(table: np.ndarray, modulus: np.ndarray) -> np.ndarray:
    """Bits of moduli by a table whose last entry stands for all that are larger."""
    inside = np.minimum(modulus, len(table) - 1)
    return table[inside] + 2 * np.log2(np.maximum(modulus, 1) / np.maximum(inside, 1))
