"""Missing samples, by gradients through the inverse
=================================================

Fill in missing samples: PyTorch differentiates through the inverse transform (ISTA, Daubechies et al. 2004).
"""

import torch

import subband as sb

torch.manual_seed(0)
t = torch.linspace(0, 1, 1024, dtype=torch.float64)
signal = torch.sin(60 * t**2) + 2 * (t > 0.6)
known = torch.rand(1024) < 0.6

c = sb.dwt(torch.where(known, signal, 0.0), "sym6", level=5, mode="periodization")
coefficients = c.array.clone().requires_grad_()
for step in range(400):
    misfit = 0.5 * ((sb.idwt(c.replace(coefficients)) - signal)[known] ** 2).sum()
    (gradient,) = torch.autograd.grad(misfit, coefficients)
    with torch.no_grad():
        # The transform is orthonormal, so a step of 1 is safe; the threshold falls as the answer settles.
        threshold = 0.5 * 0.985**step
        coefficients -= gradient
        coefficients.copy_(torch.nn.functional.softshrink(coefficients, threshold))

filled = sb.idwt(c.replace(coefficients.detach()))
error = (filled - signal)[~known].pow(2).mean().sqrt()
before = signal[~known].pow(2).mean().sqrt()
print(
    f"{int((~known).sum())} of 1024 samples were missing; error there {before:.3f} before, {error:.3f} after"
)
assert error < 0.2 * before
