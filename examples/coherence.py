"""Coherence of two series
=======================

Two noisy series with one rhythm in common for a while: where it is, which leads, and what chance would show.

.. code-block:: text

    python examples/coherence.py [FIGURE.png]

Forty years of monthly values. From year 8 to 30 the series share a rhythm that slows from three years to four, in
which the second follows the first by seven months. Around year 20 both also have an annual cycle, with phases that
wander independently: there they have power in common, but no relation.
"""

import sys
from pathlib import Path

import numpy as np

import subband as sb
from subband import plots

FS, YEARS, DELAY = 12.0, 40, 7 / 12  # values a year, years, years
rng = np.random.default_rng(4)
t = np.arange(int(FS * YEARS)) / FS


def rhythm(t: np.ndarray) -> np.ndarray:
    """A rhythm that slows, with smooth ends."""
    inside = np.clip((t - 8) / 22, 0, 1)
    phase = 2 * np.pi * (t - 8) / 3 * (1 - 0.23 * inside)
    return np.sin(np.pi * inside) ** 0.5 * np.cos(phase)


def wandering_cycle() -> np.ndarray:
    """A cycle of about a year whose phase wanders."""
    drift = np.cumsum(rng.normal(scale=0.25, size=t.size))
    return np.exp(-(((t - 20) / 9) ** 2)) * np.cos(2 * np.pi * t + drift)


noise = sb.RedNoise(variance=0.5, correlation=0.6)
x = rhythm(t) + wandering_cycle() + noise.draw(t.size, seed=rng)
y = rhythm(t - DELAY) + wandering_cycle() + noise.draw(t.size, seed=rng)

c = sb.wavelet_coherence(x, y, fs=FS, voices=12)
nulls = (sb.fit_red_noise(x), sb.fit_red_noise(y))
level = sb.coherence_significance(c, nulls, surrogates=300)
significant = (c.coherence > level[:, None]) & c.trusted

shared = np.abs(np.log2(c.frequencies * 4)) < 0.5  # periods of 2.8 to 5.7 years
during = (t > 12) & (t < 26)
core = significant & shared[:, None] & during
lag = float(np.median(c.delay[core]))
print(f"lag-1 autocorrelation: {nulls[0].correlation:.2f} and {nulls[1].correlation:.2f}")
print(f"significant: {100 * core[np.ix_(shared, during)].mean():.0f} % of the shared rhythm's middle, "
      f"{100 * significant[~shared].sum() / c.trusted[~shared].sum():.1f} % elsewhere (chance: 5 %)")  # fmt: skip
print(f"the second series follows by {12 * lag:.1f} months (true: {12 * DELAY:.1f})")

# Both have much power at one year, so that the cross spectrum is significant there; the coherence is not.
cross = sb.cross_spectrum(x, y, fs=FS, voices=12)
high = cross.power > sb.cross_spectrum_significance(cross, nulls)[:, None]
year = np.abs(np.log2(c.frequencies)) < 0.3
middle = np.ix_(year, np.abs(t - 20) < 6)
print(f"at one year: cross spectrum significant at {100 * high[middle].mean():.0f} %, "
      f"coherence at {100 * significant[middle].mean():.0f} % of the times")  # fmt: skip

figure = plots.coherence(
    c, level=level, periods=True, unit="years", names=("first", "second"),
    title="Wavelet coherence of two series",
)  # fmt: skip
place = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/coherence.png")
place.parent.mkdir(parents=True, exist_ok=True)
place.write_bytes(plots.png(figure))
print(f"drawn in {place}")

assert abs(12 * lag - 7) < 1.5
