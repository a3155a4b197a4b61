"""Adversarial trainings that SIGKILL ends go on to the same bits: networks, optimizers, averages, pools, record."""

import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from learnable import labelled

from subband.data import Examples
from subband.generate import GENERATORS, TrainSettings, train_in_folder
from subband.training.checkpoint import read_tensors
from subband.training.state import STATE

# One process imports everything once, and each training is forked from it.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["pytest", "subband.generate.families", "subband.generate.run_folder"])
SAVED_ALWAYS = TrainSettings(steps=6, save_every=0, sheet_every=10**6)
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "gan": ("gan", {}),
    "dcgan": ("dcgan", {}),
    "cgan": ("cgan", {"augment": "diff"}),
    "transgan": ("transgan", {"augment": "ada"}),
    "stylegan3-B": ("stylegan3", {"configuration": "B", "augment": "ada"}),
    "stylegan3-T": ("stylegan3", {"augment": "ada", "every": 2}),
    "stylegan3-R": ("stylegan3", {"configuration": "R", "blurred": 0.9}),
    "cyclegan": ("cyclegan", {"pool": 6}),
}


def run(name: str, folder: Path, killed_at: int = 0) -> None:
    """Train in a folder on one thread; this process kills itself after a step, before that step is saved."""
    torch.set_num_threads(1)
    family, settings = FAMILIES[name]
    kind = GENERATORS[family]
    pixels = np.random.default_rng(0).integers(0, 256, (24, 16, 16, 3), dtype=np.uint8)
    examples = labelled(pixels) if kind.conditional else Examples(pixels)
    config = kind.configure(16, channels=3, classes=examples.classes, batch=4, **settings)

    def kill(done: int, *_: Any) -> None:
        if done == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    train_in_folder(
        kind, examples, config, SAVED_ALWAYS, folder, progress=kill,
        second=Examples(255 - pixels) if kind.domains == 2 else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        name if name in ("gan", "stylegan3-T") else pytest.param(name, marks=pytest.mark.slow)
        for name in FAMILIES
    ],
)
def test_a_training_that_was_killed_reaches_the_same_bits(name, tmp_path) -> None:
    run(name, tmp_path / "whole")
    process = FORKED.Process(target=run, args=(name, tmp_path / "killed", 4))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert read_tensors(tmp_path / "killed" / STATE)[1]["done"] == 3
    assert not (tmp_path / "killed" / "model.safetensors").exists()
    run(name, tmp_path / "killed")
    (ours, header), (theirs, expected) = (read_tensors(tmp_path / n / STATE) for n in ("killed", "whole"))
    assert header == expected
    assert ours.keys() == theirs.keys()
    assert [key for key in theirs if not torch.equal(ours[key], theirs[key])] == []
    # What a state is made of, so that nothing was left out of the comparison.
    own = {"cyclegan": ("model/pool_b", "model/filled"), "stylegan3-T": ("model/adaptive.",)}.get(name, ())
    for part in (
        "average 0/",
        "optimizer critic/",
        "optimizer generator/",
        "model/critic",
        "model/network.",
        *own,
    ):
        assert any(key.startswith(part) for key in theirs), part
    for file in ("model.safetensors", "config.json", "health.json"):
        assert (tmp_path / "killed" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    record = json.loads((tmp_path / "killed" / "health.json").read_text())
    assert {"generator/spread", "critic/margin"} <= set(record["means"])
