"""Priors side by side on one measurement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.arrays.arguments import shown
from subband.errors import InvalidInput
from subband.inverse.inversion import invert
from subband.inverse.priors.prior import Prior
from subband.inverse.problem import Inversion, Progress
from subband.metrics.restoration import log_spectrum_error, psnr, scattering_distance, ssim
from subband.transforms.linear import Operator

COLUMNS = ("psnr", "ssim", "spectrum", "scattering", "seconds")
HEADINGS = ("PSNR dB", "SSIM", "log-spectrum error dB", "scattering distance", "seconds")


@dataclass(frozen=True)
class Row:
    """One prior's result.

    Attributes:
        name: Of the prior.
        psnr: Peak signal-to-noise ratio in decibels; higher is better.
        ssim: Structural similarity; higher is better.
        spectrum: `log_spectrum_error` in decibels; lower is better.
        scattering: `scattering_distance`; lower is better.
        seconds: Time taken.
        inversion: The estimate.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import Tikhonov, compare
        >>> x = np.kron(np.random.default_rng(0).random((4, 4)), np.ones((8, 8)))
        >>> A = sb.Blur((32, 32), sb.gaussian_kernel(1.0))
        >>> row = compare(A, A(x), [Tikhonov()], x, noise=0.01).rows[0]
        >>> row.name, row.psnr > 20, row.inversion.x.shape
        ('Tikhonov', True, (32, 32))
    """

    name: str
    psnr: float
    ssim: float
    spectrum: float
    scattering: float
    seconds: float
    inversion: Inversion


@dataclass(frozen=True)
class Comparison:
    """The results of several priors, in the order given; `print` shows the table."""

    rows: tuple[Row, ...]

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise InvalidInput(f"no row {shown(name)}: there are {', '.join(row.name for row in self.rows)}")

    def best(self, column: str) -> Row:
        """The best row by "psnr", "ssim", "spectrum", "scattering" or "seconds"."""
        if column not in COLUMNS:
            raise InvalidInput(f"no column {shown(column)}: give one of {', '.join(COLUMNS)}")
        pick = max if column in ("psnr", "ssim") else min
        return pick(self.rows, key=lambda row: getattr(row, column))

    def __str__(self) -> str:
        width = max(len("prior"), *(len(row.name) for row in self.rows))
        lines = ["  ".join(["prior".ljust(width), *HEADINGS])]
        for row in self.rows:
            numbers = (
                f"{row.psnr:.2f}",
                f"{row.ssim:.3f}",
                f"{row.spectrum:.2f}",
                f"{row.scattering:.3f}",
                f"{row.seconds:.2f}",
            )
            cells = [number.rjust(len(heading)) for number, heading in zip(numbers, HEADINGS, strict=True)]
            lines.append("  ".join([row.name.ljust(width), *cells]))
        return "\n".join(lines)


def compare(
    operator: Operator,
    y: Any,
    priors: Sequence[Prior] | Mapping[str, Prior],
    truth: Any,
    *,
    noise: float | None = None,
    peak: float | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Invert one measurement with several priors, and measure each estimate against the truth.

    The truth is used for the measures only: weights are those of the priors, chosen by the data or tuned on
    other images.

    Args:
        operator: A.
        y: The measurement, (*batch, *output_shape).
        priors: Several priors, or these by name.
        truth: The true x, (*batch, rows, columns).
        noise: Standard deviation of y's noise; estimated if None.
        peak: Range of the values, for PSNR and SSIM; that of the truth if None.
        progress: Called with the priors done and of how many.

    Raises:
        InvalidInput: no priors, two of one name, a truth of another shape, or as `invert`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import TV, Tikhonov, compare
        >>> x = np.kron(np.random.default_rng(0).random((4, 4)), np.ones((8, 8)))
        >>> A = sb.Blur((32, 32), sb.gaussian_kernel(1.0))
        >>> y = A(x) + 0.01 * np.random.default_rng(1).standard_normal((32, 32))
        >>> table = compare(A, y, [Tikhonov(), TV()], x, noise=0.01)
        >>> table.best("psnr").name
        'TV'
    """
    named = dict(priors) if isinstance(priors, Mapping) else {}
    for prior in () if isinstance(priors, Mapping) else priors:
        if not isinstance(prior, Prior):
            raise InvalidInput(f"prior {shown(prior)}: give priors, e.g. [subband.inverse.TV()]")
        if prior.name in named:
            raise InvalidInput(f"two priors are called {prior.name}: give a dictionary, names → priors")
        named[prior.name] = prior
    if not named:
        raise InvalidInput("no priors to compare: give one or more, e.g. [subband.inverse.TV()]")
    true = np.asarray(truth.detach().cpu() if hasattr(truth, "detach") else truth)
    batch = tuple(np.shape(y))[: np.ndim(y) - len(operator.output_shape)]
    if true.shape != (*batch, *operator.input_shape):
        raise InvalidInput(
            f"a truth of shape {true.shape} for {operator!r} and a measurement of {tuple(np.shape(y))}: give "
            f"{(*batch, *operator.input_shape)}"
        )
    rows = []
    for k, (name, prior) in enumerate(named.items()):
        found = invert(operator, y, prior=prior, noise=noise)
        x = np.asarray(found.x.detach().cpu() if hasattr(found.x, "detach") else found.x)
        rows.append(
            Row(
                name,
                psnr(x, true, peak),
                ssim(x, true, peak),
                log_spectrum_error(x, true),
                scattering_distance(x, true),
                found.seconds,
                found,
            )
        )
        if progress is not None:
            progress(k + 1, len(named))
    return Comparison(tuple(rows))
