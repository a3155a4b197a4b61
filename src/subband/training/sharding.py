"""Weights split over processes: FSDP 2, `torch.distributed.fsdp.fully_shard`.

Each process keeps a slice of every weight, with its gradient, its moments and its averages, as a DTensor. A step
gathers the weights, and hands each process its slice of the gradient. What people hold, see and save stays whole.
"""

import copy
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.training.average import PowerAverage
from subband.training.task import Trainable

_OTHERS = (DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM)
_UNREAD = (
    "FSDP_OFFLOAD_PARAMS",
    "FSDP_ACTIVATION_CHECKPOINTING",
)  # what the launcher says and nobody here does


def is_asked(accelerator: Accelerator) -> bool:
    """Whether the launcher asks for split weights: `accelerate launch --use_fsdp --fsdp_version 2`.

    Accelerate takes FSDP off again where there are only CPUs, so its launcher is asked by its variables.

    Raises:
        InvalidInput: if it asks for another way of splitting them, or for more than that.
    """
    instead = "launch with --multi_gpu (weights whole on each process) or --use_fsdp --fsdp_version 2 (split)"
    if accelerator.distributed_type in _OTHERS:
        raise InvalidInput(f"can't train with {accelerator.distributed_type.value}: {instead}")
    if os.environ.get("ACCELERATE_USE_FSDP") != "true" or accelerator.distributed_type is DistributedType.NO:
        return False
    if os.environ.get("FSDP_VERSION", "1") != "2":
        raise InvalidInput(f"can't train with FSDP 1: {instead}")
    for name in _UNREAD:
        if os.environ.get(name, "false").lower() == "true":
            raise InvalidInput(f"can't train with --{name.lower()}: leave it out")
    return True


def blocks_asked(model: Trainable) -> set[str]:
    """Classes of modules whose weights are gathered by themselves, for no longer than they run.

    Raises:
        InvalidInput: if the model has no such modules, or differentiates gradients: the backward pass of the first
            gives the weights of a block away that the second needs.
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
    """Copies of a model and of its averages, the weights split over all processes; the given ones stay whole.

    Attributes:
        model: the copy that is trained.
        averages: the copies of the averages, which follow it.
        turn: what a step calls: gathers the weights of `model` before, and its gradient afterwards.

    Raises:
        InvalidInput: if a weight is a single number without axes, which can't be split, or the blocks that the
            launcher names don't suit the model.
    """

    def __init__(
        self,
        model: Trainable,
        averages: Sequence[PowerAverage],
        turn: type[nn.Module],
        accelerator: Accelerator,
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
            module.to("cpu")  # the device is for the copies
        self.device = accelerator.device
        # Copied together, so that the copied averages follow the copied model.
        self.model, self.averages = copy.deepcopy((model, list(averages)))
        blocks = blocks_asked(self.model)
        mesh = init_device_mesh(self.device.type, (accelerator.num_processes,))
        self.turn = turn(self.model)  # on the processor: `fully_shard` brings block by block to the device
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
        """Before a forward pass; gradients are summed over the processes in the last one before an update.

        All start from the buffers of the main process, as under DDP: running statistics are of its part of the
        batch, and a run that goes on has no others.
        """
        self.turn.set_requires_gradient_sync(last)  # type: ignore[operator]  # fully_shard added it
        for name in self._buffers:
            torch.distributed.broadcast(self.model.get_buffer(name), src=0)

    def gather(self, *, keep: bool) -> None:
        """Bring the weights and averages into the given modules; every process must call this, and may keep
        them."""
        for given, held in zip(self._given, (self.model, *(a.module for a in self.averages)), strict=True):
            tensors = gathered(held.state_dict(), keep=keep)
            if keep:
                given.load_state_dict(tensors)

    @contextmanager
    def shown(self, *, keep: bool) -> Iterator[None]:
        """The given modules with the weights of now, and on the device, as long as this lasts."""
        self.gather(keep=keep)
        for module in self._given if keep else ():
            module.to(self.device)
        yield
        for module in self._given if keep else ():
            module.to("cpu")

    def give_back(self) -> None:
        """Leave the weights in the given modules on each process, and those on its device."""
        self.gather(keep=True)
        for module in self._given:
            module.to(self.device)


def gathered(tensors: Mapping[str, Tensor], *, keep: bool) -> dict[str, Tensor]:
    """Whole tensors in the processor's memory, put together one at a time by all processes that split them.

    Returns:
        Nothing on a process that does not keep them.
    """
    result = {}
    for name, tensor in tensors.items():
        together = whole(tensor)
        if keep:
            result[name] = together.cpu()
    return result


def whole(tensor: Tensor) -> Tensor:
    """The whole of a tensor, on its device; of a split one, by all processes."""
    from torch.distributed.tensor import DTensor

    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def like(value: Tensor, present: Tensor | None) -> Tensor:
    """A whole tensor, or this process's slice of it where the present one is split in slices of that shape."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if not isinstance(present, DTensor) or isinstance(value, DTensor) or value.shape != present.shape:
        return value
    value = value.to(device=present.device, dtype=present.dtype)
    # Each process has read the whole tensor: nobody needs to send anything.
    return distribute_tensor(value, present.device_mesh, present.placements, src_data_rank=None)
