"""Learn the wavelet of a signal: gradients to the angles of an orthonormal lattice, and to free filters."""

import torch

import subband as sb
from subband.nn import FreeWavelet, LatticeWavelet

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def pieces(count: int, samples: int) -> torch.Tensor:
    """(count, samples) signals made of quadratic pieces with jumps between them."""
    t = torch.linspace(-1, 1, samples)
    signals = torch.zeros(count, samples)
    for _ in range(4):
        a, b, c = torch.randn(3, count, 1)
        signals = torch.where(t > 2 * torch.rand(count, 1) - 1, a + 2 * b * t + 4 * c * t**2, signals)
    return signals


def cost(x: torch.Tensor, wavelet) -> torch.Tensor:
    """Mean √(|coefficient|): small where few coefficients hold the signal. An orthonormal bank keeps the energy."""
    details = sb.dwt(x, wavelet, level=4, mode="periodic").map(lambda band: band, approx=True).array
    return (details.square() + 1e-8).pow(0.25).mean()


train, test = pieces(64, 512), pieces(64, 512)

# Every choice of angles is an orthonormal wavelet, so nothing but the cost is needed.
learnt = LatticeWavelet("haar", vanishing_moment=True)
learnt = LatticeWavelet(6, vanishing_moment=True)
optimiser = torch.optim.Adam(learnt.parameters(), lr=0.02)
for _ in range(200):
    optimiser.zero_grad()
    cost(train, learnt.filters()).backward()
    optimiser.step()

with torch.no_grad():
    costs = {name: cost(test, name).item() for name in ("haar", "db2", "db3", "db4")}
    costs["learnt"] = cost(test, learnt.filters()).item()
print("cost on new signals: " + ", ".join(f"{name} {value:.4f}" for name, value in costs.items()))
print("low-pass taps:", " ".join(f"{tap:.3f}" for tap in learnt.filters().dec_lo.tolist()))
