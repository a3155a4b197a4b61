"""Stability of scattering
=======================

Scattering: coefficients that stay where they are when a signal moves or bends, and where its energy goes.

Two things follow from averaging moduli of wavelet coefficients instead of the signal. Deformations that would tear
the Fourier modulus apart move scattering coefficients in proportion to the deformation. And the modulation of an
amplitude, which the average of order 1 forgets, is found again in order 2.
"""

import numpy as np

import subband as sb

fs, n = 8000.0, 8192
t = np.arange(n) / fs

# A tone of 1 kHz whose amplitude beats 40 times a second.
beating = (1 + 0.8 * np.cos(2 * np.pi * 40 * t)) * np.cos(2 * np.pi * 1000 * t)
scattering = sb.Scattering(J=9, Q=(8, 1), fs=fs)
s = scattering(beating)
print(f"{s!r}\n")

# Order 1 says where the tone is, order 2 how it beats.
tone = int(np.argmax(s[1].mean(axis=-1)))
beats = [path for path in s.paths if len(path) == 2 and path[0] == tone]
beat = max(beats, key=lambda path: s[path].mean())
row = s.paths.table[s.paths.place(beat)]
print(f"loudest path {beat}: {row['frequency'][0]:.0f} Hz, beating at about {row['frequency'][1]:.0f} Hz")
assert abs(row["frequency"][0] / 1000 - 1) < 0.05
assert 28 < row["frequency"][1] < 57  # filters of order 2 are an octave apart


# Bend time by 1 % and look how far each representation moves.
def packet(frequency: float, slope: float) -> np.ndarray:
    """A wave packet in warped time u = (1 − slope) t."""
    u = (1 - slope) * (t - t.mean())
    return np.exp(-0.5 * (u / 0.04) ** 2) * np.cos(2 * np.pi * frequency * u)


def change(represent, x: np.ndarray, y: np.ndarray) -> float:
    """‖Φy − Φx‖ / ‖Φx‖."""
    a, b = represent(x), represent(y)
    return float(np.linalg.norm(a - b) / np.linalg.norm(a))


stable = sb.Scattering(J=10, Q=1)
print("\ndeformed by 1 %, relative change of the Fourier modulus and of scattering:")
for frequency in (200, 800, 3200):
    x, y = packet(frequency, 0.0), packet(frequency, 0.01)
    fourier = change(lambda x: np.abs(np.fft.rfft(x)), x, y)
    scattered = change(lambda x: stable(x).array, x, y)
    print(f"  {frequency:5d} Hz  {fourier:6.1%}  {scattered:6.1%}")
assert fourier > 1  # as far apart as if they had nothing in common
assert scattered < 0.05

# With filters that form a tight frame, what one order does not keep is handed to the next.
tight = sb.Scattering(J=9, Q=8, order=3, normalise="tight", pad_mode="periodic", oversampling=9)
noise = np.random.default_rng(0).standard_normal(2048)
print("\nwhite noise, share of the energy kept by the averages of each order, and handed on to it:")
energy = sb.scattering_energy(noise, tight)
for order, averaged, propagated in energy:
    print(f"  order {order}  {averaged:7.2%}  {propagated:7.2%}")
assert 0.9 < energy["averaged"].sum() <= 1

# Images: eight directions at each of three scales, each followed by the larger scales.
image = np.add.outer(np.arange(64), np.arange(64)) % 8 / 8.0
stripes = sb.Scattering(2, J=3, L=8)(image)
strongest = max((path for path in stripes.paths if len(path) == 1), key=lambda path: stripes[path].mean())
one = stripes.paths.table[stripes.paths.place(strongest)]
print(f"\ndiagonal stripes: {np.degrees(one['theta'][0]):.0f}° at scale 2^{one['j'][0]}")
assert abs(np.degrees(one["theta"][0]) - 45) < 1
