"""Signs that an adversarial training goes wrong, shown while it runs and kept in its record."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from subband.runs.files import write_json
from subband.training import Report

HEALTH = "health.json"
SMOOTH = 0.9  # of the running means
PATIENCE = 20  # steps that a sign must last
COLLAPSED = 0.25  # spread of generated images relative to real ones, below which they are one picture
WON = 20.0  # distance between the critic's means on real and generated images that leaves no gradient
EXPLODED = 1e3  # gradient norm before clipping

PROBLEMS = {
    "collapse": "mode collapse: the generated images hardly differ from each other",
    "divergence": "divergence: the critic tells all images apart, and the generator does not follow",
    "explosion": "divergence: gradients grow without bound",
}


@torch.no_grad()
def spread_ratio(real: Tensor, fake: Tensor) -> Tensor:
    """Mean distance between generated images relative to that between real ones, on at most 8 x 8 pixels.

    Args:
        real, fake: (N, C, H, W), N >= 2.
    """

    def spread(images: Tensor) -> Tensor:
        return F.pdist(F.adaptive_avg_pool2d(images.float(), 8).flatten(1)).mean()

    if len(real) < 2 or len(fake) < 2:
        return torch.ones(())
    return (spread(fake) / spread(real).clamp(min=1e-6)).clamp(max=10)


@torch.no_grad()
def margin(on_real: Tensor, on_fake: Tensor) -> Tensor:
    """The critic's mean on real images less that on generated ones."""
    return on_real.mean() - on_fake.mean()


@dataclass(frozen=True)
class Episode:
    """A problem while it lasted.

    Attributes:
        problem: key of `PROBLEMS`.
        first, last: steps.
    """

    problem: str
    first: int
    last: int


class Health:
    """A hook that watches running means of what an adversarial task logs.

    "generator/spread" is the `spread_ratio`, "critic/margin" the `margin`. A training without these is not watched.
    What it remembers is part of the training's state, so a resumed training finds the same problems as one that was
    never cut off.

    Attributes:
        now: keys of the problems at present.
        episodes: all problems so far.

    Example:
        >>> from subband.generate.adversarial import Health
        >>> from subband.training import Report
        >>> health = Health()
        >>> for step in range(1, 101):  # all images alike
        ...     health(Report(step, 100, {"generator/spread": 0.01, "critic/margin": 0.5}, rate=1.0, left=0.0))
        >>> health.now, health.episodes[0].first
        (('collapse',), 1)
    """

    def __init__(self) -> None:
        self.now: tuple[str, ...] = ()
        self.episodes: list[Episode] = []
        self.watched = False
        self._means: dict[str, float] = {}
        self._lasting: dict[str, int] = {}

    def __call__(self, report: Report) -> None:
        """Look at one step."""
        if "generator/spread" not in report.values:
            return
        self.watched = True
        signs = self._signs(report.values)
        for problem, there in signs.items():
            self._lasting[problem] = self._lasting.get(problem, 0) + 1 if there else 0
        self.now = tuple(p for p, steps in self._lasting.items() if steps >= PATIENCE)
        for problem in self.now:
            self._extend(problem, report.step)

    def _signs(self, values: Mapping[str, float]) -> dict[str, bool]:
        def mean(name: str) -> float:
            value = values.get(name, 0.0)
            value = value if math.isfinite(value) else 1e9
            self._means[name] = SMOOTH * self._means.get(name, value) + (1 - SMOOTH) * value
            return self._means[name]

        norms = max(mean("generator/gradient norm"), mean("critic/gradient norm"))
        return {
            "collapse": mean("generator/spread") < COLLAPSED,
            "divergence": mean("critic/margin") > WON,
            "explosion": norms > EXPLODED,
        }

    def _extend(self, problem: str, step: int) -> None:
        for i, episode in enumerate(self.episodes):
            if episode.problem == problem and step - episode.last <= 1:
                self.episodes[i] = Episode(problem, episode.first, step)
                return
        self.episodes.append(Episode(problem, step - PATIENCE + 1, step))

    def summary(self) -> str:
        """One line about the present; empty if all is well."""
        return "; ".join(PROBLEMS[problem] for problem in self.now)

    def state_dict(self) -> dict[str, Any]:
        """Running means, how long each sign has lasted, and all problems so far."""
        episodes = [asdict(episode) for episode in self.episodes]
        return {"means": dict(self._means), "lasting": dict(self._lasting), "episodes": episodes}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._means = dict(state.get("means", {}))
        self._lasting = dict(state.get("lasting", {}))
        self.episodes = [Episode(**episode) for episode in state.get("episodes", [])]
        self.watched = bool(self._means)

    def write(self, folder: Path) -> None:
        """Write `health.json`: the running means, and all problems with their steps.

        Raises:
            OutputError: if it can't be written.
        """
        if self.watched:
            means = {name: round(value, 6) for name, value in sorted(self._means.items())}
            record = {"problems": [PROBLEMS[p] for p in self.now], "means": means}
            write_json(folder / HEALTH, record | {"episodes": [asdict(e) for e in self.episodes]})
