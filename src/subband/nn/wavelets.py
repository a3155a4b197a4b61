"""Learnable wavelets: orthonormal or biorthogonal by construction, or unconstrained with a penalty."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.transforms.lifting import LiftingScheme, lifting, lifting_filters
from subband.transforms.lifting.schemes import Step
from subband.transforms.packets import PacketCoefficients, ipackets, packets
from subband.transforms.wavelets import (
    Coefficients,
    Filters,
    alias_cancellation_loss,
    dwt,
    idwt,
    lattice_angles,
    lattice_filters,
    perfect_reconstruction_loss,
)
from subband.transforms.wavelets.lattice import HAAR_SUM, nearest_angles


class LearnableWavelet(nn.Module, ABC):
    """A wavelet with learnable parameters, in which Subband's transforms are differentiable."""

    @abstractmethod
    def filters(self) -> Filters:
        """The filters as differentiable functions of the parameters."""

    def forward(self) -> Filters:
        """The same as `filters`."""
        return self.filters()

    def dwt(
        self,
        x: Tensor,
        level: int | None = None,
        mode: str | Sequence[str] = "symmetric",
        axes: int | Sequence[int] = -1,
    ) -> Coefficients:
        """`subband.dwt` with these filters along all `axes`."""
        return dwt(x, self.filters(), level=level, mode=mode, axes=axes)

    def idwt(self, c: Coefficients) -> Tensor:
        """`subband.idwt`; the filters are those that the coefficients carry."""
        return idwt(c)

    def packets(
        self,
        x: Tensor,
        level: int | None = None,
        mode: str | Sequence[str] = "symmetric",
        axes: int | Sequence[int] = -1,
        *,
        order: str = "frequency",
    ) -> PacketCoefficients:
        """`subband.packets` with these filters along all `axes`."""
        return packets(x, self.filters(), level=level, mode=mode, axes=axes, order=order)

    def ipackets(self, p: PacketCoefficients) -> Tensor:
        """`subband.ipackets`; the filters are those that the packets carry."""
        return ipackets(p)


