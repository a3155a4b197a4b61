"""Models of transformers and diffusers with all their weights: those libraries only log that some are missing."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from subband.errors import CheckpointError


def load_whole(kind: Any, name: str | Path, *, called: str | None = None, **options: Any) -> Any:
    """Load a model of transformers from safetensors, in silence.

    Args:
        kind: class of the model.
        name: on the Hub, or a folder.
        called: what errors call it; the name by default.
        options: for `kind.from_pretrained`.

    Raises:
        CheckpointError: it can't be read, or weights are missing.
    """
    called = str(called or name)
    with reading(called), _without_progress(), messages_of("transformers", shown=False):
        model, info = kind.from_pretrained(name, use_safetensors=True, output_loading_info=True, **options)
    if missing := sorted(info["missing_keys"]):
        some = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        raise CheckpointError(f"can't load {called}: weights are missing from its files: {some}")
    return model


@contextmanager
def reading(called: str) -> Iterator[None]:
    """Context manager: what transformers raises for files that it can't read becomes a `CheckpointError`.

    Args:
        called: what was to be read.
    """
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"can't load {called}: {' '.join(str(error).split())[:300]}") from error


@contextmanager
def messages_of(*libraries: str, shown: bool = True) -> Iterator[list[str]]:
    """Context manager: what libraries log from warnings up, even where their user set them to log less.

    Args:
        libraries: names of their loggers.
        shown: whether the messages are then logged as their user set it, or not at all.
    """
    caught: list[logging.LogRecord] = []
    found: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            caught.append(record)
            found.append(" ".join(record.getMessage().split()))

    loggers = [logging.getLogger(name) for name in libraries]
    before = [(logger, logger.level, logger.propagate, logger.handlers) for logger in loggers]
    disabled = logging.root.manager.disable
    logging.disable(logging.NOTSET)
    for logger in loggers:
        logger.handlers, logger.propagate = [Listener()], False
        logger.setLevel(logging.WARNING)
    try:
        yield found
    finally:
        logging.disable(disabled)
        for logger, level, propagate, handlers in before:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)
        for record in caught if shown else ():
            if (logger := logging.getLogger(record.name)).isEnabledFor(record.levelno):
                logger.handle(record)


@contextmanager
def _without_progress() -> Iterator[None]:
    from transformers.utils import logging as progress

    enabled = progress.is_progress_bar_enabled()
    progress.disable_progress_bar()
    try:
        yield
    finally:
        if enabled:
            progress.enable_progress_bar()
