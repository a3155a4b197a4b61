"""Processes that start at once: the one that they are forked from has imported what they need."""

import multiprocessing
import os
import socket
from multiprocessing.process import BaseProcess
from pathlib import Path

from subband.training.checkpoint import read_tensors

STATE = "training.safetensors"
FORKS = multiprocessing.get_context("forkserver")
# Optimizers import torch._dynamo, which takes as long as torch itself.
FORKS.set_forkserver_preload(["killed", "shared", "torch._dynamo", "torch.distributed.fsdp"])


def together(target, folder: Path, *args, **variables: str) -> list[BaseProcess]:
    """Two processes that know of each other what `accelerate launch` tells them, started."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), **variables}
    processes = []
    for rank in range(2):
        own = told | {"RANK": str(rank), "LOCAL_RANK": str(rank), "ACCELERATE_USE_CPU": "true"}
        processes.append(FORKS.Process(target=_told, args=(own, target, folder, *args)))
        processes[-1].start()
    return processes


def _told(variables: dict[str, str], target, *args) -> None:
    os.environ.update(variables)
    target(*args)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def done(folder: Path) -> int:
    """Steps in the state on disk; it can be read at any moment."""
    if not (folder / STATE).is_file():
        return 0
    return read_tensors(folder / STATE, names=())[1]["done"]
