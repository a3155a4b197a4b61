"""Forecasts of series by spectral recurrent networks, in scikit-learn's style."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from sklearn.base import BaseEstimator
from torch import Tensor

from subband.errors import InvalidInput, TrainingError
from subband.nn.spectral_rnn import SpectralRNN
from subband.training.randomness import initialised


@dataclass(frozen=True, eq=False)
class Forecast:
    """Predicted samples.

    Attributes:
        mean: (…, horizon, channels), or (…, horizon) for a series without channels.
        lower, upper: Of an interval that holds each sample with probability `level`.
        level: Nominal coverage.

    Example:
        >>> import numpy as np
        >>> from subband.sequences import Forecast
        >>> mean = np.array([1.0, 2.0])
        >>> forecast = Forecast(mean, lower=mean - 0.5, upper=mean + 0.5, level=0.9)
        >>> bool(((forecast.lower <= 1.4) & (1.4 <= forecast.upper))[0])
        True
    """

    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float


@final
class SpectralForecaster(BaseEstimator):
    """Learns from one or several series to predict what follows `context` samples.

    Intervals are conformal: half-widths are quantiles of the absolute errors on the last part of the series, which
    is not trained on, for each step of the horizon; with an ensemble they are relative to its spread, and so wider
    where members disagree. They hold the nominal share if later samples come from the same distribution.

    Args:
        context: Samples that are seen, at least a window.
        horizon: Samples that are predicted in training.
        window, hop, compression, cell, hidden, transform: As in `subband.nn.SpectralRNN`.
        steps: Batches of training.
        batch: Pieces in a batch.
        rate: Learning rate of RMSprop, which falls to a tenth.
        ensemble: Networks that are trained and averaged.
        calibration: Share of the series, at its end, for the intervals.
        level: Of the intervals.
        seed: Of weights and batches.

    Example:
        >>> import numpy as np
        >>> from subband.sequences import SpectralForecaster
        >>> y = np.sin(np.arange(600) / 5)
        >>> model = SpectralForecaster(context=64, horizon=32, window=32, hidden=8, steps=20).fit(y)
        >>> forecast = model.predict(48)
        >>> forecast.mean.shape, bool((forecast.lower <= forecast.upper).all())
        ((48,), True)

    Source: M. Wolter, J. Gall, A. Yao, Sequence Prediction using Spectral RNNs, 2020; for intervals K.
    Stankeviciute, A. Alaa, M. van der Schaar, Conformal Time-series Forecasting, 2021.
    """

    def __init__(
        self,
        *,
        context: int = 360,
        horizon: int = 36,
        window: int = 24,
        hop: int | None = None,
        compression: int = 1,
        cell: str = "gru",
        hidden: int = 64,
        transform: str = "stft",
        steps: int = 1000,
        batch: int = 50,
        rate: float = 4e-3,
        ensemble: int = 1,
        calibration: float = 0.15,
        level: float = 0.9,
        seed: int = 0,
    ) -> None:
        self.context, self.horizon, self.window, self.hop = context, horizon, window, hop
        self.compression, self.cell, self.hidden, self.transform = compression, cell, hidden, transform
        self.steps, self.batch, self.rate, self.ensemble = steps, batch, rate, ensemble
        self.calibration, self.level, self.seed = calibration, level, seed

    def fit(self, y: Any, *, progress: Callable[[int, int], None] | None = None) -> "SpectralForecaster":
        """Train on a series (T,), on several channels (T, d), or on several series (n, T, d).

        Args:
            y: The series, finite.
            progress: Called with (done, total).

        Raises:
            InvalidInput: NaN, or series shorter than context and horizon.
            TrainingError: the loss is not finite.
        """
        series, self.plain_ = _as_series(y, "y")
        piece, T = self.context + self.horizon, series.shape[1]
        if self.context < self.window:
            raise InvalidInput(
                f"context={self.context} is shorter than window={self.window}: give at least a window"
            )
        held = max(piece, int(self.calibration * T))
        if T - held < piece:
            raise InvalidInput(
                f"series of {T} samples are too short: training and intervals each need context + horizon = {piece}"
            )
        training = series[:, : T - held]
        self.mean_, self.std_ = training.mean((0, 1)), np.maximum(training.std((0, 1)), 1e-12)
        scaled = torch.as_tensor((series - self.mean_) / self.std_, dtype=torch.float32)
        self.models_ = [self._trained(scaled[:, : T - held], k, progress) for k in range(self.ensemble)]
        self.last_ = series[:, -self.context :]
        self._calibrate(scaled[:, T - held :])
        return self

    def predict(self, horizon: int | None = None, y: Any = None) -> Forecast:
        """What follows the series of `fit`, or others.

        Args:
            horizon: Samples; that of the training by default. Beyond it intervals keep their last width.
            y: (T,), (T, d) or (n, T, d) with T ≥ context, in the form that `fit` was given.

        Raises:
            InvalidInput: not fitted yet, or a series that doesn't fit.
        """
        if not hasattr(self, "models_"):
            raise InvalidInput("the forecaster has not learnt yet: call fit(y) first")
        horizon = self.horizon if horizon is None else horizon
        series, plain = (self.last_, self.plain_) if y is None else _as_series(y, "y")
        if series.shape[1] < self.context or series.shape[2] != len(self.mean_):
            raise InvalidInput(
                f"y of shape {series.shape[1:]}: give at least context = {self.context} samples of "
                f"{len(self.mean_)} "
                f"channels"
            )
        scaled = torch.as_tensor((series - self.mean_) / self.std_, dtype=torch.float32)
        mean, spread = self._members(scaled[:, -self.context :], horizon)
        at = np.minimum(np.arange(horizon), len(self.radii_) - 1)
        radius = self.radii_[at] * spread
        pick = {1: (0, slice(None), 0), 2: 0, 3: slice(None)}[plain]
        made = [(x * self.std_ + self.mean_)[pick] for x in (mean, mean - radius, mean + radius)]
        return Forecast(made[0], made[1], made[2], self.level)

    def score(self, y: Any) -> float:
        """Minus the mean squared error of forecasts of pieces of a series, of unit variance; higher is better."""
        series, _ = _as_series(y, "y")
        x, want = self._pieces(torch.as_tensor((series - self.mean_) / self.std_, dtype=torch.float32))
        mean, _ = self._members(x, self.horizon)
        return -float(np.square(mean - want.numpy()).mean())

    def _trained(
        self, series: Tensor, member: int, progress: Callable[[int, int], None] | None
    ) -> SpectralRNN:
        rng = np.random.default_rng([self.seed, member])
        with initialised(self.seed + 1000 * member):
            model = SpectralRNN(
                series.shape[2], self.hidden, window=self.window, hop=self.hop, compression=self.compression,
                cell=self.cell, transform=self.transform,
            )  # fmt: skip
        optimizer = torch.optim.RMSprop(model.parameters(), self.rate, alpha=0.9)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 0.1 ** (k / max(self.steps, 1)))
        piece = self.context + self.horizon
        for k in range(self.steps):
            rows, starts = (
                rng.integers(series.shape[0], size=self.batch),
                rng.integers(series.shape[1] - piece + 1, size=self.batch),
            )
            x = torch.stack([series[i, j : j + piece] for i, j in zip(rows, starts, strict=True)])
            optimizer.zero_grad()
            loss = (model(x[:, : self.context], self.horizon) - x[:, self.context :]).square().mean()
            loss.backward()
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"the loss is not finite after {k} steps: give a smaller rate than {self.rate}"
                )
            for p in model.parameters():
                if p.grad is not None:
                    (torch.view_as_real(p.grad) if p.grad.is_complex() else p.grad).clamp_(-1, 1)
            optimizer.step()
            schedule.step()
            if progress is not None:
                progress(member * self.steps + k + 1, self.ensemble * self.steps)
        return model.eval()

    def _calibrate(self, series: Tensor) -> None:
        """Half-widths of the intervals: for each step the ⌈(n + 1) level⌉-th smallest score of n pieces."""
        x, want = self._pieces(series)
        mean, spread = self._members(x, self.horizon)
        scores = np.sort(np.abs(mean - want.numpy()) / spread, axis=0)
        k = min(len(scores), int(np.ceil((len(scores) + 1) * self.level)))
        self.radii_ = scores[k - 1]

    def _pieces(self, series: Tensor) -> tuple[Tensor, Tensor]:
        """Contexts and what follows, at most 200 of them, which begin at all phases of a period."""
        piece = self.context + self.horizon
        starts = range(series.shape[1] - piece + 1)
        chosen = np.linspace(0, len(starts) - 1, min(len(starts), 200)).round().astype(int)
        cut = torch.cat([series[:, starts[i] : starts[i] + piece] for i in dict.fromkeys(chosen)])
        return cut[:, : self.context], cut[:, self.context :]

    @torch.no_grad()
    def _members(self, x: Tensor, horizon: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean of the members, and the scale of the intervals: their spread and a part that all steps have."""
        made = torch.stack([model(x, horizon) for model in self.models_]).numpy().astype(np.float64)
        spread = made.std(0) + 0.1 if len(made) > 1 else np.ones_like(made[0])
        return made.mean(0), spread


def _as_series(y: Any, name: str) -> tuple[np.ndarray, int]:
    """(n, T, d) series, and the number of axes that came."""
    try:
        series = np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{name} is no array of numbers: give (T,), (T, d) or (n, T, d)") from error
    plain = series.ndim
    if plain not in (1, 2, 3) or not series.size:
        raise InvalidInput(f"{name} of shape {series.shape}: give (T,), (T, d) or (n, T, d)")
    if not np.isfinite(series).all():
        raise InvalidInput(f"{name} has NaN or infinite samples: fill the gaps first, e.g. with numpy.interp")
    return (series[None, :, None] if plain == 1 else series[None] if plain == 2 else series), plain
