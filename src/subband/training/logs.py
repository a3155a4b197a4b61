"""Logging of training runs to TensorBoard."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from subband.errors import MissingDependency, SubbandWarning
from subband.runs.files import reason
from subband.training.loop import Report


class TensorBoard:
    """A hook that logs losses, gradient norms and learning rates; `tensorboard --logdir FOLDER` shows them.

    A resumed run writes into the same folder, and entries logged after its state are purged. A log that can't be
    written, as on a full disk, ends with a warning, and the training goes on.

    Args:
        folder: folder of the event files; created if missing.
        every: steps between two entries; the last step is always logged.

    Raises:
        MissingDependency: if tensorboard is not installed.

    Example:
        >>> from pathlib import Path
        >>> from subband.training import Report, TensorBoard
        >>> with TensorBoard("logs", every=1) as log:
        ...     log(Report(1, 10, {"main/loss": 0.5}, rate=1.0, left=9.0))
        >>> len(list(Path("logs").glob("events*")))
        1
    """

    def __init__(self, folder: str | Path, *, every: int = 10):
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingDependency('logs need tensorboard: pip install "subband[train]"') from error
        self._open = SummaryWriter
        self._writer: Any = None
        self._failed = False
        self.folder, self.every = Path(folder), every

    def __call__(self, report: Report) -> None:
        if report.step % self.every and not report.done:
            return
        with self._at(report.step) as writer:
            for name, value in report.values.items():
                writer.add_scalar(name, value, report.step)
            writer.add_scalar("speed/steps per second", report.rate, report.step)

    def image(self, step: int, name: str, pixels: np.ndarray) -> None:
        """Log an image, uint8 (H, W, 1 or 3)."""
        with self._at(step) as writer:
            writer.add_image(name, pixels, step, dataformats="HWC")

    def close(self) -> None:
        """Flush and close the event files."""
        with self._kept():
            if self._writer is not None:
                self._writer.close()

    def __enter__(self) -> "TensorBoard":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _at(self, step: int) -> Iterator[Any]:
        """A writer from this step on; one that takes everything and writes nothing once the log has failed."""
        with self._kept():
            if self._writer is None and not self._failed:
                self._writer = self._open(str(self.folder), purge_step=step)
        with self._kept():
            yield self._writer or _Deaf()

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Turn an OSError into a warning and the end of the log."""
        try:
            yield
        except OSError as error:
            self._writer, self._failed = None, True
            message = f"no log from here on: can't write into {self.folder}: {reason(error)}"
            warnings.warn(message, SubbandWarning, stacklevel=4)


class _Deaf:
    """In place of a writer whose disk is full."""

    def add_scalar(self, *_: Any) -> None: ...
    def add_image(self, *_: Any, **options: Any) -> None: ...
    def close(self) -> None: ...
