"""kymatio's transforms of PyTorch tensors: `from subband.compat.kymatio.torch import Scattering2D`."""

from typing import Any, ClassVar

from torch import Tensor, nn

from subband.compat.kymatio.joint import Joint
from subband.compat.kymatio.line import Line
from subband.compat.kymatio.plane import Plane
from subband.compat.kymatio.space import Space
from subband.compat.kymatio.transform import Transform

__all__ = ["HarmonicScattering3D", "Scattering1D", "Scattering2D", "TimeFrequencyScattering"]


class TorchFlavour(Transform, nn.Module):
    """Module without parameters or buffers; filters follow the device of the input.

    The state dict is empty. Entries of kymatio's state dicts (tensor0, tensor1, …) are ignored on loading.
    """

    frontend_name: ClassVar[str] = "torch"

    def accept(self, x: Any) -> Tensor:
        if not isinstance(x, Tensor):
            raise TypeError(f"The input should be a PyTorch Tensor, got {type(x)}.")
        return x

    def forward(self, x: Tensor) -> Any:
        """`scattering`, restricted to contiguous tensors, as in kymatio."""
        if x is None:
            raise TypeError("The input should be not empty.")
        if not self.accept(x).is_contiguous():
            raise RuntimeError("Tensors must be contiguous.")
        return self.scattering(x)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        for key in [key for key in state_dict if key.startswith(f"{prefix}tensor")]:
            del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, *rest)


class Scattering1D(TorchFlavour, Line):
    """Scattering of (…, N) signals."""


class Scattering2D(TorchFlavour, Plane):
    """Scattering of (…, M, N) images."""


class HarmonicScattering3D(TorchFlavour, Space):
    """Solid harmonic scattering of (…, M, N, O) densities."""


class TimeFrequencyScattering(TorchFlavour, Joint):
    """Joint time–frequency scattering of (…, N) signals."""
