"""Linear layers of few weights: diagonals around a learnt wavelet transform."""

from collections.abc import Callable, Collection
from typing import final

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.nn.wavelets import FreeWavelet, LatticeWavelet, LearnableWavelet, LiftingWavelet

BANKS: dict[str, Callable[[int], LearnableWavelet]] = {
    "lattice": lambda taps: LatticeWavelet(taps),
    "lifting": lambda taps: LiftingWavelet(max(1, taps // 2 - 1)),
    "free": lambda taps: FreeWavelet(taps),
}
"""Name → a learnt bank of about so many taps: orthonormal or biorthogonal by construction, or held by losses."""

GATES = ("reset", "update", "state")


@final
class WaveletLinear(nn.Module):
    """y = S W⁻¹ G P W B x + b, in place of a dense matrix: 3n weights and one filter bank.

    S, G and B are diagonal, P is a fixed permutation, W a wavelet transform that wraps round, whose filters are
    learnt. All coefficients of all scales take part, and W⁻¹ W = 1. Inputs are padded with zeros to n, the least
    multiple of 2^level that holds inputs and outputs; outputs are the first ones.

    Args:
        in_features: Features of the input.
        out_features: Features of the output; as many as of the input by default.
        bias: Whether there is a bias.
        wavelet: "lattice" (orthonormal), "lifting" (biorthogonal), "free" (add `loss()` to the task's), or a
            `LearnableWavelet`, e.g. one that several layers share.
        level: Scales.
        taps: Length of the filters, for a wavelet by name.
        dropout: Probability that a coefficient is dropped while training.
        start: "ones", as in the source, or "signs": B = ±1 at random and S, G from N(1, 0.1²).

    Raises:
        InvalidInput: sizes below 1, too many levels, an unknown wavelet or start, a probability outside of 0 … 1.

    Example:
        >>> import torch
        >>> from subband.nn import WaveletLinear
        >>> layer = WaveletLinear(1024, 1024, bias=False, level=6)
        >>> sum(p.numel() for p in layer.parameters()), layer(torch.randn(8, 1024)).shape
        (3075, torch.Size([8, 1024]))

    Source: M. Wolter, S. Lin, A. Yao, Neural network compression via learnable wavelet transforms, 2020, eq. 10;
    Z. Yang et al., Deep Fried Convnets, 2015.
    """

    permutation: Tensor

    def __init__(
        self,
        in_features: int,
        out_features: int | None = None,
        bias: bool = True,
        *,
        wavelet: str | LearnableWavelet = "lattice",
        level: int = 6,
        taps: int = 6,
        dropout: float = 0.0,
        start: str = "ones",
    ) -> None:
        super().__init__()
        out_features = in_features if out_features is None else out_features
        if min(in_features, out_features, level) < 1:
            raise InvalidInput(
                f"can't map {in_features} features to {out_features} over {level} scales: give 1 or more"
            )
        if isinstance(wavelet, str) and wavelet not in BANKS:
            raise InvalidInput(
                f"wavelet {wavelet!r} is no learnt bank: give {', '.join(BANKS)} or a LearnableWavelet"
            )
        if start not in ("ones", "signs"):
            raise InvalidInput(f"start={start!r}: give ones or signs")
        if not 0 <= dropout < 1:
            raise InvalidInput(f"dropout={dropout} must be a probability, 0 … 1")
        self.in_features, self.out_features, self.level, self.dropout = (
            in_features,
            out_features,
            level,
            dropout,
        )
        block = 2**level
        n = -(-max(in_features, out_features) // block) * block
        self.wavelet = BANKS[wavelet](taps) if isinstance(wavelet, str) else wavelet
        deepest = most_levels(n, self.wavelet.filters().taps)
        if level > max(deepest, 1):
            raise InvalidInput(
                f"level={level} is too high for {n} features and this bank: give at most {deepest}"
            )
        ones = torch.ones(3, n)
        if start == "signs":
            ones = 1 + 0.1 * torch.randn(3, n)
            ones[2] = 2.0 * torch.randint(0, 2, (n,)) - 1
        self.outer, self.middle, self.inner = (nn.Parameter(row.clone()) for row in ones)
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None
        self.register_buffer("permutation", torch.randperm(n))

    def forward(self, x: Tensor) -> Tensor:
        """(…, in_features) → (…, out_features).

        Raises:
            InvalidInput: another number of features.
        """
        if x.shape[-1] != self.in_features:
            raise InvalidInput(f"inputs have {x.shape[-1]} features: this layer takes {self.in_features}")
        n = len(self.inner)
        x = nn.functional.pad(x, (0, n - self.in_features)) * self.inner
        c = self.wavelet.dwt(x, self.level, "periodization")
        mixed = self.middle * c.array[..., self.permutation]
        mixed = nn.functional.dropout(mixed, self.dropout, self.training)
        y = (self.outer * self.wavelet.idwt(c.replace(mixed)))[..., : self.out_features]
        return y if self.bias is None else y + self.bias

    def loss(self) -> Tensor:
        """() What is to be added to the task's loss: how far a "free" bank is from a wavelet; 0 for others."""
        return self.wavelet.loss() if isinstance(self.wavelet, FreeWavelet) else self.inner.new_zeros(())

    def dense(self) -> Tensor:
        """(out_features, in_features) the matrix of the layer."""
        one = torch.eye(self.in_features, dtype=self.inner.dtype, device=self.inner.device)
        y = self(one)
        return (y if self.bias is None else y - self.bias).mT

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}, level={self.level}, bias={self.bias is not None}"


def most_levels(n: int, taps: int) -> int:
    """Scales of n coefficients, as of `subband.max_level`: 2^level (taps − 1) ≤ n."""
    return max(0, (n // max(taps - 1, 1)).bit_length() - 1)


def wavelet_loss(model: nn.Module) -> Tensor:
    """() Sum of `loss()` over all `WaveletLinear` layers of a model; 0 without any.

    Args:
        model: To be trained.
    """
    losses = [layer.loss() for layer in model.modules() if isinstance(layer, WaveletLinear)]
    return torch.stack(losses).sum() if losses else torch.zeros(())


@final
class WaveletGRU(nn.Module):
    """A gated recurrent layer, equal to nn.GRU, some of whose recurrent matrices are `WaveletLinear`.

    Args:
        input_size: Features of the input.
        hidden_size: States.
        compressed: Which of "reset", "update" and "state" (the candidate) have compressed recurrent weights.
        batch_first: Whether inputs and outputs are (batch, T, …) instead of (T, batch, …).
        options: Of `WaveletLinear`; level is 4, or less for few states.

    Raises:
        InvalidInput: an unknown gate, or as `WaveletLinear`.

    Source: M. Wolter, S. Lin, A. Yao, 2020, §4.2.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        compressed: Collection[str] = GATES,
        batch_first: bool = False,
        **options: object,
    ) -> None:
        super().__init__()
        unknown = set(compressed) - set(GATES)
        if unknown:
            raise InvalidInput(f"gate {sorted(unknown)[0]!r} is unknown: give some of {', '.join(GATES)}")
        self.hidden_size, self.batch_first = hidden_size, batch_first
        self.inputs = nn.Linear(input_size, 3 * hidden_size)
        deepest = most_levels(hidden_size, int(options.get("taps", 6)))  # type: ignore[call-overload]
        made = {"level": max(1, min(4, deepest)), **options}
        self.recurrent = nn.ModuleList(
            WaveletLinear(hidden_size, bias=False, **made)  # type: ignore[arg-type]
            if gate in compressed
            else nn.Linear(hidden_size, hidden_size, bias=False)
            for gate in GATES
        )
        bound = hidden_size**-0.5
        for layer in (self.inputs, *self.recurrent):
            if isinstance(layer, nn.Linear):
                for parameter in layer.parameters():
                    nn.init.uniform_(parameter, -bound, bound)

    def forward(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(T, batch, input_size), and the first state (1, batch, hidden_size) → states, last state, as nn.GRU."""
        steps = x.transpose(0, 1) if self.batch_first else x
        n = self.hidden_size
        now = steps.new_zeros(steps.shape[1], n) if h is None else h[0]
        states = []
        reset, update, state = self.recurrent
        for driven in self.inputs(steps):
            r = torch.sigmoid(driven[:, :n] + reset(now))
            z = torch.sigmoid(driven[:, n : 2 * n] + update(now))
            candidate = torch.tanh(driven[:, 2 * n :] + r * state(now))
            now = torch.lerp(candidate, now, z)
            states.append(now)
        stacked = torch.stack(states)
        return (stacked.transpose(0, 1) if self.batch_first else stacked), now[None]
