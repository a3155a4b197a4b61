"""The steps of the complex gated recurrence with modReLU, and their gradients, written out.

Autograd keeps forty small operations a step and adds up the weights' gradients step by step. Here a backward step
is two products and a dozen element-wise operations, and each weight's gradient is one product over all steps.
"""

from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


@final
class Recurrence(torch.autograd.Function):
    """s = σ(a + h W_g), [r, z] = s, c = d + (r h) W, h ← h + z (modReLU(c) − h), complex numbers as pairs.

    Arguments of `apply`: a and d (Σ batch_sizes, 2n), what the inputs add; W_g and W (2n, 2n); the bias (n,) of
    modReLU; first states (batch, n, 2); batch_sizes, of packed sequences, decreasing. Returns all states
    (Σ batch_sizes, n, 2), and the last one of each sequence (batch, n, 2). Differentiable once.
    """

    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[Tensor, Tensor]:
        a, d, W_g, W, bias, h, batch_sizes = given
        n, now, last = h.shape[1], h, h.clone()
        before, gates, resets, candidates, states = [], [], [], [], []
        for a_k, d_k in zip(a.split(batch_sizes), d.split(batch_sizes), strict=True):
            running = len(a_k)
            last[running : len(now)] = now[running:]  # of the sequences that have ended
            now = now[:running]
            s = torch.addmm(a_k, now.flatten(1), W_g).sigmoid_()
            q = s[:, :n, None] * now
            c = torch.addmm(d_k, q.flatten(1), W).view(running, n, 2)
            for kept, value in ((before, now), (gates, s), (resets, q), (candidates, c)):
                kept.append(value)
            now = torch.lerp(now, c * _gain(_modulus(c), bias)[..., None], s[:, n:, None])
            states.append(now)
        last[: len(now)] = now
        saved = [torch.cat(kept) for kept in (before, gates, resets, candidates)]
        ctx.save_for_backward(W_g, W, bias, *saved)
        ctx.batch_sizes = batch_sizes
        return torch.cat(states), last

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        of_states, of_last = gradients
        W_g, W, bias, before, gates, resets, candidates = ctx.saved_tensors
        sizes, n = ctx.batch_sizes, before.shape[1]
        modulus = _modulus(candidates)
        inverse = 1 / modulus.clamp_min(torch.finfo(modulus.dtype).tiny)
        gain = _gain(modulus, bias)
        # The derivative of modReLU turns the part along c: gain g − b (g·u) u/|c| with the direction u = c/|c|.
        along = candidates * inverse[..., None]
        bend = torch.where(gain > 0, bias * inverse, torch.zeros_like(gain))
        towards = candidates * gain[..., None] - before
        of_a, of_d = torch.empty_like(gates), torch.empty_like(candidates)
        of_h = of_last.clone()
        end = len(before)
        for running in reversed(sizes):
            rows = slice(end - running, end)
            end -= running
            g = of_h[:running] + of_states[rows]
            s = gates[rows]
            r, z = s[:, :n, None], s[:, n:, None]
            g_y = z * g
            u = along[rows]
            of_d[rows] = gain[rows, :, None] * g_y - (bend[rows] * (g_y * u).sum(-1))[..., None] * u
            g_q = (of_d[rows].flatten(1) @ W.mT).view(running, n, 2)
            of_s = torch.cat([(g_q * before[rows]).sum(-1), (g * towards[rows]).sum(-1)], 1)
            of_a[rows] = of_s * s * (1 - s)
            of_h[:running] = g - g_y + r * g_q + (of_a[rows] @ W_g.mT).view(running, n, 2)
        flat = of_d.flatten(1)
        # Where modReLU is active, g − b/|c| = 1: the part of of_d along u is that of the output's gradient.
        of_bias = torch.where(gain > 0, (of_d * along).sum(-1), torch.zeros_like(gain)).sum(0)
        return of_a, flat, before.flatten(1).mT @ of_a, resets.flatten(1).mT @ flat, of_bias, of_h, None


def _modulus(c: Tensor) -> Tensor:
    """(…, 2) → (…)."""
    return torch.linalg.vector_norm(c, dim=-1)


def _gain(modulus: Tensor, bias: Tensor) -> Tensor:
    """ReLU(|c| + b)/|c|, 0 at 0."""
    raised = torch.relu(modulus + bias)
    return torch.where(modulus > 0, raised / modulus.clamp_min(torch.finfo(modulus.dtype).tiny), raised * 0)
