"""Networks with fewer numbers: layers replaced by learnt wavelets, or weights pruned in packets."""

import copy
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from subband.arrays.arguments import choice
from subband.errors import InvalidInput
from subband.nn.wavelet_linear import WaveletLinear, most_levels
from subband.transforms.packets import ipackets, packets
from subband.transforms.wavelets import max_level

METHODS = ("wavelet", "packets")
TAPS = 6  # of the learnt banks


@dataclass(frozen=True)
class CompressedLayer:
    """What became of one layer.

    Attributes:
        name: In the model.
        before, after: Stored numbers.
        error: Relative error of the layer's matrix, in the Frobenius norm, before fine-tuning.
    """

    name: str
    before: int
    after: int
    error: float


@dataclass(frozen=True)
class Compressed:
    """A compressed model and its account.

    Attributes:
        model: A copy with replaced layers.
        before, after: Stored numbers of the whole model; for "packets", pruned ones don't count.
        bits_before, bits_after: Of the stored numbers, positions of pruned ones included.
        layers: What was replaced.
    """

    model: nn.Module
    before: int
    after: int
    bits_before: int
    bits_after: int
    layers: tuple[CompressedLayer, ...]

    @property
    def ratio(self) -> float:
        """Stored numbers before, for each after."""
        return self.before / self.after

    def __str__(self) -> str:
        rows = [
            f"{r.name}: {r.before:,} → {r.after:,}, matrix changed by {100 * r.error:.1f} %"
            for r in self.layers
        ]
        total = f"{self.before:,} → {self.after:,} numbers ({self.ratio:.1f} times fewer), "
        return "\n".join([*rows, total + f"{self.bits_before / 8e3:,.0f} → {self.bits_after / 8e3:,.0f} kB"])


def compress_model(
    model: nn.Module,
    ratio: float,
    *,
    method: str = "wavelet",
    fine_tune: Callable[[nn.Module], Any] | None = None,
    keep: Collection[str] = (),
    level: int | None = None,
    wavelet: str = "sym4",
    bits: int = 32,
) -> Compressed:
    """A copy of a model with `ratio` times fewer numbers in all.

    "wavelet" replaces `nn.Linear` layers by `WaveletLinear`, most savings first, until the ratio is reached.
    The new layers start anew, so give `fine_tune`. "packets" keeps the weights' largest coefficients in wavelet
    packets along both axes, with one threshold for all layers, and rounds them to `bits`; that needs no training,
    and fine-tuning goes on within the kept ones.

    Args:
        model: Is left as it is.
        ratio: Numbers before, for each after; above 1.
        method: "wavelet" or "packets".
        fine_tune: Called with the compressed copy before it is returned; trains it in place.
        keep: Names of layers to leave as they are.
        level: Scales; by default 6 for "wavelet" and 2 for "packets", or fewer for small layers.
        wavelet: Of "packets".
        bits: Of each kept coefficient of "packets": 2 … 32.

    Returns:
        `Compressed`, which prints as a table.

    Raises:
        InvalidInput: a ratio that can't be reached, or not above 1; an unknown method; bits out of range.

    Example:
        >>> import subband as sb
        >>> from torch import nn
        >>> net = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))
        >>> small = sb.compress_model(net, 10)
        >>> small.before, small.after
        (68362, 3597)

    Source: M. Wolter, S. Lin, A. Yao, Neural network compression via learnable wavelet transforms, 2020.
    """
    choice("method", method, METHODS)
    if not isinstance(ratio, int | float) or not ratio > 1:
        raise InvalidInput(f"ratio={ratio!r}: give how many times fewer numbers, e.g. 10")
    if not isinstance(bits, int) or not 2 <= bits <= 32:
        raise InvalidInput(f"bits={bits!r} of a coefficient: give 2 … 32")
    unknown = set(keep) - {name for name, _ in model.named_modules()}
    if unknown:
        raise InvalidInput(f"no layer {sorted(unknown)[0]!r} to keep: see model.named_modules()")
    small = copy.deepcopy(model)
    layers = {n: m for n, m in small.named_modules() if isinstance(m, nn.Linear) and n not in keep}
    if not layers:
        raise InvalidInput("the model has no nn.Linear to compress")
    before = _numbers(model)
    if method == "wavelet":
        rows = _with_wavelets(small, layers, before, ratio, 6 if level is None else level)
        stored = _numbers(small)
        bits_after = 32 * stored
    else:
        rows = _with_packets(small, layers, before, ratio, 2 if level is None else level, wavelet, bits)
        dense = before - sum(r.before for r in rows)
        stored = dense + sum(r.after for r in rows)
        # One bit for each coefficient says whether it is kept.
        bits_after = 32 * dense + sum(r.after * bits + r.before for r in rows)
    if fine_tune is not None:
        fine_tune(small)
    return Compressed(small, before, stored, 32 * before, bits_after, tuple(rows))


