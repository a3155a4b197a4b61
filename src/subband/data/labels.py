"""Labels as arrays hold them: which of their forms say without doubt what class an image is of."""

import numpy as np

from subband.errors import DataError


def class_names(labels: np.ndarray, count: int, name: str) -> list[str]:
    """The name of each image's class.

    Taken are a whole number, truth value or text for each image, (N,) or (N, 1), and one-hot rows, (N, classes)
    with one 1 and else 0 in each, of any type. Whole numbers are their own names.

    Args:
        labels: as read.
        count: N, the number of images.
        name: of the array, for messages.

    Raises:
        DataError: they are of another form; the message says how to bring them to one of these.
    """
    found = f"{name} is {labels.dtype} {labels.shape}"
    if labels.ndim not in (1, 2) or len(labels) != count:
        raise DataError(f"{found}: need one label for each of {count} images, of shape ({count},)")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        numeric = labels.dtype.kind in "biuf"
        if not numeric or not (((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all()):
            raise DataError(
                f"{found}, and no one-hot rows of one 1 and else 0: save one label for each image, e.g. "
                "y.argmax(axis=1) of probabilities"
            )
        labels = labels.argmax(axis=1)
    kind = labels.dtype.kind
    if kind in "biu":
        return [str(int(label)) for label in labels]
    texts = [bytes(label).decode(errors="replace") for label in labels] if kind == "S" else labels.tolist()
    if kind not in "SU":
        raise DataError(f"{found}: need whole numbers or text; save y.astype(int)")
    empty = next((k for k, text in enumerate(texts) if not text.strip()), None)
    if empty is not None:
        raise DataError(f"{found}, and the label of image {empty} is empty: name each class")
    return texts
