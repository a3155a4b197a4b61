"""Band-limited resampling: filter design, changes of rate, low-pass filters, filtered non-linearities, aliasing."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.resample.aliasing import Aliasing, aliasing
    from subband.transforms.resample.design import jinc_filter, kaiser_filter
    from subband.transforms.resample.lanczos import lanczos_rotate, lanczos_shift
    from subband.transforms.resample.leaky_relu import filtered_leaky_relu
    from subband.transforms.resample.lowpass import lowpass
    from subband.transforms.resample.rates import downsample, filtered_nonlinearity, resample, upsample

__all__ = [
    "Aliasing",
    "aliasing",
    "downsample",
    "filtered_leaky_relu",
    "filtered_nonlinearity",
    "jinc_filter",
    "kaiser_filter",
    "lanczos_rotate",
    "lanczos_shift",
    "lowpass",
    "resample",
    "upsample",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "aliasing": "Aliasing aliasing",
        "design": "jinc_filter kaiser_filter",
        "lanczos": "lanczos_rotate lanczos_shift",
        "leaky_relu": "filtered_leaky_relu",
        "lowpass": "lowpass",
        "rates": "downsample filtered_nonlinearity resample upsample",
    },
)
