"""Learning a wavelet
==================

Learn the wavelet that a kind of signal asks for: gradients flow to the angles of an orthonormal bank.
"""

import torch

import subband as sb
from subband.nn import LatticeWavelet

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def lines(count: int, samples: int = 512) -> torch.Tensor:
    """(count, samples) signals of straight pieces with jumps between them."""
    t, signals = torch.linspace(-1, 1, samples), torch.zeros(count, samples)
    for _ in range(4):
        level, slope = 3 * torch.randn(2, count, 1)
        signals = torch.where(t > 2 * torch.rand(count, 1) - 1, level + slope * t, signals)
    return signals


def cost(x: torch.Tensor, wavelet) -> torch.Tensor:
    """Mean √|coefficient|: small where few coefficients hold the energy, which orthonormal banks keep."""
    c = sb.dwt(x, wavelet, level=4, mode="periodization")
    return (c.array.square() + 1e-8).pow(0.25).mean()


train, test = lines(64), lines(256)
learnt = LatticeWavelet(
    4, vanishing_moment=True
)  # whatever its one free angle, an orthonormal wavelet of 4 taps
with torch.no_grad():
    before = cost(test, learnt.filters()).item()

optimiser = torch.optim.Adam(learnt.parameters(), lr=0.05)
slower = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.97)
for _ in range(150):
    optimiser.zero_grad()
    cost(train, learnt.filters()).backward()
    optimiser.step()
    slower.step()

costs = {name: cost(test, name).item() for name in ("haar", "db2", "db4")}
costs["learnt"] = cost(test, learnt.filters().fixed()).item()
print(f"cost on new signals: {before:.3f} before;", ", ".join(f"{n} {v:.3f}" for n, v in costs.items()))

# The only wavelet of 4 taps that is blind to lines is db2, or its mirror image (Daubechies 1988).
lo, db2 = learnt.filters().dec_lo.detach(), torch.tensor(sb.wavelet("db2").dec_lo)
distance = min((lo - db2).abs().max().item(), (lo.flip(0) - db2).abs().max().item())
print("low-pass taps:", " ".join(f"{tap:.3f}" for tap in lo.tolist()), f"({distance:.3f} from db2)")
assert costs["learnt"] < 0.85 * costs["haar"]
assert distance < 0.005
