"""`ComplexGRU` beside a loop over its cell: forward and backward, one thread, ratios of one run.

    python benchmarks/complex_gru.py

32 complex states, 9 inputs, batch 16, 100 steps. The second loop computes its unitary weight once, as a user of
PyTorch's parametrisations would. Each first computes the same states and gradients.
"""

import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from contest import same, take_turns
from torch.nn.utils import parametrize

from subband.nn import ComplexGRU
from subband.training import initialised


def main() -> None:
    """Print milliseconds of each, and ratios to the layer."""
    torch.set_num_threads(1)
    with initialised(0):
        layer, x = ComplexGRU(9, 32), torch.randn(100, 16, 9)
    cell = layer.layers[0]

    def fused() -> torch.Tensor:
        return layer(x)[0][-1]

    def loop() -> torch.Tensor:
        h = None
        for now in x:
            h = cell(now, h)
        return h

    def cached() -> torch.Tensor:
        with parametrize.cached():
            return loop()

    def gradients(run) -> torch.Tensor:
        layer.zero_grad()
        run().abs().square().sum().backward()
        return torch.cat([p.grad.flatten() for p in layer.parameters()])

    ways = {"layer": fused, "loop": loop, "loop, weight cached": cached}
    for name in list(ways)[1:]:
        same(
            name,
            torch.view_as_real(fused()).detach().numpy(),
            torch.view_as_real(ways[name]()).detach().numpy(),
        )
        same(name, gradients(fused).numpy(), gradients(ways[name]).numpy())
    times = take_turns({name: lambda run=run: gradients(run) for name, run in ways.items()})
    for name in ways:
        print(f"{name:<20} {1e3 * times.seconds(name):7.1f} ms {times.ratio(name, 'layer'):6.2f} × the layer")


if __name__ == "__main__":
    sys.exit(main())
