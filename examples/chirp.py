"""One chirp, four transforms
==========================

One chirp, four transforms: packets, STFT, CWT and synchrosqueezing, on one time and one frequency axis.

.. code-block:: text

    python examples/chirp.py [FIGURE.png]

A linear chirp's frequency is known at each moment, so one can say how far a picture of it is from the truth, and
how thinly it is drawn.
"""

import sys
from pathlib import Path

import numpy as np

import subband as sb
from subband import plots
from subband.metrics import EnergyDensity, energy_density, renyi_entropy, ridge_error, share_near

# 1 to 50 Hz in ten seconds, x = cos φ(t), f = φ′/2π.
FS, DURATION, START, END = 150.0, 10.0, 1.0, 50.0
RATE = (END - START) / DURATION  # Hz a second
t = np.arange(int(FS * DURATION)) / FS
frequency = START + RATE * t
x = np.cos(2 * np.pi * (START * t + RATE * t**2 / 2))

# An orthonormal basis: 32 bands by rising frequency, each with a coefficient for every 32 samples.
packets = sb.packets(x, "sym16", level=5)

# The Gaussian window in which a chirp of this rate is thinnest has a deviation of 1/√(2π rate) seconds.
window = ("gaussian", FS / np.sqrt(2 * np.pi * RATE))
spectrogram = sb.stft(x, window, hop=8, fs=FS, n_fft=512)

# 32 frequencies in an octave, from far below the chirp to half the sampling rate.
continuous = sb.cwt(x, "morlet", frequencies=np.geomspace(0.05, FS / 2, 338), fs=FS)
squeezed = sb.synchrosqueeze(continuous)

views: dict[str, EnergyDensity] = {
    "packets": energy_density(packets, fs=FS),
    "STFT": energy_density(spectrogram),
    "CWT": energy_density(continuous),
    "synchrosqueezed": energy_density(squeezed),
}

# Half a second at either end is left out of the numbers: there, what stands beyond the ends is seen too.
inner = (t >= 0.5) & (t <= DURATION - 0.5)
law = (t[inner], frequency[inner])
NEAR = 2.5  # Hz: a band of the packets to either side
print("chirp, 1 to 50 Hz   ridge off by   within ±2.5 Hz   Rényi entropy   the breadth of an even line")
for name, view in views.items():
    bits = renyi_entropy(view)
    print(
        f"{name:17} {ridge_error(view, law):9.2f} Hz {100 * share_near(view, law, NEAR):14.1f} %"
        f" {bits:12.2f} bits {2**bits / DURATION:16.2f} Hz"
    )


def distance(again: np.ndarray) -> float:
    """Relative distance of what an inverse gives back from the signal, whose mean no wavelet sees."""
    return float(np.linalg.norm(again - again.mean() - x + x.mean()) / np.linalg.norm(x))


inverses = {
    "packets": sb.ipackets(packets),
    "STFT": sb.istft(spectrogram),
    "CWT": sb.icwt(continuous),
    "synchrosqueezed": sb.isynchrosqueeze(squeezed, method="exact"),
}
print("and back:", "; ".join(f"{name} {distance(again):.0e}" for name, again in inverses.items()))

seen = {
    "packets": "Wavelet packets: an orthonormal staircase",
    "STFT": "STFT: equally broad everywhere",
    "CWT": "CWT: the higher, the broader",
    "synchrosqueezed": "Synchrosqueezed CWT: one line",
}
panels = {
    f"{seen[name]}\nridge off by {ridge_error(view, law):.2f} Hz, "
    f"{100 * share_near(view, law, NEAR):.3g} % within ±{NEAR} Hz": view
    for name, view in views.items()
}
figure = plots.time_frequency(panels, law=(t, frequency), title="A linear chirp, seen four ways")
place = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/chirp.png")
place.parent.mkdir(parents=True, exist_ok=True)
place.write_bytes(plots.png(figure))
print(f"drawn in {place}")

assert ridge_error(views["synchrosqueezed"], law) < 0.5
assert renyi_entropy(views["synchrosqueezed"]) < renyi_entropy(views["CWT"]) - 3
assert max(map(distance, inverses.values())) < 1e-9
