"""Rising and falling chirps
=========================

Rising and falling chirps: one time scattering, told apart by the spin of joint scattering.

.. code-block:: text

    python examples/joint_scattering.py [FIGURE.png]

Time scattering averages each frequency's envelope by itself. A train of chirps that rise and one of chirps
that fall have the same envelopes, only earlier or later, so over a second they look the same to it. Joint
scattering filters the scalogram along time and log-frequency at once, and keeps the direction in which
patterns move.
"""

import sys
from pathlib import Path

import numpy as np

import subband as sb
from subband import plots

FS, DURATION, PERIOD = 8000, 2.0, 0.25  # hertz, seconds, seconds from one chirp to the next
LOW, OCTAVES = 250.0, 3.0

rng = np.random.default_rng(0)
t = np.arange(int(FS * DURATION)) / FS


def chirps(direction: int) -> np.ndarray:
    """Chirps over three octaves, one after the other, each fading in and out: +1 rising, −1 falling."""
    within = t % PERIOD / PERIOD
    along = within if direction > 0 else 1 - within
    frequency = LOW * 2 ** (OCTAVES * along)
    phase = 2 * np.pi * np.cumsum(frequency) / FS
    return np.sin(np.pi * within) ** 2 * np.sin(phase) + 0.02 * rng.standard_normal(len(t))


sounds = {"rising": chirps(+1), "falling": chirps(-1), "both": chirps(+1) + chirps(-1)}

# Averages over the whole signal: what is left is what moves, not when.
time = sb.Scattering(J=11, Q=8, average="global", fs=FS)
joint = sb.JointScattering(J=11, J_fr=4, Q=8, average="global", fs=FS)
scalogram = sb.Scattering(J=6, Q=8, order=1, T=64, fs=FS)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Relative to their size."""
    return float(np.linalg.norm(a - b) / np.sqrt(np.linalg.norm(a) * np.linalg.norm(b)))


up, down = sounds["rising"], sounds["falling"]
second = joint.paths.where(order=2)
apart = {
    "time scattering": distance(time(up)[2], time(down)[2]),
    "joint scattering": distance(*(joint(x).array[second] for x in (up, down))),
}
print("how far rising and falling chirps are apart, relative to their size")
for name, far in apart.items():
    print(f"  {name:17} {far:.2f}")

print("\nsound     rising patterns : falling patterns")
panels = {}
share = {}
for name, x in sounds.items():
    made = joint(x).rate_scale()
    falling, rising = (np.asarray(made.plane)[side] for side in (0, 1))
    share[name] = float(np.sum(rising**2) / np.sum(rising**2 + falling**2))
    print(f"  {name:8} {100 * share[name]:5.1f} % : {100 - 100 * share[name]:5.1f} %")
    picture = scalogram(x)
    panels[f"{name} chirps"] = plots.Moving(
        scalogram=picture[1],
        frequencies=picture.paths["frequency"][1:, 0],
        times=picture.positions[0] / FS,
        plane=np.asarray(made.plane),
        scales=made.scales,
        rates=made.rates,
    )

figure = plots.rate_scale(panels, title="Which way a sound moves: joint time–frequency scattering")
place = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/joint_scattering.png")
place.parent.mkdir(parents=True, exist_ok=True)
place.write_bytes(plots.png(figure))
print(f"\ndrawn in {place}")

assert share["rising"] > 0.8
assert share["falling"] < 0.2
assert abs(share["both"] - 0.5) < 0.1
assert apart["joint scattering"] > 3 * apart["time scattering"]
