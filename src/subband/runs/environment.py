"""What the process is given: environment variables, and processors."""

import os

from subband.errors import InvalidInput


def whole_number(variable: str) -> int | None:
    """The whole number of 1 or more in an environment variable, None where it is not set or empty.

    Raises:
        InvalidInput: if it holds anything else.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise InvalidInput(
            f"{variable}={text!r} is no number: set it to a whole number of 1 or more, or unset it"
        )
    return int(text)


def cores() -> int:
    """Processors that this process may use; all of the machine's where the system keeps no such list."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
