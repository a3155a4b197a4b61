"""The figure of day 1: paths in a valley, convergence, and two heartbeats restored."""

from types import ModuleType

import jax.numpy as jnp
import numpy as np
from course.drawing import BLUE, GREEN, INK, RED, dress, sheet
from course.signals import ecg, noise, signal_to_noise
from matplotlib.figure import Figure


def draw(work: ModuleType) -> Figure:
    """Four panels, from the functions of `work`."""
    figure = sheet("Day 1 · Optimisation: going downhill, and what for")
    (valley, rates), (smooth, sharp) = figure.subplots(2, 2)
    _valley(valley, work)
    _rates(rates, work)
    _smooth(smooth, work)
    _sharp(sharp, work)
    return figure


def _valley(axes, work: ModuleType) -> None:
    """Three methods on E = ½(x₁² + 20 x₂²)."""
    slope = jnp.array([1.0, 20.0])
    start = jnp.array([-9.0, 0.9])
    root = 20**0.5
    paths = {
        "gradient descent": (work.gradient_descent(lambda x: slope * x, start, 2 / 21, 40), RED),
        "heavy ball": (
            work.heavy_ball(
                lambda x: slope * x, start, (2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2, 40
            ),
            BLUE,
        ),
        "Adam, rate 0.5": (work.adam(lambda x: slope * x, start, 0.5, 40), GREEN),
    }
    x, y = np.meshgrid(np.linspace(-10, 4, 200), np.linspace(-2.2, 2.2, 200))
    axes.contour(x, y, np.sqrt(0.5 * (x**2 + 20 * y**2)), levels=12, colors="#c6cad2", linewidths=0.7)
    for name, (path, colour) in paths.items():
        axes.plot(*np.asarray(path).T, "-o", color=colour, markersize=2.4, linewidth=1.1, label=name)
    axes.plot(0, 0, "*", color=INK, markersize=9)
    axes.set(xlim=(-10, 4), ylim=(-2.2, 2.2))
    dress(axes, "Three ways down a valley of condition 20", "x₁", "x₂", legend=True)


def _rates(axes, work: ModuleType) -> None:
    """Distance to the minimum of equation (1), with the slopes that equations (4) and (5) promise."""
    weight, steps = 50.0, 150
    y = jnp.asarray(ecg() + 0.5 * noise(1024))
    kappa = 1 + 4 * weight
    k = np.arange(513)
    best = np.fft.irfft(np.fft.rfft(y) / (1 + 4 * weight * np.sin(np.pi * k / 1024) ** 2), n=1024)
    root = kappa**0.5

    def slope(x):
        return work.gradient(x, y, weight)

    runs = {
        "gradient descent": (work.gradient_descent(slope, y, work.best_rate(weight), steps), RED),
        "heavy ball": (
            work.heavy_ball(slope, y, (2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2, steps),
            BLUE,
        ),
        "Adam, rate 0.05": (work.adam(slope, y, 0.05, steps), GREEN),
    }
    for name, (path, colour) in runs.items():
        distance = np.linalg.norm(np.asarray(path) - best, axis=1)
        axes.semilogy(distance / distance[0], color=colour, linewidth=1.6, label=name)
    n = np.arange(steps + 1)
    axes.semilogy(((kappa - 1) / (kappa + 1)) ** n, ":", color=RED, linewidth=1.3, label="its rate at worst")
    axes.semilogy(((root - 1) / (root + 1)) ** n, ":", color=BLUE, linewidth=1.3, label="its rate in the end")
    axes.set(ylim=(1e-8, 3), xlim=(0, steps))
    dress(axes, f"Denoising an ECG, condition {kappa:.0f}", "step", "distance to the minimum", legend=True)


def _smooth(axes, work: ModuleType) -> None:
    """The denoised electrocardiogram: quadratic penalty against sparse wavelet details."""
    clean = ecg()
    y = jnp.asarray(clean + 0.5 * noise(1024))
    weight = 5.0
    tikhonov = work.gradient_descent(lambda x: work.gradient(x, y, weight), y, work.best_rate(weight), 200)[
        -1
    ]
    sparse = work.sparse_deconvolution(y, jnp.ones(513), 1.1, 1)
    t = slice(80, 420)
    axes.plot(y[t], color="#c6cad2", linewidth=0.8, label=f"measured, {signal_to_noise(clean, y):.1f} dB")
    axes.plot(clean[t], color=INK, linewidth=1.0, label="clean")
    for name, x, colour in (("smooth", tikhonov, RED), ("sparse", sparse, BLUE)):
        axes.plot(x[t], color=colour, linewidth=1.4, label=f"{name}, {signal_to_noise(clean, x):.1f} dB")
    dress(axes, "Noise: Σ(Δx)² rounds the peaks, sparse details less", "sample", "ECG", legend=True)


def _sharp(axes, work: ModuleType) -> None:
    """The blurred electrocardiogram and its deconvolution."""
    clean, k = ecg(), np.arange(513)
    response = np.exp(-0.5 * (k / 60) ** 2)
    y = np.fft.irfft(response * np.fft.rfft(clean), n=1024) + 0.05 * noise(1024)
    x = work.sparse_deconvolution(jnp.asarray(y), jnp.asarray(response), 0.02, 600)
    t = slice(80, 420)
    axes.plot(clean[t], color=INK, linewidth=1.0, label="clean")
    axes.plot(y[t], color=RED, linewidth=1.3, label=f"blurred, {signal_to_noise(clean, y):.1f} dB")
    axes.plot(x[t], color=BLUE, linewidth=1.4, label=f"restored, {signal_to_noise(clean, x):.1f} dB")
    dress(axes, "Blur: 600 proximal gradient steps", "sample", "ECG", legend=True)
