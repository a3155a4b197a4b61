"""Scattering coefficients as a scikit-learn transformer."""

from itertools import product
from math import floor, log2, prod
from typing import Any, Self, final

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from subband.errors import InvalidInput
from subband.transforms.scattering import HarmonicScattering, JointScattering, Scattering

TOGETHER = 1 << 20
"""Input samples per batch, which bounds the memory of the moduli, about a hundred times as many."""


@final
class ScatteringFeatures(TransformerMixin, BaseEstimator):
    """Transformer from rows of flattened signals to rows of flattened scattering coefficients.

    Stateless; `fit` only validates the transform against the signals.

        make_pipeline(ScatteringFeatures(sb.Scattering(ndim=2, J=3), shape=(28, 28)), StandardScaler(), LinearSVC())

    Args:
        scattering: A `Scattering`, `JointScattering` or `HarmonicScattering` with averaged output. By default
            a `Scattering` with the largest J that leaves two averages along the shortest axis.
        shape: Number of samples of a signal along each axis; by default rows are one-dimensional signals.

    Attributes:
        scattering_: The transform.
        shape_: Shape of a signal.
        n_features_in_: Number of samples per row.
        feature_names_in_: Column names, if fitted on a data frame.

    Raises:
        InvalidInput: in `fit` and `transform`, for a shape that does not match the rows, or a transform of
            another rank, without average (average=False), or of another type.
        ValueError: for input that is not a finite numeric table.
    """

    def __init__(self, scattering: Any = None, shape: tuple[int, ...] | None = None) -> None:
        self.scattering = scattering
        self.shape = shape

    def fit(self, X: Any, y: Any = None) -> Self:
        """Validate the transform against (rows, samples) signals; `y` is ignored."""
        X = validate_data(self, X, dtype=[np.float64, np.float32])
        self.shape_ = (X.shape[1],) if self.shape is None else tuple(int(n) for n in self.shape)
        if prod(self.shape_) != X.shape[1]:
            raise InvalidInput(
                f"shape={self.shape_} needs rows of {prod(self.shape_)} samples, not {X.shape[1]}"
            )
        self.scattering_ = _largest(self.shape_) if self.scattering is None else self.scattering
        self._check_transform()
        self._out = tuple(self._transformed(X[:1]).shape[1:])
        return self

    def transform(self, X: Any) -> np.ndarray:
        """(rows, samples) signals → (rows, features) coefficients, path by path, of the dtype of `X`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        step = max(1, TOGETHER // prod(self.shape_))
        made = [self._transformed(X[i : i + step]) for i in range(0, len(X), step)]
        return np.concatenate(made).reshape(len(X), -1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names by order, path and output sample: "S2(3,1)[0]" is sample 0 of the path (3, 1)."""
        check_is_fitted(self)
        indices = [f"[{','.join(map(str, at))}]" if at else "" for at in product(*map(range, self._out[1:]))]
        return np.array([_name(path) + at for path in self.scattering_.paths for at in indices], dtype=object)

    def _check_transform(self) -> None:
        transform, rank = self.scattering_, len(self.shape_)
        expected = {Scattering: getattr(transform, "ndim", 1), JointScattering: 1, HarmonicScattering: 3}
        if type(transform) not in expected:
            raise InvalidInput(
                f"scattering={transform!r}: give a Scattering, a JointScattering or a HarmonicScattering"
            )
        if expected[type(transform)] != rank:
            raise InvalidInput(
                f"{transform} can't take signals of shape {self.shape_}: give shape=(…) to match"
            )
        if False in (getattr(transform, "average", True), getattr(transform, "average_fr", True)):
            raise InvalidInput("coefficients of many sizes make no table: give average=True or 'global'")

    def _transformed(self, X: np.ndarray) -> np.ndarray:
        """(rows, samples) → (rows, C, *out)."""
        return self.scattering_(X.reshape(len(X), *self.shape_)).array

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _largest(shape: tuple[int, ...]) -> Scattering:
    if min(shape) < 2 or len(shape) > 2:
        raise InvalidInput(
            f"no default transform for signals of {shape}, {prod(shape)} feature(s): give `scattering`, or "
            "signals of at least 2 samples along one or two axes"
        )
    return Scattering(ndim=len(shape), J=max(1, floor(log2(min(shape))) - 1))


def _name(path: Any) -> str:
    """ "S2(3,1)" of a tuple of filters; "S2(j=0-2,l=1,power=0.5)" of a path with fields."""
    if not hasattr(path, "_fields"):
        return f"S{len(path)}({','.join(map(str, path))})"
    fields = {name: value for name, value in path._asdict().items() if name != "order" and value != -1}
    shown = {k: "-".join(map(str, v)) if isinstance(v, tuple) else f"{v:g}" for k, v in fields.items()}
    return f"S{path.order}({','.join(f'{name}={value}' for name, value in shown.items())})"
