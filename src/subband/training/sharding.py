"""Sharded training: FSDP 2, `torch.distributed.fsdp.fully_shard`.

Each process keeps a shard of every weight, with its gradient, optimizer moments and averages, as a DTensor. A
step gathers the weights and scatters the gradients. The modules of the caller and saved files hold whole
tensors.
"""

import copy
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.training.average import PowerAverage
from subband.training.task import Trainable

if TYPE_CHECKING:
    from accelerate import Accelerator

# Values of `accelerate.utils.DistributedType`, which takes long to import.
_OTHERS = ("DEEPSPEED", "MEGATRON_LM")
_UNREAD = (
    "FSDP_OFFLOAD_PARAMS",
    "FSDP_ACTIVATION_CHECKPOINTING",
)  # variables of the launcher that are not supported


def is_asked(accelerator: "Accelerator") -> bool:
    """Whether the launcher requests sharding: `accelerate launch --use_fsdp --fsdp_version 2`.

    Read from the launcher's environment variables, as Accelerate disables FSDP where there are only CPUs.

    Raises:
        InvalidInput: if it requests another kind of sharding, or unsupported options of FSDP.
    """
    instead = "launch with --multi_gpu (weights whole on each process) or --use_fsdp --fsdp_version 2 (split)"
    if accelerator.distributed_type in _OTHERS:
        raise InvalidInput(f"can't train with {accelerator.distributed_type.value}: {instead}")
    if os.environ.get("ACCELERATE_USE_FSDP") != "true" or accelerator.distributed_type == "NO":
        return False
    if os.environ.get("FSDP_VERSION", "1") != "2":
        raise InvalidInput(f"can't train with FSDP 1: {instead}")
    for name in _UNREAD:
        if os.environ.get(name, "false").lower() == "true":
            raise InvalidInput(f"can't train with --{name.lower()}: leave it out")
    return True


def blocks_asked(model: Trainable) -> set[str]:
    """Names of the module classes that are sharded as units, whose weights are gathered only while they run.

    Raises:
        InvalidInput: if the model has no such modules, or its loss contains gradients: the first backward
            pass frees the gathered weights of a block, which the second needs.
    """
    named = {name.strip() for name in os.environ.get("FSDP_TRANSFORMER_CLS_TO_WRAP", "").split(",")} - {""}
    known = {type(module).__name__ for module in model.modules() if any(True for _ in module.parameters())}
    if named - known:
        raise InvalidInput(
            f"can't gather weights by {', '.join(sorted(named - known))} (--fsdp_transformer_layer_cls_to_wrap): "
            f"this model has {', '.join(sorted(known))}"
        )
    if named and model.gradient_in_loss:
        raise InvalidInput(
            f"can't gather weights by blocks for {type(model).__name__}, whose loss holds a gradient: "
            "leave --fsdp_transformer_layer_cls_to_wrap out"
        )
    return named


class Split:
    """Sharded copies of a model and of its averages; the original modules keep whole tensors.

    Args:
        model: the model.
        averages: averages of (parts of) it.
        turn: module class that wraps the model's step.
        accelerator: Accelerate's process state.

    Attributes:
        model: the sharded copy, which is trained.
        averages: the sharded copies of the averages, which follow it.
        turn: the wrapped step, which gathers weights before a pass and reduces gradients after it.

    Raises:
        InvalidInput: if a parameter is 0-dimensional, which can't be sharded, or the block classes that the
            launcher names don't suit the model.
    """

    def __init__(
        self,
        model: Trainable,
        averages: Sequence[PowerAverage],
        turn: type[nn.Module],
        accelerator: "Accelerator",
    ):
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        single = [name for name, weight in model.named_parameters() if weight.ndim == 0]
        if single:
            raise InvalidInput(
                f"can't split weights without axes ({', '.join(single)}) over processes: launch with --multi_gpu"
            )
        self._given = [model, *(average.module for average in averages)]
        for module in self._given:
            module.to("cpu")  # the device's memory is for the copies
        self.device = accelerator.device
        # One deepcopy, so that the copied averages refer to the copied model.
        self.model, self.averages = copy.deepcopy((model, list(averages)))
        blocks = blocks_asked(self.model)
        mesh = init_device_mesh(self.device.type, (accelerator.num_processes,))
        self.turn = turn(self.model)  # on the CPU: `fully_shard` moves block by block to the device
        for block in reversed(
            [m for m in self.model.modules() if type(m).__name__ in blocks]
        ):  # inner ones first
            fully_shard(block, mesh=mesh)
        fully_shard(self.turn, mesh=mesh)
        for average in self.averages:
            fully_shard(average.module, mesh=mesh)
        saved = self.model.state_dict()
        self._buffers = [name for name, _ in self.model.named_buffers() if name in saved]

    def begin(self, *, last: bool) -> None:
        """Prepare a forward pass; gradients are reduced over the processes only in the last one of an update.

        Buffers of the main process are broadcast, as under DDP: running statistics are of its part of the
        batch, and only these are saved.
        """
        self.turn.set_requires_gradient_sync(last)  # type: ignore[operator]  # fully_shard added it
        for name in self._buffers:
            torch.distributed.broadcast(self.model.get_buffer(name), src=0)

    def gather(self, *, keep: bool) -> None:
        """Gather weights and averages, into the original modules where `keep`; a collective call."""
        for given, held in zip(self._given, (self.model, *(a.module for a in self.averages)), strict=True):
            tensors = gathered(held.state_dict(), keep=keep)
            if keep:
                given.load_state_dict(tensors)

    @contextmanager
    def shown(self, *, keep: bool) -> Iterator[None]:
        """Context manager: the original modules with the current gathered weights, on the device, if `keep`."""
        self.gather(keep=keep)
        for module in self._given if keep else ():
            module.to(self.device)
        try:
            yield
        finally:
            for module in self._given if keep else ():
                module.to("cpu")

    def give_back(self) -> None:
        """Gather the weights into the original modules on every process, and move these to its device."""
        self.gather(keep=True)
        for module in self._given:
            module.to(self.device)


def gathered(tensors: Mapping[str, Tensor], *, keep: bool) -> dict[str, Tensor]:
    """Whole tensors in CPU memory, gathered one at a time; a collective call if they are sharded.

    Returns:
        The tensors by name; empty where `keep` is False.
    """
    result = {}
    for name, tensor in tensors.items():
        complete = whole(tensor)
        if keep:
            result[name] = complete.cpu()
    return result


def whole(tensor: Tensor) -> Tensor:
    """The whole tensor, on its device; a collective call if it is sharded."""
    from torch.distributed.tensor import DTensor

    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def like(value: Tensor, present: Tensor | None) -> Tensor:
    """`value`, sharded like `present` if that is a DTensor of the same shape and `value` is not one."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if not isinstance(present, DTensor) or isinstance(value, DTensor) or value.shape != present.shape:
        return value
    value = value.to(device=present.device, dtype=present.dtype)
    # Every process has read the whole tensor, so no communication is needed.
    return distribute_tensor(value, present.device_mesh, present.placements, src_data_rank=None)
