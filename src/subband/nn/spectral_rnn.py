"""Recurrent networks that step from frame to frame of a short-time Fourier transform."""

from typing import final

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.nn.complex.gru import ComplexGRU
from subband.nn.complex.linear import ComplexLinear

CELLS = ("gru", "complex")


@final
class SpectralRNN(nn.Module):
    """Predicts the next samples of a signal frame by frame, in the frequency domain.

    Frames of `window` samples, `hop` apart, are weighted by a Gaussian of learnt width and Fourier transformed; the
    lowest frequencies go through a recurrent network whose output is added to the last frame; its predictions are
    fed back, and overlap-added. A sequence of T samples takes T/hop steps instead of T.

    Args:
        channels: Signals that are predicted together.
        hidden: States of the recurrent layer.
        window: Samples of a frame, 2 or more; 1 with transform="none" steps from sample to sample.
        hop: Samples from one frame to the next; half a window by default, a whole one without a transform.
        compression: c, only the lowest window/(2c) frequencies are kept.
        cell: "gru", on real and imaginary parts, or "complex", the complex gated cell.
        transform: "stft", or "none": windows of samples side by side, for comparison.
        width: Of the Gaussian at the start, relative to half a window.
        activation: Of the complex cell.
        eps: Added to the overlap-added squares of the window where the frames are put together.

    Raises:
        InvalidInput: sizes below 1, a hop of more than a window, or an unknown cell or transform.

    Example:
        >>> import torch
        >>> from subband.nn import SpectralRNN
        >>> model = SpectralRNN(channels=1, hidden=16, window=32, compression=4)
        >>> model(torch.randn(8, 256, 1), horizon=100).shape
        torch.Size([8, 100, 1])

    Source: M. Wolter, J. Gall, A. Yao, Sequence Prediction using Spectral RNNs, 2020.
    """

    def __init__(
        self,
        channels: int = 1,
        hidden: int = 64,
        *,
        window: int = 128,
        hop: int | None = None,
        compression: int = 1,
        cell: str = "gru",
        transform: str = "stft",
        width: float = 0.5,
        activation: str = "hirose",
        eps: float = 1e-3,
    ) -> None:
        super().__init__()
        if min(channels, hidden, window, compression) < 1:
            raise InvalidInput("channels, hidden, window and compression must be 1 or more")
        if cell not in CELLS or transform not in ("stft", "none"):
            raise InvalidInput(
                f"cell={cell!r}, transform={transform!r}: give gru or complex, and stft or none"
            )
        spectral = transform == "stft"
        if spectral and window < 2:
            raise InvalidInput(
                f"window={window} has no spectrum: give 2 samples or more, or transform='none'"
            )
        if cell == "complex" and not spectral:
            raise InvalidInput("the complex cell needs complex numbers: give transform='stft'")
        hop = hop if hop is not None else max(1, window // 2) if spectral else window
        if not 1 <= hop <= window:
            raise InvalidInput(f"hop={hop} must be 1 … {window}, or samples between frames are lost")
        self.channels, self.window, self.hop, self.spectral, self.eps = channels, window, hop, spectral, eps
        self.bins = max(1, (window // 2 + 1) // compression) if spectral else window
        self.complex = cell == "complex"
        self.log_width = nn.Parameter(torch.tensor(float(width)).log())
        features = channels * self.bins
        if self.complex:
            self.rnn: nn.Module = ComplexGRU(features, hidden, activation=activation)
            self.out: nn.Module = ComplexLinear(hidden, features)
        else:
            parts = 2 if spectral else 1
            self.rnn = nn.GRU(parts * features, hidden)
            self.out = nn.Linear(hidden, parts * features)
        with torch.no_grad():
            for p in self.out.parameters():
                p.mul_(0.1)  # at first, the last frame is repeated

    def taper(self) -> Tensor:
        """(window,) the Gaussian window; ones without a transform."""
        n = torch.arange(self.window, device=self.log_width.device, dtype=self.log_width.dtype)
        if not self.spectral:
            return torch.ones_like(n)
        middle = (self.window - 1) / 2
        # Bounded, since the frames of a too narrow window don't overlap.
        width = self.log_width.exp().clamp(0.1, 10.0)
        return torch.exp(-0.5 * ((n - middle) / (width * middle)).square())

    def forward(self, x: Tensor, horizon: int) -> Tensor:
        """Predict what follows.

        Args:
            x: (batch, T, channels) with T ≥ window.
            horizon: Samples to predict.

        Returns:
            (batch, horizon, channels).

        Raises:
            InvalidInput: a shorter signal, other channels, or no horizon.
        """
        if x.ndim != 3 or x.shape[-1] != self.channels or x.shape[1] < self.window:
            raise InvalidInput(
                f"a signal of shape {tuple(x.shape)} is too short or has other channels: give "
                f"(batch, {self.window} samples or more, {self.channels})"
            )
        if horizon < 1:
            raise InvalidInput(f"horizon={horizon}: give 1 sample or more")
        # Whole hops, counted from the end, so that the last frame ends with the signal.
        T = self.window + (x.shape[1] - self.window) // self.hop * self.hop
        seen = x[:, -T:]
        frames = self.analyse(seen)
        states, h = self.rnn(frames)
        steps = -(-(horizon + self.window - self.hop) // self.hop)
        made, last = [], frames[-1]
        now = states[-1]
        for k in range(steps):
            last = last + self.out(now)
            made.append(last)
            if k + 1 < steps:
                output, h = self.rnn(last[None], h)
                now = output[0]
        every = torch.cat([frames, torch.stack(made)])
        return self.synthesise(every)[:, T : T + horizon]

    def analyse(self, x: Tensor) -> Tensor:
        """(batch, T, channels) → (frames, batch, features), complex for the complex cell."""
        frames = x.mT.unfold(-1, self.window, self.hop) * self.taper()
        frames = frames.permute(2, 0, 1, 3)
        if not self.spectral:
            return frames.flatten(2)
        spectrum = torch.fft.rfft(frames, norm="ortho")[..., : self.bins]
        if self.complex:
            return spectrum.flatten(2)
        return torch.view_as_real(spectrum.contiguous()).flatten(2)

    def synthesise(self, frames: Tensor) -> Tensor:
        """(frames, batch, features) → (batch, T, channels): overlap-added and divided by the window's squares."""
        count, batch = frames.shape[:2]
        if self.spectral:
            if not self.complex:
                frames = torch.view_as_complex(frames.view(count, batch, self.channels, self.bins, 2))
            else:
                frames = frames.view(count, batch, self.channels, self.bins)
            samples = torch.fft.irfft(frames, self.window, norm="ortho")
        else:
            samples = frames.view(count, batch, self.channels, self.window)
        w = self.taper()
        length = self.window + (count - 1) * self.hop
        summed = self._overlapped((samples * w).permute(1, 2, 3, 0).flatten(0, 1), length)
        squares = self._overlapped(w.square()[None, :, None].expand(1, -1, count).contiguous(), length)
        eps = self.eps if self.spectral else 0.0
        return (summed / (squares + eps)).view(batch, self.channels, length).mT

    def _overlapped(self, frames: Tensor, length: int) -> Tensor:
        """(items, window, frames) → (items, length)."""
        folded = nn.functional.fold(frames, (1, length), (1, self.window), stride=(1, self.hop))
        return folded[:, 0, 0]
