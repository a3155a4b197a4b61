"""kymatio's transforms for scikit-learn: `from subband.compat.kymatio.sklearn import Scattering2D`."""

from inspect import signature
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from subband.compat.kymatio.joint import Joint
from subband.compat.kymatio.line import Line
from subband.compat.kymatio.numpy import NumPyFlavour
from subband.compat.kymatio.plane import Plane
from subband.compat.kymatio.space import Space

__all__ = ["HarmonicScattering3D", "Scattering1D", "Scattering2D", "TimeFrequencyScattering"]


class SklearnFlavour(TransformerMixin, BaseEstimator, NumPyFlavour):
    """Stateless transformer from rows of flattened signals to rows of coefficients."""

    shape: tuple[int, ...]
    _given: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        # Attributes hold processed arguments, as in kymatio; clones need the original ones.
        made = super().__new__(cls)
        if args or kwargs:
            bound = signature(cls.__init__).bind(made, *args, **kwargs)
            bound.apply_defaults()
            made._given = {name: value for name, value in bound.arguments.items() if name != "self"}
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The original constructor arguments, by name."""
        return dict(self._given)

    def set_params(self, **params: Any) -> Self:
        """Reinitialise the transformer with changed arguments."""
        if unknown := set(params) - set(self._given):
            raise ValueError(f"Invalid parameters {sorted(unknown)}: give some of {sorted(self._given)}")
        self._given = self._given | params
        self.__init__(**self._given)
        return self

    def fit(self, x: Any = None, y: Any = None) -> Self:
        """No-op."""
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        """(rows, samples) flattened signals → (rows, coefficients) flattened coefficients."""
        rows = x.shape[0]
        return self.scattering(x.reshape(-1, *self.shape)).reshape(rows, -1)

    def transform(self, x: np.ndarray) -> np.ndarray:
        """Alias of `predict`."""
        return self.predict(x)


class Scattering1D(SklearnFlavour, Line):
    """Scattering of rows of N samples."""


class Scattering2D(SklearnFlavour, Plane):
    """Scattering of rows of M·N pixels."""

    noun = "array"


class HarmonicScattering3D(SklearnFlavour, Space):
    """Solid harmonic scattering of rows of M·N·O voxels."""


class TimeFrequencyScattering(SklearnFlavour, Joint):
    """Joint time–frequency scattering of rows of N samples."""
