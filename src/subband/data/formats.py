"""Numbers that describe a file without its picture: what the format-only control classifier is given."""

from collections.abc import Sequence

import numpy as np

from subband.data.images import FORMATS, FileFacts
from subband.errors import InvalidInput

CONTAINERS = (*FORMATS, "array", "other")
QUANTISATION_ENTRIES = 64

# The columns of `format_features`, in order.
FORMAT_FEATURES = (
    "bytes",
    "width",
    "height",
    "aspect",
    *(f"container {name}" for name in CONTAINERS),
    *(f"quantisation {i // 8},{i % 8}" for i in range(QUANTISATION_ENTRIES)),
)


def format_features(facts: Sequence[FileFacts]) -> np.ndarray:
    """Feature matrix of files: length, width, height, aspect, container (one-hot), JPEG luminance table.

    A classifier on these alone must be at chance before any accuracy on the pictures means something: many
    sets of "real and generated" images are told apart by their file format (Grommelt et al., "Fake or JPEG?",
    2024, arXiv:2403.17608).

    Args:
        facts: of N files.

    Returns:
        (N, F) float64, unscaled; column i is FORMAT_FEATURES[i].

    Raises:
        InvalidInput: no files, or a quantisation table that has not 64 entries.
    """
    if not len(facts):
        raise InvalidInput("format_features needs at least one FileFacts")
    # Thousands of crops share a handful of facts.
    distinct = {fact: i for i, fact in enumerate(dict.fromkeys(facts))}
    rows = np.array([_row(fact) for fact in distinct])
    return rows[[distinct[fact] for fact in facts]]


def _row(fact: FileFacts) -> list[float]:
    if len(fact.quantisation) not in (0, QUANTISATION_ENTRIES):
        raise InvalidInput(
            f"a quantisation table has 64 entries or is empty, this one has {len(fact.quantisation)}"
        )
    container = fact.container if fact.container in CONTAINERS else "other"
    return [
        fact.bytes,
        fact.width,
        fact.height,
        fact.width / fact.height,
        *(float(container == name) for name in CONTAINERS),
        *(fact.quantisation or (0,) * QUANTISATION_ENTRIES),
    ]
