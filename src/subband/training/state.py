"""The saved state of a training run, for exact resumption: tensors and JSON, never pickle.

Batches and noise are functions of the seed and the step, so the state has no loaders or generators: it
consists of weights, averages, optimizers, losses and the number of steps done.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from subband.errors import CheckpointError, TrainingError
from subband.training.average import PowerAverage
from subband.training.checkpoint import FORMAT, fill, read_tensors, write_tensors
from subband.training.sharding import gathered, like

STATE = "training.safetensors"
_KIND = "training"


@dataclass(frozen=True)
class Position:
    """Progress of a run.

    Attributes:
        done: steps completed.
        steps: steps of the whole run.
        losses: loss of each completed step by phase.
        facts: JSON values that the run depends on; a run resumes only if they are equal.
        watched: JSON values of what watches the run, which a resumed run goes on with.
    """

    done: int
    steps: int
    losses: Mapping[str, Sequence[float]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    watched: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Parts:
    """Objects whose values make up a state: the model, its optimizers by phase, and the averages."""

    model: nn.Module
    optimizers: Mapping[str, torch.optim.Optimizer]
    averages: Sequence[PowerAverage]

    def modules(self) -> dict[str, nn.Module]:
        """The model and the averages by their names in a state file."""
        return {"model": self.model} | _averages(self.averages)


def save_state(path: Path, parts: Parts, position: Position, *, write: bool = True) -> None:
    """Write the state of a run, atomically replacing an older one.

    Args:
        path: the state file.
        parts: the objects to save.
        position: progress of the run.
        write: whether this process writes the file. With sharded weights this is a collective call.

    Raises:
        TrainingError: if a weight is not finite; the older state is kept.
        OutputError: if it can't be written.
    """
    captured, groups = capture(parts)
    tensors = gathered(captured, keep=write)
    if not write:
        return
    for name, module in parts.modules().items():
        for key, _ in module.named_parameters():
            if not torch.isfinite(tensors[f"{name}/{key}"]).all():
                raise TrainingError(
                    f"{name} has infinite or undefined weights ({key}) at step {position.done}"
                )
    losses = {
        f"loss {name}": torch.tensor(values, dtype=torch.float64) for name, values in position.losses.items()
    }
    header = {
        "format": FORMAT,
        "kind": _KIND,
        "done": position.done,
        "steps": position.steps,
        "facts": dict(position.facts),
        "watched": dict(position.watched),
        "groups": groups,
    }
    write_tensors(path, tensors | losses, header)


def load_state(path: Path, parts: Parts, facts: Mapping[str, Any]) -> Position:
    """Restore the state of a run that `save_state` wrote.

    Args:
        path: the state file.
        parts: the objects to restore, in place.
        facts: facts of this run; they must equal those of the state.

    Returns:
        The progress of the run.

    Raises:
        CheckpointError: if the file is truncated, foreign, newer, of another run, or does not fit the model.
    """
    tensors, header = read_tensors(path)
    if header.get("kind") != _KIND:
        raise CheckpointError(f"{path} holds {header.get('kind')!r}, not the state of a training run")
    before = _without_plan(header["facts"])
    now = _without_plan(facts)
    differing = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    if differing:
        changes = ", ".join(f"{n} was {before.get(n)!r} and is {now.get(n)!r}" for n in differing)
        raise CheckpointError(
            f"{path} is of another run: {changes}; take the old values or another folder, or begin "
            "anew with --overwrite"
        )
    losses = {
        name.removeprefix("loss "): values.tolist()
        for name, values in tensors.items()
        if name.startswith("loss ")
    }
    restore(parts, tensors, header["groups"], str(path))
    return Position(header["done"], header["steps"], losses, header["facts"], header.get("watched", {}))


def digest(*tensors: Tensor) -> str:
    """128-bit BLAKE2b digest of dtypes, shapes and values: a fact of a run that depends on these tensors.

    Example:
        >>> import torch
        >>> from subband.training import digest
        >>> x = torch.arange(4.0)
        >>> len(digest(x)), digest(x) == digest(x.clone()), digest(x) == digest(x.double())
        (32, True, False)
    """
    found = hashlib.blake2b(digest_size=16)
    for tensor in tensors:
        found.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def planned(position: Position, steps: int | None, facts: Mapping[str, Any], path: Path) -> Position:
    """Where a run goes on, and to what step: to that of its plan, or from the end of its plan to a later one.

    Args:
        position: of the state.
        steps: that are asked for; None where it is minutes.
        facts: of this run; "minutes" are those that are asked for.
        path: of the state, for messages.

    Raises:
        CheckpointError: if the run was planned for another length, and is not finished or longer than asked for.
    """
    done, total, minutes = position.done, position.steps, _minutes(position.facts)
    if steps == total or (steps is None and facts.get("minutes") == minutes):
        return position
    if steps is not None and steps > done == total:
        return replace(position, steps=steps, facts=facts)
    asked = f"{steps} steps" if steps is not None else f"{facts.get('minutes'):g} minutes"
    plan = f"{total} steps" if minutes is None else f"{minutes:g} minutes, which are {total} steps"
    if done < total:
        advice = "go on with the old number first, which can be extended once it is finished"
    else:
        advice = f"it is finished; ask for more than {total} steps to extend it"
    raise CheckpointError(
        f"{path} is of a run of {plan}, not {asked}: {advice}, or begin anew with --overwrite or in another folder"
    )


def restore_averages(path: Path, averages: Sequence[PowerAverage]) -> None:
    """Restore only the averages from a state that `save_state` wrote.

    Raises:
        CheckpointError: as `load_state`.

    Example:
        >>> from pathlib import Path
        >>> import torch
        >>> from torch import nn
        >>> from subband.training import Keep, PowerAverage, Trainable, fit, restore_averages
        >>> class Mean(Trainable):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.value = nn.Parameter(torch.zeros(()))
        ...     def optimizers(self):
        ...         return {"main": torch.optim.SGD([self.value], lr=0.1)}
        ...     def step(self, batch, k):
        ...         return {"loss": (batch - self.value).square().mean()}
        >>> model, keep = Mean(), Keep(Path("state.pt"))
        >>> _ = fit(model, lambda k: torch.ones(4), steps=20, seed=0, averages=[PowerAverage(model)], keep=keep)
        >>> average = PowerAverage(Mean())
        >>> restore_averages(keep.file, [average])
        >>> 0 < average.module.value.item() < model.value.item()  # it lags behind
        True
    """
    tensors, _ = read_tensors(path)
    for name, module in _averages(averages).items():
        fill(module, _under(f"{name}/", tensors))


def capture(parts: Parts) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All state as tensors by name, sharded like the weights, and the optimizers' settings as JSON."""
    tensors: dict[str, Tensor] = {}
    groups: dict[str, Any] = {}
    for name, module in parts.modules().items():
        tensors |= {f"{name}/{key}": value for key, value in module.state_dict().items()}
    for phase, optimizer in parts.optimizers.items():
        state = optimizer.state_dict()
        plain: dict[str, dict[str, Any]] = {}
        for index, values in state["state"].items():
            for key, value in values.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer {phase}/{index}/{key}"] = value
                else:
                    plain.setdefault(str(index), {})[key] = value
        groups[phase] = {
            "groups": [_plain_group(phase, group) for group in state["param_groups"]],
            "state": plain,
        }
    return tensors, groups


