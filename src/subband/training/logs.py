"""Logging of training runs to TensorBoard."""

from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from subband.errors import MissingDependency
from subband.training.loop import Report


class TensorBoard:
    """A hook that logs losses, gradient norms and learning rates; `tensorboard --logdir FOLDER` shows them.

    A resumed run writes into the same folder, and entries logged after its state are purged.

    Args:
        folder: folder of the event files; created if missing.
        every: steps between two entries; the last step is always logged.

    Raises:
        MissingDependency: if tensorboard is not installed.
    """

    def __init__(self, folder: str | Path, *, every: int = 10):
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingDependency('logs need tensorboard: pip install "subband[train]"') from error
        self._open = SummaryWriter
        self._writer: Any = None
        self.folder, self.every = Path(folder), every

    def __call__(self, report: Report) -> None:
        writer = self._at(report.step)
        if report.step % self.every == 0 or report.done:
            for name, value in report.values.items():
                writer.add_scalar(name, value, report.step)
            writer.add_scalar("speed/steps per second", report.rate, report.step)

    def image(self, step: int, name: str, pixels: np.ndarray) -> None:
        """Log an image, uint8 (H, W, 1 or 3)."""
        self._at(step).add_image(name, pixels, step, dataformats="HWC")

    def close(self) -> None:
        """Flush and close the event files."""
        if self._writer is not None:
            self._writer.close()

    def __enter__(self) -> "TensorBoard":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _at(self, step: int) -> Any:
        if self._writer is None:
            self._writer = self._open(str(self.folder), purge_step=step)
        return self._writer