def _with_wavelets(
    model: nn.Module, layers: dict[str, nn.Linear], before: int, ratio: float, level: int
) -> list[CompressedLayer]:
    made = {name: _wavelet_layer(layer, level) for name, layer in layers.items()}
    saved = {name: _numbers(layers[name]) - _numbers(made[name]) for name in layers}
    rows, now = [], before
    for name in sorted(layers, key=lambda name: -saved[name]):
        if before / now >= ratio or saved[name] <= 0:
            break
        _replace(model, name, made[name])
        now -= saved[name]
        W = layers[name].weight
        error = float((made[name].dense() - W).detach().norm() / W.detach().norm().clamp_min(1e-30))
        rows.append(CompressedLayer(name, _numbers(layers[name]), _numbers(made[name]), error))
    if before / now < ratio:
        raise InvalidInput(
            f"ratio={ratio} can't be reached: with all linear layers replaced it is {before / now:.2f}; give less, "
            f"or "
            "method='packets'"
        )
    return rows


def _wavelet_layer(layer: nn.Linear, level: int) -> WaveletLinear:
    width = max(layer.in_features, layer.out_features)
    fits = max(1, min(level, most_levels(width, TAPS)))
    made = WaveletLinear(
        layer.in_features, layer.out_features, layer.bias is not None, level=fits, taps=TAPS, start="signs"
    ).to(layer.weight)
    # As large as the matrix that it replaces.
    with torch.no_grad():
        made.outer.mul_(layer.weight.norm() / made.dense().norm())
        if layer.bias is not None and made.bias is not None:
            made.bias.copy_(layer.bias)
    return made


def _with_packets(
    model: nn.Module,
    layers: dict[str, nn.Linear],
    before: int,
    ratio: float,
    level: int,
    wavelet: str,
    bits: int,
) -> list[CompressedLayer]:
    made = {}
    for name, layer in layers.items():
        smallest = min(layer.weight.shape)
        made[name] = PacketLinear(layer, wavelet, min(level, max_level(smallest, wavelet)), bits)
    moduli = torch.cat([m.coefficients.detach().abs().flatten() for m in made.values()])
    rest = before - sum(layer.weight.numel() for layer in layers.values())
    kept = int(before / ratio) - rest
    if kept < len(layers):
        raise InvalidInput(
            f"ratio={ratio} can't be reached: other parameters alone are {rest:,} of {before:,}; give less than "
            f"{before / (rest + len(layers)):.1f}"
        )
    threshold = moduli.topk(min(kept, len(moduli))).values[-1]
    rows = []
    for name, layer in made.items():
        layer.prune(threshold)
        W = layers[name].weight.detach()
        error = float((layer.weight().detach() - W).norm() / W.norm().clamp_min(1e-30))
        rows.append(CompressedLayer(name, W.numel(), int(layer.mask.sum()), error))
        _replace(model, name, layer)
    return rows


@final
class PacketLinear(nn.Module):
    """A linear layer whose matrix is given by its wavelet packets, of which some are zero and all are rounded.

    Args:
        layer: The layer to start from.
        wavelet: Of the packets.
        level: Of the packets; 0 for the matrix itself.
        bits: Of a coefficient; 32 for no rounding. Gradients pass the rounding as if it weren't there.
    """

    mask: Tensor

    def __init__(self, layer: nn.Linear, wavelet: str, level: int, bits: int) -> None:
        super().__init__()
        self.level, self.bits, self.shape = level, bits, tuple(layer.weight.shape)
        W = layer.weight.detach()
        self.packets = (
            packets(W, wavelet, level=level, mode="periodization", axes=(-2, -1)) if level else None
        )
        start = W if self.packets is None else self.packets.array
        self.coefficients = nn.Parameter(start.clone())
        self.register_buffer("mask", torch.ones_like(start))
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().clone())

    def prune(self, threshold: Tensor | float) -> None:
        """Set coefficients below the threshold to zero, for good."""
        self.mask.copy_(self.coefficients.detach().abs() >= threshold)

    def weight(self) -> Tensor:
        """(out, in) the matrix."""
        kept = self.coefficients * self.mask
        if self.bits < 32:
            step = kept.detach().abs().max().clamp_min(1e-30) / (2 ** (self.bits - 1) - 1)
            kept = kept + (torch.round(kept / step) * step - kept).detach()
        if self.packets is None:
            return kept
        return ipackets(self.packets.replace(kept))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight(), self.bias)


def _numbers(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _replace(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, layer)
