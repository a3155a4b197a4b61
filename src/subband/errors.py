"""Every exception and warning that Subband raises.

A message says three things: what came, what is allowed, and what to type instead.
Each class also derives from the built-in error that a caller would guess, so `except ValueError` works.
"""


class SubbandError(Exception):
    """Base of all errors raised on purpose by Subband."""


class InvalidInput(SubbandError, ValueError):
    """An argument has a value, shape or combination that cannot be used."""


class UnknownKey(InvalidInput, KeyError):
    """A container of coefficients has no sub-band, path or statistic of this name."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show the message's repr


class UnsupportedArray(SubbandError, TypeError):
    """An array is of a library, dtype or layout that is not on the supported list."""


class DataError(SubbandError):
    """A data source is missing, empty, unreadable, or too small for what was asked."""


class UnreadableImage(DataError):
    """One file is not a readable image. Sources skip it and count it; they never stop for it.

    Attributes:
        reason: what is wrong, without the name of the file.
    """

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = message if reason is None else reason


class OutputError(SubbandError, OSError):
    """A folder or file can't be written, or holds something that would be lost."""


class BudgetError(SubbandError, ValueError):
    """The time or step budget is too small to do anything useful."""


class TrainingError(SubbandError, RuntimeError):
    """Training cannot go on, e.g. the loss is not finite."""


class ScanError(SubbandError, RuntimeError):
    """A scan can't go on; what it finished is kept."""


class CheckpointError(SubbandError):
    """A checkpoint is missing, truncated, or of another kind or version."""


class MissingDependency(SubbandError, ImportError):
    """An optional package is needed; the message names the extra that installs it."""


class SubbandWarning(UserWarning):
    """Base of all warnings raised on purpose by Subband."""


class SubbandDeprecation(SubbandWarning, DeprecationWarning):
    """A former spelling, which ends with the next release; the message says what to type now."""
