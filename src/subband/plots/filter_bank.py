"""Filter banks of scattering: spectra, Littlewood–Paley sums, and filters in time or space."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import CHANGES, FADED, INK, LABEL, LEVELS, PALETTE, TICK, WIDTH, dress, legend, sheet
from subband.transforms.scattering import FilterBank

_HALF = 0.5  # level of the contour of a 2-D filter, relative to its maximum modulus
_SHOWN = 6  # number of 1-D filters drawn in time


def filter_bank(
    bank: FilterBank, shape: int | Sequence[int] | None = None, *, width: float | None = None, title: str = ""
) -> Figure:
    """Draw a bank in frequency with its Littlewood–Paley sum, and its filters in time or space.

    1-D: the modulus of each spectrum at positive frequencies, the sum A(ω), and the real and imaginary parts of
    some filters in time. 2-D: A(ω) over the Fourier plane with the half-maximum contour of each filter, then the
    real and imaginary part of every filter around its centre, two rows per scale.

    Args:
        bank: The filters.
        shape: Samples along each axis; by default 8 · 2^J in 1-D, max(32, 6 · 2^J) in 2-D.
        width: T of the low-pass filter in samples; 2^J by default.
        title: Title of the figure.

    Raises:
        InvalidInput: a shape that does not fit the bank.
    """
    if bank.ndim == 1:
        return _line(bank, shape if shape is not None else 8 * 2**bank.J, width, title)
    return _plane(bank, shape if shape is not None else (max(32, 6 * 2**bank.J),) * 2, width, title)


def littlewood_paley(
    banks: dict[str, FilterBank], samples: int, *, width: float | None = None, title: str = ""
) -> Figure:
    """Draw the Littlewood–Paley sums of 1-D banks on common axes.

    The minimum and maximum of a curve are the frame bounds: they bound ‖Wx‖² for ‖x‖ = 1.

    Args:
        banks: Label → bank.
        samples: Length of the signals.
        width: T of the low-pass filter in samples; 2^J of each bank by default.
        title: Title of the figure.

    Raises:
        InvalidInput: no bank, or a 2-D bank.
    """
    if not banks or any(bank.ndim != 1 for bank in banks.values()):
        raise InvalidInput("Littlewood–Paley sums: give at least one bank, and only banks of one axis")
    figure = sheet(WIDTH, 2.6, title=title or None)
    axes = figure.subplots()
    half = samples // 2 + 1
    for k, (name, bank) in enumerate(banks.items()):
        total = bank.littlewood_paley(samples, width)[:half]
        axes.plot(np.arange(half) / samples, total, color=PALETTE[k % 7], linewidth=1.1, label=name)
    axes.axhline(1, color=FADED, linewidth=0.6, linestyle=":")
    axes.set(xlim=(0, 0.5), ylim=(0, None))
    dress(axes, x="frequency (cycles per sample)", y="A(ω)")
    legend(axes)
    return figure


def _line(bank: FilterBank, shape: int | Sequence[int], width: float | None, title: str) -> Figure:
    spectra, total = np.abs(bank.spectra(shape, width)), bank.littlewood_paley(shape, width)
    n = len(total)
    half, f = n // 2 + 1, np.arange(n // 2 + 1) / n
    figure = sheet(WIDTH, 5.2, title=title or None)
    grid = figure.add_gridspec(3, _SHOWN, height_ratios=(2, 1, 1.4))
    top = figure.add_subplot(grid[0, :])
    for k, one in enumerate(spectra):
        top.plot(f, one[:half], color=PALETTE[k % 6], linewidth=0.8)
    top.plot(f, np.abs(bank.lowpass(shape, width))[:half], color=INK, linewidth=1.2, label="low-pass")
    dress(top, y="modulus")
    legend(top, loc="upper right")
    below = figure.add_subplot(grid[1, :], sharex=top)
    below.plot(f, total[:half], color=INK, linewidth=1.0)
    below.axhline(1, color=FADED, linewidth=0.6, linestyle=":")
    below.set(xlim=(0, 0.5), ylim=(0, 1.1 * total.max()))
    dress(below, x="frequency (cycles per sample)", y="A(ω)")
    waves = bank.in_space(shape, width)
    for column, k in enumerate(np.linspace(0, len(waves) - 1, min(_SHOWN, len(waves))).round().astype(int)):
        axes = figure.add_subplot(grid[2, column])
        near = _middle(n, bank.filters[k].sigma)
        t = np.arange(near.start, near.stop) - n // 2
        axes.plot(t, np.real(waves[k][near]), color=PALETTE[0], linewidth=0.8, label="real")
        axes.plot(t, np.imag(waves[k][near]), color=PALETTE[1], linewidth=0.8, label="imaginary")
        dress(axes, title=f"ξ = {bank.filters[k].xi:.3g}", x="samples")
        axes.set_yticks([])
        if column == 0:
            legend(figure, handles=axes.get_lines(), loc="outside lower right", ncols=2)
    return figure


def _plane(bank: FilterBank, shape: int | Sequence[int], width: float | None, title: str) -> Figure:
    spectra, waves = np.abs(bank.spectra(shape, width)), bank.in_space(shape, width)
    scales = sorted({one.j for one in bank.filters})
    rows = [[k for k, one in enumerate(bank.filters) if one.j == j] for j in scales]
    columns = max(map(len, rows))
    figure = sheet(WIDTH, 3.4 + 2 * len(rows) * WIDTH / columns * 0.92, title=title or None)
    heights = (3.4, 2 * len(rows) * WIDTH / columns)
    top, below = np.ravel(np.asarray(figure.subfigures(2, 1, height_ratios=heights)))
    # Empty axes on both sides centre the square.
    before, axes, after = top.subplots(1, 3, width_ratios=(1, 4, 1))
    before.set_axis_off()
    after.set_axis_off()
    grid = [np.fft.fftshift(np.fft.fftfreq(n)) for n in spectra.shape[1:]]
    mesh = axes.pcolormesh(
        grid[1],
        grid[0],
        np.fft.fftshift(bank.littlewood_paley(shape, width)),
        cmap=LEVELS,
        vmin=0,
        rasterized=True,
    )
    for one, spectrum in zip(bank.filters, spectra, strict=True):
        height = np.fft.fftshift(spectrum)
        axes.contour(
            grid[1],
            grid[0],
            height,
            levels=[_HALF * height.max()],
            colors=[PALETTE[1 + one.j % 5]],
            linewidths=0.8,
        )
    axes.set_aspect("equal")
    dress(axes, x="second axis (cycles per sample)", y="first axis", grid=False)
    bar = top.colorbar(mesh, ax=axes, shrink=0.9)
    bar.set_label("A(ω)", fontsize=LABEL, color=INK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED)
    panels = below.subplots(2 * len(rows), columns, squeeze=False)
    for r, row in enumerate(rows):
        for part, picture in enumerate((np.real(waves), np.imag(waves))):
            line: Sequence[Axes] = panels[2 * r + part]
            limit = max(np.abs(waves[k]).max() for k in row)
            near = [_middle(n, bank.filters[row[0]].sigma) for n in picture.shape[1:]]
            for axes, k in zip(line, row, strict=False):
                axes.imshow(
                    picture[k][tuple(near)], cmap=CHANGES, vmin=-limit, vmax=limit, interpolation="nearest"
                )
            for axes in line:
                axes.set(xticks=[], yticks=[])
            line[0].set_ylabel(f"j = {scales[r]}\n{('real', 'imag.')[part]}", fontsize=TICK, color=INK)
    return figure


def _middle(n: int, sigma: float) -> slice:
    """Samples around the centre that contain a filter of bandwidth σ."""
    reach = min(n // 2, int(np.ceil(0.7 / sigma)))
    return slice(n // 2 - reach, n // 2 + reach + n % 2)
