"""The figure of day 9: a chirp in packets, a heartbeat cleaned, stability, digits read without trained filters."""

from types import ModuleType

import jax.numpy as jnp
import numpy as np
import pywt
from course.digits import digits
from course.drawing import BLUE, INK, RED, dress, sheet
from course.signals import chirp, ecg, noise, signal_to_noise
from matplotlib.figure import Figure

import subband as sb

SIZE = 1024


def draw(work: ModuleType) -> Figure:
    """Five panels, from the functions of `work`."""
    figure = sheet("Day 9 · Wavelets and scattering: features that nobody trained", height=6.6)
    grid = figure.subplot_mosaic(
        [["chirp"] * 3 + ["ecg"] * 3, ["bank"] * 2 + ["stable"] * 2 + ["digits"] * 2]
    )
    _chirp(grid["chirp"], work)
    _ecg(grid["ecg"], work)
    centres = 0.35 * 2.0 ** (-np.arange(16) / 4)
    bank = jnp.stack([work.morlet(SIZE, float(c), float(0.12 * c)) for c in centres])
    _bank(grid["bank"], bank)
    _stable(grid["stable"], work, bank)
    _digits(grid["digits"], work)
    return figure


def _filters(name: str):
    w = pywt.Wavelet(name)
    return jnp.array(w.dec_lo), jnp.array(w.dec_hi)


def _chirp(axes, work: ModuleType) -> None:
    power = np.asarray(work.packets(jnp.asarray(chirp(4096)), *_filters("db8"), 6)) ** 2
    decibels = 10 * np.log10(np.maximum(power, 1e-6))
    axes.imshow(
        decibels, origin="lower", aspect="auto", cmap="magma", vmin=-25, vmax=15, extent=(0, 4096, 0, 0.5)
    )
    dress(axes, "Packets of a chirp, db8, 64 bands", "sample", "cycles a sample")
    axes.grid(False)


def _ecg(axes, work: ModuleType) -> None:
    clean = ecg()
    y = clean + 0.3 * noise(SIZE)
    ours = np.asarray(work.denoise(jnp.asarray(y), *_filters("sym4"), 5))
    t = slice(80, 420)
    axes.plot(y[t], color="#c6cad2", linewidth=0.8, label=f"measured, {signal_to_noise(clean, y):.1f} dB")
    axes.plot(clean[t], color=INK, linewidth=1.0, label="clean")
    axes.plot(ours[t], color=BLUE, linewidth=1.6, label=f"denoised, {signal_to_noise(clean, ours):.1f} dB")
    dress(axes, "Soft threshold of wavelet details", "sample", "ECG", legend=True)


def _bank(axes, bank) -> None:
    half = slice(0, SIZE // 2)
    f = np.arange(SIZE // 2) / SIZE
    for spectrum in bank:
        axes.plot(f, spectrum[half], color=BLUE, linewidth=0.9)
    total = np.asarray(jnp.sum(bank**2, 0))[half]
    axes.plot(f, total, color=RED, linewidth=1.4, label="Σ|ψ̂|²")
    dress(axes, "Morlet bank, four an octave", "cycles a sample", "", legend=True)


def _stable(axes, work: ModuleType, bank) -> None:
    """Distance between a tone burst and its dilation, in Fourier moduli and in scattering coefficients."""
    f = np.fft.fftfreq(SIZE)
    average = jnp.asarray(np.exp(-(f**2) / (2 * 0.004**2)))
    n = np.arange(SIZE) - SIZE / 2

    def burst(dilation: float):
        t = n * (1 + dilation)
        return np.exp(-0.5 * (t / 90) ** 2) * (np.cos(2 * np.pi * 0.27 * t) + np.cos(2 * np.pi * 0.2 * t))

    def features(x):
        first, second = work.scattering(jnp.asarray(x), bank, average)
        return np.concatenate([np.ravel(first), np.ravel(second)])

    dilations = np.linspace(0, 0.05, 11)
    fourier0, scattering0 = np.abs(np.fft.fft(burst(0))), features(burst(0))
    curves = {"Fourier modulus": [], "scattering": []}
    for dilation in dilations:
        x = burst(dilation)
        curves["Fourier modulus"].append(
            np.linalg.norm(np.abs(np.fft.fft(x)) - fourier0) / np.linalg.norm(fourier0)
        )
        curves["scattering"].append(np.linalg.norm(features(x) - scattering0) / np.linalg.norm(scattering0))
    for (name, values), colour in zip(curves.items(), (RED, BLUE), strict=True):
        axes.plot(100 * dilations, values, "o-", markersize=3.5, color=colour, linewidth=1.6, label=name)
    dress(axes, "Distance to a dilated copy", "dilation (%)", "relative distance", legend=True)


def _digits(axes, work: ModuleType) -> None:
    images, labels = digits(2000, seed=4, shift=0.1)
    scattering = np.asarray(sb.Scattering(ndim=2, J=2, L=6)(jnp.asarray(images)).array).reshape(2000, -1)
    counts = (30, 60, 120, 250, 500, 1000)
    pixels = images.reshape(2000, -1)
    for name, x, weight, colour in (("pixels", pixels, 10.0, RED), ("scattering", scattering, 0.1, BLUE)):
        errors = []
        for count in counts:
            w, b = work.fit_linear(jnp.asarray(x[:count]), jnp.asarray(labels[:count]), weight)
            errors.append(100 * np.mean(np.asarray((x[1000:] @ w + b).argmax(1)) != labels[1000:]))
        axes.semilogx(counts, errors, "o-", markersize=3.5, color=colour, linewidth=1.6, label=name)
    axes.set_xticks(counts[::2], [str(c) for c in counts[::2]])
    axes.set_xticks([], minor=True)
    dress(axes, "Digits misread, linear classifier", "examples", "%", legend=True)