@final
class LatticeWavelet(LearnableWavelet):
    """An orthonormal wavelet of 2K taps, parametrised by K free lattice angles (see `subband.lattice_filters`).

    Args:
        start: An orthogonal wavelet's name, e.g. "db4", or a number of taps for random angles.
        vanishing_moment: Whether one vanishing moment is enforced (details of constants are zero), which
            fixes one angle.

    Raises:
        InvalidInput: a wavelet that is not orthogonal, or without a vanishing moment where one is enforced; a
            number of taps that is odd or below 2.
    """

    def __init__(self, start: str | int = "db4", *, vanishing_moment: bool = False):
        super().__init__()
        if isinstance(start, int):
            _check_taps(start)
            angles = 2 * torch.pi * torch.rand(start // 2)
        else:
            angles = torch.tensor(lattice_angles(start), dtype=torch.get_default_dtype())
            turns = (sum(lattice_angles(start)) - HAAR_SUM) / (2 * np.pi)
            if vanishing_moment and abs(turns - round(turns)) > 1e-6:
                raise InvalidInput(f"{start!r} has no vanishing moment to hold: leave vanishing_moment out")
        self.vanishing_moment = vanishing_moment
        self.free = nn.Parameter(angles[:-1] if vanishing_moment else angles)

    @property
    def angles(self) -> Tensor:
        """(K,) lattice angles in radians; with a vanishing moment, the last one makes their sum π/4."""
        if not self.vanishing_moment:
            return self.free
        return torch.cat([self.free, (HAAR_SUM - self.free.sum())[None]])

    def filters(self) -> Filters:
        return lattice_filters(self.angles)


@final
class LiftingWavelet(LearnableWavelet):
    """A biorthogonal wavelet, parametrised by the unconstrained weights of predict and update steps.

    The scales of a and d are e^s and ±e^(−s), with s learned, so that neither becomes zero.

    Args:
        start: A name in `subband.SCHEMES`, e.g. "cdf9.7", a `subband.LiftingScheme`, or a number of steps, with two
            random weights each.

    Raises:
        InvalidInput: an unknown scheme, or a number of steps below 1.
    """

    def __init__(self, start: str | int | LiftingScheme = "cdf9.7"):
        super().__init__()
        match start:
            case int():
                self.scheme = _random_scheme(start)
            case str():
                self.scheme = lifting(start)
            case _:
                self.scheme = start
        dtype = torch.get_default_dtype()
        steps = [torch.tensor([float(w) for w in step.weights], dtype=dtype) for step in self.scheme.steps]
        self.weights = nn.ParameterList(steps)
        self.log_scale = nn.Parameter(torch.tensor(abs(self.scheme.scales[0]), dtype=dtype).log())

    def filters(self) -> Filters:
        scale = float(np.sign(self.scheme.scales[0])) * self.log_scale.exp()
        return lifting_filters(
            self.scheme,
            weights=list(self.weights),
            scales=torch.stack([scale, prod(self.scheme.scales) / scale]),
        )


@final
class FreeWavelet(LearnableWavelet):
    """Four unconstrained filters, to be trained with `loss` added to the task's (Wolter, Lin & Yao 2020).

    Args:
        start: Any wavelet's name, or a number of taps for filters drawn from U(−1, 1).

    Raises:
        InvalidInput: an unknown wavelet; a number of taps that is odd or below 2.
    """

    def __init__(self, start: str | int = "haar"):
        super().__init__()
        if isinstance(start, int):
            _check_taps(start)
            taps = [2 * torch.rand(start) - 1 for _ in range(4)]
        else:
            taps = list(Filters.of(start, like=torch.empty(0)))
        self.dec_lo, self.dec_hi, self.rec_lo, self.rec_hi = map(nn.Parameter, taps)

    def filters(self) -> Filters:
        return Filters(self.dec_lo, self.dec_hi, self.rec_lo, self.rec_hi)

    def loss(self) -> Tensor:
        """() `perfect_reconstruction_loss` + `alias_cancellation_loss`: 0 for a biorthogonal filter bank."""
        filters = self.filters()
        return perfect_reconstruction_loss(filters) + alias_cancellation_loss(filters)


@final
class Orthonormal(nn.Module):
    """A parametrisation that keeps a filter orthonormal to its own even shifts: Σₙ h[n] h[n + 2m] = δ[m].

    `torch.nn.utils.parametrize.register_parametrization(module, "dec_lo", Orthonormal())` replaces a tensor
    (L,) by L/2 angles, from which it is computed on each access. The original tensor, and tensors assigned
    later, are replaced by a nearby orthonormal filter.

    Example:
        >>> import torch
        >>> from torch.nn.utils.parametrize import register_parametrization
        >>> from subband.nn import Orthonormal
        >>> module = torch.nn.Module()
        >>> module.dec_lo = torch.nn.Parameter(torch.tensor([0.5, 0.8, 0.2, -0.1]))
        >>> _ = register_parametrization(module, "dec_lo", Orthonormal())
        >>> h = module.dec_lo.detach()
        >>> round(float(h @ h), 4), abs(round(float(h[:2] @ h[2:]), 4))  # of norm 1, orthogonal to its even shifts
        (1.0, 0.0)
    """

    def forward(self, angles: Tensor) -> Tensor:
        """(L/2,) radians → (L,) the low-pass filter of their lattice."""
        return lattice_filters(angles).dec_lo

    def right_inverse(self, filter_: Tensor) -> Tensor:
        """(L,) → (L/2,) the angles of a nearby orthonormal filter.

        Raises:
            InvalidInput: a filter of odd length, or without a nearby orthonormal filter, such as zeros.
        """
        return torch.as_tensor(nearest_angles(filter_.detach().double().cpu().numpy())).to(filter_)


def _check_taps(taps: int) -> None:
    if taps < 2 or taps % 2:
        raise InvalidInput(f"a wavelet can't have {taps} taps: give an even number, 2 or more")


def _random_scheme(count: int) -> LiftingScheme:
    """Alternating predict and update steps with two random weights each, like those of CDF wavelets."""
    if count < 1:
        raise InvalidInput(f"{count} lifting steps make no wavelet: give 1 or more")
    steps = (
        Step("update" if i % 2 else "predict", -(i % 2), tuple((torch.randn(2) / 2).tolist()))
        for i in range(count)
    )
    return LiftingScheme("random", tuple(steps), (2**0.5, -(0.5**0.5)))
