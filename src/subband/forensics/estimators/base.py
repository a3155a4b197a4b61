"""What detectors with scikit-learn's interface have in common, without importing scikit-learn."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from torch import Tensor

from subband.errors import InvalidInput
from subband.forensics.features.images import as_images, check_pixels
from subband.forensics.networks.predict import probabilities
from subband.forensics.networks.temperature import temperature

Images = np.ndarray | Sequence[np.ndarray]
"""(N, H, W, 3) uint8, or N pictures (H, W, 3) uint8 of different sizes."""

E = TypeVar("E", bound="ImageEstimator")

TOGETHER = 32  # images of one size per batch


class ImageEstimator(ABC):
    """Classifier of images: `fit`, `partial_fit`, `predict`, `predict_proba`, parameters as scikit-learn has them.

    Attributes:
        classes_: (K,) labels in the order of the columns of `predict_proba`, sorted.
        temperature_: of the probabilities; 1 until `calibrate`.
    """

    classes_: np.ndarray
    temperature_: float
    _estimator_type = "classifier"

    @abstractmethod
    def partial_fit(self: E, X: Images, y: Any, classes: Any = None) -> E:
        """Learn from a chunk of images; `classes` is needed in the first call, unless the chunk has all."""

    @abstractmethod
    def decision_function(self, X: Images) -> np.ndarray:
        """Logits, (N, K) float64, before the temperature."""

    @abstractmethod
    def _forget(self) -> None:
        """Drop all that was learnt."""

    def fit(self: E, X: Images, y: Any) -> E:
        """Learn from images and their labels, from the beginning.

        Raises:
            InvalidInput: no images, one class only, other shapes or dtypes, or as many labels as images are
                missing.
        """
        self._forget()
        return self.partial_fit(X, y, classes=np.unique(np.asarray(y)))

    def predict_proba(self, X: Images) -> np.ndarray:
        """Probabilities of the classes, (N, K).

        Raises:
            InvalidInput: not fitted, or see `decision_function`.
        """
        return probabilities(self.decision_function(X), self.temperature_)

    def predict(self, X: Images) -> np.ndarray:
        """The most likely class of each image, (N,)."""
        likely = self.decision_function(X).argmax(1)
        return self.classes_[likely]

    def score(self, X: Images, y: Any) -> float:
        """Share of the images whose class is predicted right."""
        return float((self.predict(X) == np.asarray(y)).mean())

    def calibrate(self: E, X: Images, y: Any) -> E:
        """Fit the temperature of the probabilities on images that were not learnt from.

        Raises:
            InvalidInput: a label that is no class.
        """
        index = self._index(y)
        self.temperature_ = temperature(self.decision_function(X), index)
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self: E, **params: Any) -> E:
        """Change arguments of the constructor.

        Raises:
            InvalidInput: an unknown name.
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise InvalidInput(
                    f"{type(self).__name__} has no parameter {name!r}: it has {', '.join(known)}"
                )
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            transformer_tags=None,
            classifier_tags=ClassifierTags(),
            regressor_tags=None,
            input_tags=InputTags(two_d_array=False, three_d_array=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classes_")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_params().items())})"

    def _begin(self, y: Any, classes: Any) -> np.ndarray:
        """Set the classes in the first call; the index of each label.

        Raises:
            InvalidInput: fewer than two classes, or other ones than before.
        """
        if classes is not None or not hasattr(self, "classes_"):
            named = np.unique(np.asarray(y if classes is None else classes))
            if len(named) < 2:
                raise InvalidInput(
                    f"{type(self).__name__} needs two or more classes, not {named.tolist()}: give all in classes="
                )
            if hasattr(self, "classes_") and not np.array_equal(named, self.classes_):
                raise InvalidInput(
                    f"the classes were {self.classes_.tolist()}, now {named.tolist()}: call fit to start anew"
                )
            self.classes_, self.temperature_ = named, 1.0
        return self._index(y)

    def _index(self, y: Any) -> np.ndarray:
        self._check_fitted()
        labels = np.asarray(y)
        index = np.searchsorted(self.classes_, labels).clip(max=len(self.classes_) - 1)
        if labels.ndim != 1 or not (self.classes_[index] == labels).all():
            raise InvalidInput(f"labels are a list of some of {self.classes_.tolist()}, not {labels!r:.80}")
        return index

    def _check_fitted(self) -> None:
        if not hasattr(self, "classes_"):
            raise InvalidInput(f"{type(self).__name__} is not fitted: call fit or partial_fit first")


def batches(X: Images, together: int = TOGETHER) -> Iterator[tuple[np.ndarray, Tensor]]:
    """Batches of images of one size, with their indices in X: (n,) and (n, 3, H, W) float32.

    Raises:
        InvalidInput, UnsupportedArray: not (N, H, W, 3) uint8 or a sequence of (H, W, 3) uint8.
    """
    if isinstance(X, np.ndarray) and X.ndim == 4:
        check_pixels(X)
        for start in range(0, len(X), together):
            yield np.arange(start, min(start + together, len(X))), as_images(X[start : start + together])
        return
    if isinstance(X, np.ndarray) or not len(X):
        raise InvalidInput("images are (N, H, W, 3) uint8, or a list of (H, W, 3) uint8, at least one")
    by_size: dict[tuple[int, ...], list[int]] = {}
    for k, picture in enumerate(X):
        check_pixels(np.asarray(picture)[None], "pictures")
        by_size.setdefault(picture.shape, []).append(k)
    for same in by_size.values():
        for start in range(0, len(same), together):
            chosen = same[start : start + together]
            yield np.array(chosen), as_images(np.stack([X[k] for k in chosen]))


def count_labels(X: Images, index: np.ndarray) -> None:
    """Refuse images and labels of different number.

    Raises:
        InvalidInput: they differ.
    """
    if len(X) != len(index):
        raise InvalidInput(f"{len(X)} images need as many labels, not {len(index)}")
