"""Day 7, interpretability: ask a trained function what it looked at, and in which frequencies.

Write each function in place of its `raise`, in order; `pytest course/day_7_interpretability` says how far you are.
A `Score` maps one input, of any shape, to a scalar, such as the logit of a class.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

import subband as sb

Score = Callable[[jax.Array], jax.Array]


def saliency(score: Score, x: jax.Array) -> jax.Array:
    """Equation (1): |∂f/∂x| at each sample of x (Simonyan et al. 2014); the shape of `x`."""
    raise NotImplementedError("TODO 1: saliency")


def smooth_saliency(score: Score, x: jax.Array, key: jax.Array, sigma: float, count: int) -> jax.Array:
    """Equation (2): |mean of ∂f/∂x over `count` noisy copies x + σ ε| (after Smilkov et al. 2017).

    The mean is taken of the signed gradients; the absolute value comes last.

    Args:
        score: f.
        x: One input.
        key: Random key.
        sigma: Standard deviation of the noise.
        count: Number of copies.
    """
    raise NotImplementedError("TODO 2: smooth_saliency")


def integrated_gradients(score: Score, x: jax.Array, baseline: jax.Array, steps: int) -> jax.Array:
    """Equation (3): (x − x₀) · mean of ∂f/∂x on the line from x₀ to x (Sundararajan et al. 2017).

    The integral is a sum over the midpoints (k + ½)/steps. The attributions add up to f(x) − f(x₀) as steps grow.

    Args:
        score: f.
        x: One input.
        baseline: x₀, of the same shape: what counts as "nothing there".
        steps: Number of midpoints.

    Returns:
        Signed attributions, of the shape of `x`.
    """
    raise NotImplementedError("TODO 3: integrated_gradients")


def occlusion(score: Score, image: jax.Array, size: int, fill: float) -> jax.Array:
    """Equation (4): f(x) − f(x with one block filled), for each block of size × size of a grid.

    Args:
        score: f.
        image: (H, W), multiples of `size`.
        size: Height and width of a block.
        fill: Value that the block takes.

    Returns:
        (H/size, W/size): how much the score needs each block.

    Hint: one mask per block, from `jnp.kron`, and `jax.vmap`.
    """
    raise NotImplementedError("TODO 4: occlusion")


def maximise_input(score: Score, x: jax.Array, radius: float, rate: float, steps: int) -> jax.Array:
    """Equation (5): projected gradient ascent: the input within `radius` of x that raises f most.

    Each step adds rate · g/‖g‖, then, if the distance ‖x' − x‖ exceeds the radius, moves back to the sphere along
    the line to x. A zero gradient adds nothing.

    Args:
        score: f.
        x: Start and centre.
        radius: Largest Euclidean distance.
        rate: Length of a step.
        steps: Number of steps.
    """
    raise NotImplementedError("TODO 5: maximise_input")


def band_attributions(
    score: Score, image: jax.Array, baseline: jax.Array, level: int, steps: int
) -> jax.Array:
    """Equation (6): integrated gradients with respect to the wavelet packets, summed over each band.

    Args:
        score: f of an (H, W) image.
        image: (H, W), multiples of 2^level.
        baseline: (H, W).
        level: Depth of the Haar packets, mode "periodization", in frequency order.
        steps: Midpoints of `integrated_gradients`.

    Returns:
        (2^level, 2^level) attributions, from low to high vertical and horizontal frequency; they add up to
        f(image) − f(baseline), too.

    Hint: f(image) = f(sb.ipackets(p)), a function of `p.array`; `p.replace(array)` puts another array into p.
    """
    raise NotImplementedError("TODO 6: band_attributions")
