"""All transforms as functions of 16×16 images, for tests of compilation and differentiation."""

import torch

import subband as sb

PAIR = (-2, -1)

SMOOTH = {
    "dwt": lambda x: sb.dwt(x, "db2", level=2, axes=PAIR).array,
    "bands": lambda x: sb.dwt(x, "db2", level=1, axes=PAIR)[1]["ad"],
    "idwt": lambda x: sb.idwt(sb.dwt(x, "db2", level=2).map(lambda band: band**2)),
    "packets": lambda x: sb.packets(x, "haar", level=2).array,
    "ipackets": lambda x: sb.ipackets(sb.packets(x, "haar", level=2, axes=PAIR)),
    "packet_band": lambda x: sb.packet_band(x, "haar", ("ad", "da"), axes=PAIR),
    "ipacket_basis": lambda x: sb.ipacket_basis(sb.packet_basis(x, "haar", ["aa", "ad", "d"])),
    "orthogonal": lambda x: sb.dwt(x, "bior2.2", level=1, mode="orthogonal", axes=PAIR).array,
    "swt": lambda x: sb.swt(x, "haar", level=2).array,
    "iswt": lambda x: sb.iswt(sb.swt(x, "haar", level=1, axes=PAIR)),
    "mra": lambda x: sb.mra(x, "haar", level=2).array,
    "dtcwt": lambda x: sb.dtcwt(x, level=1, axes=PAIR).array,
    "idtcwt": lambda x: sb.idtcwt(sb.dtcwt(x, level=1)),
    "cwt": lambda x: sb.cwt(x, "morlet", frequencies=(0.1, 0.2)).array,
    "icwt": lambda x: sb.icwt(sb.cwt(x, sb.Morse(8.0, 3.0), voices=4)),
    "stft": lambda x: sb.stft(x, "hann", 4).array,
    "istft": lambda x: sb.istft(sb.stft(x, "hann", 4)),
    "shift": lambda x: sb.shift(x, 1.5),
    "rotate": lambda x: sb.rotate(x, 0.3),
    "resample": lambda x: sb.resample(x, 3, 2, axes=PAIR, mode="reflect"),
    "upsample": lambda x: sb.upsample(x, 2, filter="ideal"),
    "downsample": lambda x: sb.downsample(x, 2, axes=PAIR),
    "lowpass": lambda x: sb.lowpass(x, 0.2, axes=PAIR, radial=True),
    "lanczos_shift": lambda x: sb.lanczos_shift(x, 1.5),
    "lanczos_rotate": lambda x: sb.lanczos_rotate(x, 0.3),
    "lift": lambda x: sb.lift(x, "cdf2.2", level=2).array,
    "unlift": lambda x: sb.unlift(sb.lift(x, "cdf2.2", level=1)),
    "reference": lambda x: sb.idwt(
        sb.dwt(x, "haar", level=1, mode="smooth", impl="reference"), impl="reference"
    ),
}
"""All transforms and their inverses, by name, as functions of a 16×16 image."""

UNEVEN = {
    "squeeze": lambda x: sb.synchrosqueeze(sb.cwt(x, "morse", voices=4)).array,
    "isqueeze": lambda x: sb.isynchrosqueeze(sb.synchrosqueeze(sb.cwt(x, "morse", voices=4))),
    "threshold": lambda x: sb.threshold(x, 0.5),
    "denoise": lambda x: sb.denoise(x, "db2", level=1),
}
"""Transforms with discontinuous derivatives."""

TRANSFORMS = SMOOTH | UNEVEN


def gradient(f, x: torch.Tensor) -> torch.Tensor:
    x = x.clone().requires_grad_()
    return torch.autograd.grad(f(x).abs().square().sum(), x)[0]
