"""Convolutional networks that grow with their data, with scikit-learn's interface."""

from typing import Any, final

import numpy as np
import torch
from torch import nn

from subband.data.augment import Augmentation
from subband.errors import InvalidInput, TrainingError
from subband.forensics.detectors.detector import grid
from subband.forensics.estimators.base import ImageEstimator, Images, count_labels
from subband.forensics.features.images import as_images, check_pixels
from subband.forensics.networks.predict import logits_of
from subband.forensics.networks.registry import Classifier, Shape, build
from subband.forensics.networks.small import settle
from subband.forensics.training.treated import NAME, parameters_for

MOST = 16  # squares of a prediction
NORMALISED_ON = 256  # crops
SETTLED = 8  # batches for the statistics of batch normalisation after training
ROOM = 2  # least side of a picture that is treated, in crops


@final
class NetworkDetector(ImageEstimator):
    """One of `classifiers.DETECTORS` as an estimator. Each call of `partial_fit` makes some passes over its chunk.

    Pictures of any size are cut into squares at random places for training; a prediction is the mean of the
    logits of up to 16 squares on an even grid. The number of weights grows with the number of pictures, see
    `treated.parameters_for`.

    Args:
        kind: key of `classifiers.DETECTORS`.
        size: side of the squares in pixels.
        passes: over a chunk of images.
        batch: squares per step.
        rate: learning rate of AdamW.
        parameters: of the network; None grows with `images`.
        images: how many there will be in all; None for those of the first chunk.
        augmentation: random treatment of the pictures, which must be twice as large as a square; None cuts
            only. Its `size` is that of the detector.
        wavelet: of kinds on packets.
        level: of kinds on packets.
        seed: of initial weights, order, places and treatments.

    Attributes:
        classifier_: the network.
        losses_: cross-entropy of each step so far.

    Example:
        >>> import numpy as np
        >>> from subband.forensics.estimators import NetworkDetector
        >>> images = np.random.default_rng(0).integers(0, 256, (8, 20, 20, 3), dtype=np.uint8)
        >>> labels = ["real"] * 4 + ["GAN"] * 4
        >>> detector = NetworkDetector("linear on pixels", size=16, passes=2).fit(images, labels)
        >>> detector.classes_.tolist(), detector.predict(images).shape
        (['GAN', 'real'], (8,))
    """

    def __init__(
        self,
        kind: str = NAME,
        size: int = 96,
        passes: int = 10,
        batch: int = 32,
        rate: float = 1e-3,
        parameters: int | None = None,
        images: int | None = None,
        augmentation: Augmentation | None = None,
        wavelet: str = "haar",
        level: int = 3,
        seed: int = 0,
    ) -> None:
        self.kind, self.size, self.passes, self.batch, self.rate = kind, size, passes, batch, rate
        self.parameters, self.images, self.augmentation = parameters, images, augmentation
        self.wavelet, self.level, self.seed = wavelet, level, seed

    def partial_fit(self, X: Images, y: Any, classes: Any = None) -> "NetworkDetector":
        """Train on a chunk of images.

        Raises:
            InvalidInput: see `ImageEstimator.fit`, `classifiers.build`; or a picture smaller than a square.
            TrainingError: the loss became non-finite.
        """
        index = self._begin(y, classes)
        count_labels(X, index)
        pictures = self._checked(X)
        if not hasattr(self, "classifier_"):
            self._make(pictures)
        weights = torch.from_numpy(_balanced(index, len(self.classes_)))
        self.classifier_.train()
        for _ in range(self.passes):
            order = self._random.permutation(len(pictures))
            # A rest of one square would have no variance to normalise by.
            for start in range(0, max(len(order) - 1, 1), self.batch):
                chosen = order[start : start + self.batch]
                x = as_images(np.stack([self._cut(pictures[k]) for k in chosen]))
                target = torch.from_numpy(index[chosen])
                loss = nn.functional.cross_entropy(self.classifier_(x), target, weight=weights)
                if not torch.isfinite(loss):
                    raise TrainingError(
                        f"the loss is {loss.item()} after {len(self.losses_)} steps: lower rate={self.rate}"
                    )
                self._optimizer.zero_grad()
                loss.backward()
                self._optimizer.step()
                self.losses_.append(loss.item())
        again = self._random.integers(0, len(pictures), (SETTLED, self.batch))
        settle(
            self.classifier_, (as_images(np.stack([self._cut(pictures[k]) for k in row])) for row in again)
        )
        return self

    def decision_function(self, X: Images) -> np.ndarray:
        """Mean logits over the squares of each picture, (N, K) float64.

        Raises:
            InvalidInput: not fitted, or a picture smaller than a square.
        """
        self._check_fitted()
        found = []
        for picture in self._checked(X):
            places = grid(picture.shape[0], picture.shape[1], self.size, MOST)
            squares = [picture[top : top + self.size, left : left + self.size] for top, left in places]
            found.append(logits_of(self.classifier_, np.stack(squares)).mean(0))
        return np.stack(found)

    def _make(self, pictures: list[np.ndarray]) -> None:
        parameters = self.parameters or parameters_for(self.images or len(pictures))
        shape = Shape(self.size, len(self.classes_), self.level, self.wavelet, parameters)
        self._random = np.random.default_rng(self.seed)
        self.classifier_: Classifier = build(self.kind, shape, seed=self.seed)
        chosen = self._random.integers(0, len(pictures), NORMALISED_ON)
        self.classifier_.prepare(np.stack([self._cut(pictures[k]) for k in chosen]))
        self._optimizer = torch.optim.AdamW(self.classifier_.parameters(), lr=self.rate)
        self.losses_: list[float] = []

    def _cut(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        if self.augmentation is not None:
            return self.augmentation.draw(self._random, (ROOM * self.size, ROOM * self.size))(picture)
        top, left = (int(self._random.integers(n - self.size + 1)) for n in (height, width))
        square = picture[top : top + self.size, left : left + self.size]
        return square[:, ::-1] if self._random.random() < 0.5 else square

    def _checked(self, X: Images) -> list[np.ndarray]:
        pictures = list(X)
        if not pictures:
            raise InvalidInput("no images: give (N, H, W, 3) uint8, or a list of (H, W, 3) uint8")
        least = self.size * (1 if self.augmentation is None else ROOM)
        for picture in pictures:
            check_pixels(np.asarray(picture)[None], "pictures")
            if min(picture.shape[:2]) < least:
                raise InvalidInput(
                    f"a picture of {picture.shape[1]}×{picture.shape[0]} pixels is smaller than {least}: "
                    "use a smaller "
                    f"size than {self.size}"
                )
        if self.augmentation is not None and self.augmentation.size != self.size:
            raise InvalidInput(
                f"the augmentation makes squares of {self.augmentation.size}, size is {self.size}"
            )
        return pictures

    def _forget(self) -> None:
        for name in ("classes_", "temperature_", "classifier_", "losses_", "_optimizer", "_random"):
            if hasattr(self, name):
                delattr(self, name)


def _balanced(index: np.ndarray, classes: int) -> np.ndarray:
    """Weights with which all classes of a chunk weigh alike; 0 for those without images."""
    counts = np.bincount(index, minlength=classes)
    return np.where(counts > 0, len(index) / np.maximum(counts, 1) / (counts > 0).sum(), 0).astype(np.float32)
