"""Responses of one brain to pictures: training and test sets, their noise ceiling, and lines of equal length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from subband.errors import DataError, InvalidInput


@dataclass(frozen=True, eq=False)
class BrainRecording:
    """Voxels of one subject and the pictures that were seen.

    Attributes:
        subject: its name.
        voxels: (N, V) float32 training responses, each voxel of mean 0 and variance 1.
        images: (N, size, size, 3 or 1) uint8 pictures of these.
        test_voxels: (M, V) responses to test pictures, averaged over repetitions, in the same units.
        test_images: (M, size, size, 3 or 1) uint8.

    Raises:
        InvalidInput: shapes that do not go together, or NaN.

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import BrainRecording
        >>> voxels, images = np.zeros((10, 4), np.float32), np.zeros((10, 8, 8, 3), np.uint8)
        >>> recording = BrainRecording("sbj_1", voxels, images, test_voxels=voxels[:2], test_images=images[:2])
        >>> len(recording.voxels), len(recording.test_images)
        (10, 2)
    """

    subject: str
    voxels: np.ndarray
    images: np.ndarray
    test_voxels: np.ndarray
    test_images: np.ndarray

    def __post_init__(self) -> None:
        for name, voxels, images in (
            ("training", self.voxels, self.images),
            ("test", self.test_voxels, self.test_images),
        ):
            check_voxels(voxels, f"{name} responses of {self.subject}")
            if images.ndim != 4 or images.dtype != np.uint8 or len(images) != len(voxels):
                raise InvalidInput(
                    f"{len(voxels)} {name} responses of {self.subject} need as many uint8 pictures (N, "
                    f"size, size, C), not {images.dtype} of shape {images.shape}"
                )
        if self.voxels.shape[1] != self.test_voxels.shape[1]:
            raise InvalidInput(
                f"training and test responses of {self.subject} have {self.voxels.shape[1]} and "
                f"{self.test_voxels.shape[1]} voxels: they must be the same voxels"
            )


def check_voxels(voxels: np.ndarray, name: str = "voxels") -> None:
    """Raise InvalidInput unless responses are finite numbers (N, V).

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import check_voxels
        >>> from subband.errors import InvalidInput
        >>> check_voxels(np.ones((3, 4)))
        >>> try:
        ...     check_voxels(np.array([[0.1, np.nan]]), "responses of CSI1")
        ... except InvalidInput as error:
        ...     print(str(error).partition(" (")[0])
        responses of CSI1 have NaN or infinite values in 1 of 2 voxels
    """
    if voxels.ndim != 2 or not voxels.size or voxels.dtype.kind != "f":
        raise InvalidInput(f"{name} are floats (N, V), not {voxels.dtype} of shape {voxels.shape}")
    wrong = ~np.isfinite(voxels).all(axis=0)
    if wrong.any():
        raise InvalidInput(
            f"{name} have NaN or infinite values in {int(wrong.sum())} of {voxels.shape[1]} voxels (the "
            f"first is {int(wrong.argmax())}): leave these voxels out, voxels[:, "
            "numpy.isfinite(voxels).all(0)]"
        )


def pad_voxels(voxels: np.ndarray, patch: int, length: int | None = None) -> np.ndarray:
    """Repeat the first voxels at the end, up to a multiple of `patch`, or up to `length`.

    Args:
        voxels: (N, V).
        patch: numbers in a patch.
        length: a multiple of `patch`, at least V; None for the next one.

    Raises:
        InvalidInput: a length that is too short or no multiple.

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import pad_voxels
        >>> pad_voxels(np.array([[1.0, 2.0, 3.0]]), 2).tolist()
        [[1.0, 2.0, 3.0, 1.0]]

    Source: Chen et al. 2023, supplementary material: padding by wrapping round.
    """
    count = voxels.shape[1]
    target = -(-count // patch) * patch if length is None else length
    if target < count or target % patch:
        raise InvalidInput(
            f"can't pad {count} voxels to {target}: give a multiple of patch={patch} that is no shorter"
        )
    return np.pad(voxels, ((0, 0), (0, target - count)), mode="wrap")


def stack_subjects(responses: Sequence[np.ndarray], patch: int | None = None) -> np.ndarray:
    """Responses of several subjects, one after another, for training on all of them.

    Args:
        responses: (N, V) of each subject.
        patch: numbers in a patch: all are padded to one length, a multiple of it; None takes only equal numbers of
            voxels.

    Returns:
        (sum of N, length).

    Raises:
        InvalidInput: no subject, NaN, or subjects with different numbers of voxels and no patch.

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import stack_subjects
        >>> stack_subjects([np.ones((10, 7)), np.ones((5, 6))], patch=4).shape
        (15, 8)
    """
    if not responses:
        raise InvalidInput("no subjects to stack: give the responses of at least one")
    for k, voxels in enumerate(responses):
        check_voxels(voxels, f"voxels of subject {k + 1}")
    counts = [voxels.shape[1] for voxels in responses]
    if patch is None:
        if len(set(counts)) > 1:
            raise InvalidInput(
                f"can't stack subjects with {', '.join(map(str, counts))} voxels, which are not the same "
                "places: give patch= to pad them to one length, or train on one subject"
            )
        return np.concatenate(responses)
    length = -(-max(counts) // patch) * patch
    return np.concatenate([pad_voxels(voxels, patch, length) for voxels in responses])


def standardised(training: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with each voxel's mean and deviation of the training set taken out, float32; silent voxels become 0."""
    mean, deviation = training.mean(axis=0), training.std(axis=0)
    deviation = np.where(deviation > 0, deviation, np.inf)
    return tuple(((x - mean) / deviation).astype(np.float32) for x in (training, test))  # type: ignore[return-value]


