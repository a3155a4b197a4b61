"""Activations in the complex plane
================================

Draws activations of complex numbers: those that keep the phase, those that split, and holomorphic ones.

.. code-block:: text

    python examples/complex_activations.py            # writes runs/complex_activations.png
"""

import sys
from pathlib import Path

import torch

from subband import plots
from subband.nn.complex import activation, cauchy_riemann_error

NAMES = ("modrelu", "hirose", "split-tanh", "cardioid", "tanh")
EXTENT = 2.0

side = torch.linspace(-EXTENT, EXTENT, 81, dtype=torch.float64)
z = torch.complex(*torch.meshgrid(side, side, indexing="xy"))
values = {}
for name in NAMES:
    f = activation(name).double()
    with torch.no_grad():
        if name == "modrelu":
            f.bias.fill_(-0.5)
        values[name] = f(z).numpy()
    error = cauchy_riemann_error(f, z[::8, ::8]).median()
    print(f"{name:<12} |∂f/∂z̄| in the middle {error:.3f}" + ("  holomorphic" if error < 1e-9 else ""))

out = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/complex_activations.png")
out.parent.mkdir(parents=True, exist_ok=True)
figure = plots.complex_surfaces(values, EXTENT, title="Activations in the complex plane")
out.write_bytes(plots.png(figure))
print(f"written  {out}")
