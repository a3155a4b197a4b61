"""Environment variables and available processors."""

import os

from subband.errors import InvalidInput


def whole_number(variable: str) -> int | None:
    """Value of an environment variable as a positive integer; None if unset or empty.

    Raises:
        InvalidInput: any other value.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise InvalidInput(
            f"{variable}={text!r} is invalid: set it to a whole number of 1 or more, or unset it"
        )
    return int(text)


def cores() -> int:
    """Number of processors available to this process; of the machine if the system has no CPU affinity."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
