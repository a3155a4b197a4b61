"""Checkpoints: round trips, atomic writes, and every way in which a folder can be wrong."""

import json
import os
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from subband.errors import CheckpointError, InvalidInput, OutputError
from subband.training import fill, load_checkpoint, read_config, save_checkpoint


@dataclass(frozen=True)
class Settings:
    width: int
    levels: tuple[int, ...] = (1, 2)

    def __post_init__(self):
        if self.width < 1:
            raise InvalidInput(f"width={self.width} must be 1 or more")


TENSORS = {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.tensor([True])}


@pytest.fixture
def folder(tmp_path):
    save_checkpoint(tmp_path / "deep" / "model", "toy", Settings(4), TENSORS)
    return tmp_path / "deep" / "model"


def test_round_trip(folder):
    found = load_checkpoint(folder, "toy")
    assert found.kind == "toy"
    assert read_config(Settings, found.config) == Settings(4)
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in TENSORS.items())
    assert sorted(os.listdir(folder)) == ["config.json", "model.safetensors"]
    assert json.loads((folder / "config.json").read_text())["config"] == {"width": 4, "levels": [1, 2]}


def test_saving_again_replaces_and_a_failed_save_leaves_the_old_one(folder, monkeypatch):
    save_checkpoint(folder, "toy", Settings(5), TENSORS)
    assert load_checkpoint(folder).config["width"] == 5

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match="disk full"):
        save_checkpoint(folder, "toy", Settings(6), {})
    assert load_checkpoint(folder).config["width"] == 5
    assert sorted(os.listdir(folder)) == ["config.json", "model.safetensors"]


def test_a_save_cut_off_between_its_files_leaves_the_old_model(folder, monkeypatch):
    replace = os.replace

    def cut(source, target):
        if str(target).endswith("safetensors"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", cut)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(folder, "toy", Settings(9), {})
    found = load_checkpoint(folder)
    assert found.config["width"] == 4
    assert set(found.tensors) == {"a", "b"}


@pytest.mark.parametrize("width", [5, 444], ids=["as long a header", "a longer one"])
@pytest.mark.parametrize("names", [["a", "b"], ["b"]], ids=["as many tensors", "fewer"])
def test_one_that_is_replaced_while_it_is_read_is_the_new_one(folder, monkeypatch, width, names):
    """safetensors opens the file twice: for the header and for the tensors."""
    tensors = {name: TENSORS[name].flip(0) for name in names}
    map_file = torch.UntypedStorage.from_file

    def replaced_first(*args, **kwargs):
        monkeypatch.undo()
        save_checkpoint(folder, "toy", Settings(width), tensors)
        return map_file(*args, **kwargs)

    monkeypatch.setattr(torch.UntypedStorage, "from_file", replaced_first)
    found = load_checkpoint(folder)
    assert found.config["width"] == width
    assert found.tensors.keys() == set(names)
    assert all(torch.equal(found.tensors[name], tensors[name]) for name in names)


def test_missing(tmp_path):
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("kept", [0, 5, 100, -1])
def test_truncated(folder, kept):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="truncated"):
        load_checkpoint(folder)


def test_foreign_files(tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="not written by Subband"):
        load_checkpoint(tmp_path)
    torch.save({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        load_checkpoint(tmp_path)


def test_of_another_kind_or_version(folder, monkeypatch):
    with pytest.raises(CheckpointError, match="holds 'toy', not 'gan'"):
        load_checkpoint(folder, "gan")
    monkeypatch.setattr("subband.training.checkpoint.FORMAT", 2)
    save_checkpoint(folder, "toy", Settings(4), TENSORS)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="format 2; this version reads 1"):
        load_checkpoint(folder)


def test_a_setting_that_came_later_has_its_default():
    assert read_config(Settings, {"width": 1}) == Settings(1, (1, 2))


@pytest.mark.parametrize("config", [{}, {"levels": [1]}, {"width": 1, "levels": [1], "depth": 2}])
def test_settings_that_do_not_fit(config):
    with pytest.raises(CheckpointError, match="differ"):
        read_config(Settings, config)


def test_settings_that_are_impossible():
    with pytest.raises(CheckpointError, match="width=0"):
        read_config(Settings, {"width": 0, "levels": [1]})


def test_weights_that_do_not_fit():
    with pytest.raises(CheckpointError, match="don't fit"):
        fill(nn.Linear(2, 2), {"weight": torch.zeros(2, 2)})


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't write"):
        save_checkpoint(tmp_path / "file" / "model", "toy", Settings(1), {})
