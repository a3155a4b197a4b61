"""Linear state-space layers, LRU and S4D: diagonal `subband.linear_system`s, simulated by a parallel scan."""

from math import pi
from typing import final

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.transforms.linear_systems import LinearSystem, linear_system


@final
class LRU(nn.Module):
    """Linear recurrent unit: xₖ = Λ xₖ₋₁ + γ B uₖ, yₖ = Re C xₖ + D uₖ, stable by construction.

    |λ| = exp(−exp ν) < 1 and arg λ = exp θ; γ = √(1 − |λ|²) keeps the states' variance that of the inputs.

    Args:
        inputs: Features of the input.
        states: Complex states.
        outputs: Features of the output; as many as of the input by default.
        radius: Range of |λ| at the start: the logarithm of the memory, about 1/(1 − |λ|) steps.
        phase: Largest arg λ at the start, in radians per step.

    Raises:
        InvalidInput: sizes below 1, or radii that are not 0 ≤ low < high < 1.

    Example:
        >>> import torch
        >>> from subband.nn import LRU
        >>> y, state = LRU(3, 16)(torch.randn(8, 100, 3))
        >>> y.shape, state.shape
        (torch.Size([8, 100, 3]), torch.Size([8, 16]))

    Source: A. Orvieto et al., Resurrecting Recurrent Neural Networks for Long Sequences, 2023, §3.
    """

    def __init__(
        self,
        inputs: int,
        states: int,
        outputs: int | None = None,
        *,
        radius: tuple[float, float] = (0.5, 0.99),
        phase: float = 2 * pi,
    ) -> None:
        super().__init__()
        outputs = inputs if outputs is None else outputs
        _check_sizes(inputs=inputs, states=states, outputs=outputs)
        low, high = radius
        if not 0 <= low < high < 1:
            raise InvalidInput(f"radius={radius} of the poles: give 0 <= low < high < 1, e.g. (0.5, 0.99)")
        # Uniform on the ring between the radii (Orvieto et al., lemma 3.2).
        modulus = (torch.rand(states) * (high**2 - low**2) + low**2).sqrt().clamp_min(1e-6)
        self.log_decay = nn.Parameter(torch.log(-torch.log(modulus)))
        self.log_phase = nn.Parameter(torch.log(phase * torch.rand(states).clamp_min(1e-4)))
        self.B = nn.Parameter(_normal(states, inputs) / inputs**0.5)
        self.C = nn.Parameter(_normal(outputs, states) / states**0.5)
        self.D = nn.Parameter(torch.randn(outputs, inputs) / inputs**0.5)

    def poles(self) -> Tensor:
        """(states,) λ, complex."""
        return torch.exp(torch.complex(-self.log_decay.exp(), self.log_phase.exp()))

    def forward(self, u: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(…, T, inputs) and the last state (…, states) → (…, T, outputs), and the state after the last input."""
        _check_features(u, self.B.shape[1])
        modes = self._modes()
        x = modes.states(u.to(modes.A.dtype), state)
        y = x[..., :-1, :] @ modes.C.mT + u.to(modes.A.dtype) @ modes.D.mT
        return y.real, x[..., -1, :]

    def system(self) -> LinearSystem:
        """The layer as a `subband.LinearSystem` of twice as many states, whose responses are real."""
        return _closed_under_conjugation(self._modes(), weight=0.5)

    def _modes(self) -> LinearSystem:
        """One state for each pole; outputs are the real part of its outputs."""
        poles = self.poles()
        B = (1 - poles.abs().square()).clamp_min(0).sqrt()[:, None] * self.B
        return _delayed(poles, B, self.C, self.D)


@final
class S4D(nn.Module):
    """Diagonal structured state space: for each channel, a continuous system that is sampled with a learnt step.

    x' = A x + B u, y = 2 Re C x + D u, with A = −exp a + iω from −½ + iπn (S4D-Lin) and B = 1.

    Args:
        channels: Features, each with a system of its own.
        states: Real states of each channel; half as many complex ones, whose conjugates are implied.
        step: Range of the sampling intervals at the start, drawn log-uniformly.
        method: "zoh" or "tustin", as in `subband.LinearSystem.discretise`.
        how: "convolution", with the kernel by FFT, or "scan"; equal up to rounding.

    Raises:
        InvalidInput: sizes below 1, an odd number of states, steps not positive, or an unknown `how`.

    Example:
        >>> import torch
        >>> from subband.nn import S4D
        >>> layer = S4D(4, states=16)
        >>> layer(torch.randn(8, 100, 4)).shape, layer.kernel(100).shape
        (torch.Size([8, 100, 4]), torch.Size([4, 100]))

    Source: A. Gu, A. Gupta, K. Goel, C. Ré, On the Parameterization and Initialization of Diagonal State Space
    Models, 2022, eq. 4–6, 9.
    """

    def __init__(
        self,
        channels: int,
        states: int = 64,
        *,
        step: tuple[float, float] = (1e-3, 1e-1),
        method: str = "zoh",
        how: str = "convolution",
    ) -> None:
        super().__init__()
        _check_sizes(channels=channels, states=states)
        if states % 2:
            raise InvalidInput(f"states={states} must be even: half of them are conjugates")
        if how not in ("convolution", "scan"):
            raise InvalidInput(f"how={how!r} is unknown: give convolution or scan")
        low, high = step
        if not 0 < low <= high:
            raise InvalidInput(f"step={step}: give 0 < low <= high, e.g. (0.001, 0.1)")
        self.method, self.how = method, how
        half = states // 2
        start = torch.log(torch.tensor(low)), torch.log(torch.tensor(high))
        self.log_step = nn.Parameter(start[0] + (start[1] - start[0]) * torch.rand(channels))
        self.log_decay = nn.Parameter(torch.full((channels, half), 0.5).log())
        self.omega = nn.Parameter(
            pi * torch.arange(half, dtype=torch.get_default_dtype()).repeat(channels, 1)
        )
        self.C = nn.Parameter(_normal(channels, half))
        self.D = nn.Parameter(torch.randn(channels))

    def forward(self, u: Tensor) -> Tensor:
        """(…, T, channels) → (…, T, channels)."""
        _check_features(u, len(self.D))
        rows = u.mT
        if self.how == "scan":
            return 2 * self._modes().simulate(rows[..., None].to(self.C.dtype))[..., 0].real.mT
        T = u.shape[-2]
        # A length of 2T leaves no wrap-around.
        spectrum = torch.fft.rfft(rows, 2 * T) * torch.fft.rfft(self.kernel(T), 2 * T)
        return torch.fft.irfft(spectrum, 2 * T)[..., :T].mT

    def kernel(self, count: int) -> Tensor:
        """(channels, count) The impulse response of each channel, K[k] = 2 Re C Āᵏ B̄, with D in K[0]."""
        return 2 * self._modes().impulse_response(count)[..., 0, 0].real

    def system(self) -> LinearSystem:
        """The layer as a batch of `subband.LinearSystem`s, (channels,), with both conjugates of each state."""
        return _closed_under_conjugation(self._modes(), weight=1.0)

    def _modes(self) -> LinearSystem:
        step = self.log_step.exp()[:, None]
        A = torch.complex(-self.log_decay.exp(), self.omega)
        # With time in units of the step, which is learnt.
        B = step[:, :, None].to(A.dtype)
        sampled = linear_system(A * step, B.expand(*A.shape, 1), self.C[:, None, :]).discretise(
            1.0, self.method
        )
        D = sampled.D.real + self.D[:, None, None] / 2
        return _delayed(sampled.A, sampled.B, sampled.C, D)


def _delayed(A: Tensor, B: Tensor, C: Tensor, D: Tensor) -> LinearSystem:
    """The system xₖ = A xₖ₋₁ + B uₖ, yₖ = C xₖ + D uₖ, whose outputs see the input at once, in standard form.

    With the state before the input: yₖ = C A x + (D + C B) uₖ.
    """
    return linear_system(A, B, C * A[..., None, :], D + C @ B, dt=1.0)


def _closed_under_conjugation(modes: LinearSystem, weight: float) -> LinearSystem:
    """The system with every state's conjugate; its outputs are 2·weight times the real part of the outputs."""
    A, B, C, D = modes.A, modes.B, modes.C, modes.D
    return linear_system(
        torch.cat([A, A.conj()], -1),
        torch.cat([B, B.conj()], -2),
        torch.cat([C, C.conj()], -1) * weight,
        2 * weight * D.real.to(D.dtype),
        dt=1.0,
    )


def _normal(*shape: int) -> Tensor:
    """Complex normal numbers of variance 1, in the default precision."""
    return torch.complex(torch.randn(*shape), torch.randn(*shape)) / 2**0.5


def _check_sizes(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise InvalidInput(f"{name}={size} must be a whole number, 1 or more")


def _check_features(u: Tensor, features: int) -> None:
    if u.ndim < 2 or u.shape[-1] != features or u.shape[-2] < 1:
        raise InvalidInput(f"inputs of shape {tuple(u.shape)} don't fit: give (…, T, {features}) with T >= 1")
