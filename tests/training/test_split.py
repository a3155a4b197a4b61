"""Who asks for split weights, and what is refused. What they train is in test_processes.py."""

from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType
from torch import nn

from subband.errors import InvalidInput
from subband.training import Trainable, fit
from subband.training.sharding import blocks_asked, is_asked

TOLD = {"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2", "FSDP_OFFLOAD_PARAMS": "false"}


class Two(Trainable):
    def __init__(self):
        super().__init__()
        self.lines = nn.Sequential(nn.Linear(1, 1), nn.Tanh(), nn.Linear(1, 1))

    def optimizers(self):
        return {"main": torch.optim.SGD(self.parameters(), 0.1)}

    def step(self, batch, k):
        return {"loss": self.lines(batch).square().mean()}


@pytest.fixture
def told(monkeypatch):
    for name, value in TOLD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def kind(kind: DistributedType):
    return SimpleNamespace(distributed_type=kind)


@pytest.mark.parametrize("device", [DistributedType.FSDP, DistributedType.MULTI_CPU])
def test_asked_by_the_launcher_of_many_processes(told, device):
    assert is_asked(kind(device))
    assert not is_asked(kind(DistributedType.NO))
    told.delenv("ACCELERATE_USE_FSDP")
    assert not is_asked(kind(device))


@pytest.mark.parametrize("other", [DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM])
def test_other_ways_of_splitting_are_refused(other):
    with pytest.raises(InvalidInput, match=r"--use_fsdp --fsdp_version 2 \(split\)"):
        is_asked(kind(other))


def test_fsdp_1_and_what_nobody_does_are_refused(told):
    told.setenv("FSDP_OFFLOAD_PARAMS", "true")
    with pytest.raises(InvalidInput, match="--fsdp_offload_params: leave it out"):
        is_asked(kind(DistributedType.FSDP))
    told.setenv("FSDP_VERSION", "1")
    with pytest.raises(InvalidInput, match="FSDP 1"):
        is_asked(kind(DistributedType.FSDP))


def test_blocks_are_classes_of_the_model_with_weights(monkeypatch):
    assert blocks_asked(Two()) == set()
    monkeypatch.setenv("FSDP_TRANSFORMER_CLS_TO_WRAP", "Linear, Sequential")
    assert blocks_asked(Two()) == {"Linear", "Sequential"}
    monkeypatch.setenv("FSDP_TRANSFORMER_CLS_TO_WRAP", "Tanh,Linear")
    with pytest.raises(InvalidInput, match=r"by Tanh .* this model has Linear, Sequential, Two"):
        blocks_asked(Two())


def test_no_blocks_where_a_loss_holds_a_gradient(monkeypatch):
    class Penalised(Two):
        gradient_in_loss = True

    assert blocks_asked(Penalised()) == set()
    monkeypatch.setenv("FSDP_TRANSFORMER_CLS_TO_WRAP", "Linear")
    with pytest.raises(InvalidInput, match="leave --fsdp_transformer_layer_cls_to_wrap out"):
        blocks_asked(Penalised())


def test_processes_that_do_not_know_of_each_other_are_refused(monkeypatch):
    """Each would train the whole run, into the same folder."""
    Accelerator()  # finds one process, and is asked no more
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "0")
    with pytest.raises(InvalidInput, match="ACCELERATE_USE_CPU=true"):
        fit(Two(), lambda k: torch.ones(1, 1), steps=1, seed=0)