def without_missing(training: np.ndarray, test: np.ndarray, missing: str, subject: str) -> list[np.ndarray]:
    """Both without voxels that are NaN somewhere, if `missing` is "drop".

    Raises:
        InvalidInput: another `missing`.
        DataError: missing="error" and some are NaN, or no voxel is left.
    """
    if missing not in ("error", "drop"):
        raise InvalidInput(f"can't treat missing voxels by {missing!r}: take 'error' or 'drop'")
    good = np.asarray(np.isfinite(training).all(axis=0) & np.isfinite(test).all(axis=0))
    if missing == "error" and not good.all():
        raise DataError(
            f"{int((~good).sum())} of {len(good)} voxels of {subject} have NaN or infinite values: read "
            "with missing='drop' to leave them out"
        )
    if not good.any():
        raise DataError(f"no voxel of {subject} is finite in all trials")
    return [training[:, good], test[:, good]]


def noise_ceiling(repeated: np.ndarray) -> np.ndarray:
    """Estimate, from repetitions, the correlation of mean responses with what a perfect model would predict.

    With variance N of single responses around their mean and variance S of the means without noise, it is
    sqrt(S / (S + N / repetitions)); S is what the variance of the means exceeds N / repetitions by.

    Args:
        repeated: (repetitions, pictures, V), at least 2 of both.

    Returns:
        (V,) correlations from 0 to 1.

    Raises:
        InvalidInput: too few repetitions or pictures, or NaN.

    Source: Allen et al. 2022, "A massive 7T fMRI dataset", noise ceiling in methods; Lage-Castellanos et al. 2019.

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import noise_ceiling
        >>> random = np.random.default_rng(0)
        >>> signal = random.normal(size=(1, 2000, 2)) * np.array([1.0, 0.0])  # the second voxel has noise only
        >>> noise_ceiling(signal + random.normal(size=(4, 2000, 2))).round(1).tolist()
        [0.9, 0.1]
    """
    if repeated.ndim != 3 or min(repeated.shape[:2]) < 2:
        raise InvalidInput(
            f"can't estimate a ceiling from {repeated.shape}: give (repetitions, pictures, V), 2 or more of "
            "the first two"
        )
    check_voxels(repeated.reshape(-1, repeated.shape[2]), "repetitions")
    m = len(repeated)
    noise = repeated.var(axis=0, ddof=1).mean(axis=0)
    total = repeated.mean(axis=0).var(axis=0, ddof=1)
    signal = np.maximum(total - noise / m, 0)
    return np.sqrt(signal / np.maximum(signal + noise / m, np.finfo(float).tiny))