def restore(parts: Parts, tensors: Mapping[str, Tensor], groups: Mapping[str, Any], source: str) -> None:
    """Inverse of `capture`, from sharded or whole tensors.

    Raises:
        CheckpointError: if names, shapes or phases differ; its message begins with `source`.
    """
    try:
        for name, module in parts.modules().items():
            present = module.state_dict()
            module.load_state_dict(
                {key: like(value, present.get(key)) for key, value in _under(f"{name}/", tensors).items()},
                strict=True,
            )
        if set(groups) != set(parts.optimizers):
            raise ValueError(f"it has optimizers {sorted(groups)}, the model {sorted(parts.optimizers)}")
        for phase, optimizer in parts.optimizers.items():
            state: dict[int, dict[str, Any]] = {
                int(index): dict(values) for index, values in groups[phase]["state"].items()
            }
            weights = [weight for group in optimizer.param_groups for weight in group["params"]]
            for name, value in _under(f"optimizer {phase}/", tensors).items():
                index, _, key = name.partition("/")
                state.setdefault(int(index), {})[key] = like(value, weights[int(index)]).clone()
            saved = [
                {key: _tuple(value) for key, value in group.items()} for group in groups[phase]["groups"]
            ]
            optimizer.load_state_dict({"state": state, "param_groups": saved})
    except (RuntimeError, ValueError, KeyError, IndexError) as error:
        raise CheckpointError(f"{source} does not fit this model: {error}") from error


def curves(losses: Mapping[str, Sequence[float]], done: int) -> dict[str, np.ndarray]:
    """Losses of the completed steps by phase, float32."""
    return {name: np.asarray(values[:done], dtype=np.float32) for name, values in losses.items()}


def _without_plan(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a run depends on beside its length, which `planned` compares."""
    return {name: value for name, value in facts.items() if name not in ("steps", "minutes")}


def _minutes(facts: Mapping[str, Any]) -> float | None:
    """For how long the run was to train; None where the steps were given. Older states name both."""
    return None if facts.get("steps") else facts.get("minutes")


def _averages(averages: Sequence[PowerAverage]) -> dict[str, nn.Module]:
    return {f"average {i}": average.module for i, average in enumerate(averages)}


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors whose names start with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _plain_group(phase: str, group: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter group's settings as JSON.

    Raises:
        TrainingError: if one of them is not a JSON value.
    """
    for key, value in group.items():
        if not isinstance(value, bool | int | float | str | list | tuple | None):
            raise TrainingError(
                f"can't save optimizer {phase!r}: its setting {key} is a {type(value).__name__}"
            )
    return dict(group)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) and not all(isinstance(v, int) for v in value) else value
