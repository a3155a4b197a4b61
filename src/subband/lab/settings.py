"""Settings of a run of the lab, validated before any work starts."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from subband.errors import InvalidInput
from subband.generate import GENERATORS
from subband.runs.lines import typed


def lab_families() -> tuple[str, ...]:
    """Families that the lab can train: those with a `lab_share`."""
    return tuple(sorted(family.name for family in GENERATORS.values() if family.lab_share))


def default_families() -> tuple[str, ...]:
    """Families that the lab trains when neither these nor generated images are given."""
    return tuple(name for name in lab_families() if GENERATORS[name].lab_default)


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ENCODE = re.compile(r"png|(jpeg|webp):(\d{1,3})")


@dataclass(frozen=True)
class LabSettings:
    """Settings of one run; two runs with equal settings give equal results, unless `measured` without `steps`.

    Attributes:
        real: Source of real images: "packaged", a folder, or "hf:NAME[:SPLIT]".
        generated: Source name → folder (or spec) of generated images. If empty, the lab trains `families` on the
            crops of the training photographs.
        families: Families of generators to train if `generated` is empty.
        name: Folder name below `out`; None takes the first free of lab-1, lab-2, …
        size: Side of the square crops in pixels, a multiple of 8 for the three levels of packets.
        resize: Crop squares of this side and scale them to `size`; None crops squares of `size`.
        encode: Format in which every crop is encoded and decoded: "png", "jpeg:QUALITY" or "webp:QUALITY".
        budget: Seconds of the run: on a two-core reference machine, or on this one if `measured`.
        measured: Whether the numbers of steps follow from the pace of this machine, measured before each training,
            so that the run takes the budget here. Otherwise they follow from the budget by fixed rates, and equal
            settings give equal results on every machine.
        steps: Numbers of training steps, as a run records them: family → "STEPS", and "detectors" →
            "STEPSxBATCHxPARAMETERS". If given, the budget sets nothing.
        seeds: Number of trainings of each detector.
        seed: The first of their seeds, and the seed of all other randomness.
        images: Maximum number of crops per source.
        out: Folder of the runs.
        overwrite: Replace an existing run of the same name once this one has succeeded.
        threads: CPU threads of torch; a setting because rounding depends on it.

    Raises:
        InvalidInput: a value is not allowed.
    """

    real: str = "packaged"
    generated: Mapping[str, str] = field(default_factory=dict)
    families: tuple[str, ...] = field(default_factory=default_families)
    name: str | None = None
    size: int = 64
    resize: int | None = None
    encode: str = "png"
    budget: float = 180.0
    measured: bool = False
    steps: Mapping[str, str] = field(default_factory=dict)
    seeds: int = 3
    seed: int = 0
    images: int = 2000
    out: Path = Path("runs")
    overwrite: bool = False
    threads: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "out", Path(self.out))
        object.__setattr__(self, "generated", dict(sorted(self.generated.items())))
        object.__setattr__(self, "steps", dict(sorted(self.steps.items())))
        self._check_numbers()
        self._check_sources()
        self._check_steps()
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise InvalidInput(
                f"can't name a run {self.name!r}: use up to 64 letters, digits, dots, dashes or underscores, "
                "beginning with a letter or digit, e.g. --name faces-1"
            )
        if self.name is None and self.overwrite:
            raise InvalidInput("--overwrite needs --name, the run to replace")

    def _check_numbers(self) -> None:
        whole = {"size": self.size, "seeds": self.seeds, "seed": self.seed, "images": self.images}
        for key, value in (whole | {"threads": self.threads}).items():
            if not isinstance(value, int) or isinstance(value, bool):
                raise InvalidInput(f"{key} is {value!r}: expected a whole number")
        if self.size % 8 or not 16 <= self.size <= 512:
            near = min(512, max(16, 8 * round(self.size / 8)))
            raise InvalidInput(f"size is {self.size}: use a multiple of 8 from 16 to 512, e.g. --size {near}")
        if self.resize is not None and self.resize < self.size:
            raise InvalidInput(
                f"resize is {self.resize}: use the size, {self.size}, or more: crops are only scaled down"
            )
        if not self.budget > 0 or self.budget == float("inf"):
            raise InvalidInput(f"budget is {self.budget} seconds: use a positive time, e.g. --budget 3m")
        ranges = (("seeds", 1, 100), ("seed", 0, 2**31 - 1), ("images", 12, 10**7), ("threads", 1, 1024))
        for key, low, high in ranges:
            if not low <= getattr(self, key) <= high:
                raise InvalidInput(f"{key} is {getattr(self, key)}: use {low} to {high}")
        match = _ENCODE.fullmatch(self.encode)
        if match is None or (match[2] and not 1 <= int(match[2]) <= 100):
            raise InvalidInput(
                f"encode is {self.encode!r}: use png, or jpeg or webp with 1–100, e.g. jpeg:85"
            )

    def _check_sources(self) -> None:
        for name in self.generated:
            if not _NAME.fullmatch(name) or name == "real":
                raise InvalidInput(
                    f"can't name a generated source {name!r}: use letters, digits, dots, dashes or "
                    'underscores, and not "real", e.g. --generated sd14=images/sd14'
                )
        allowed = lab_families()
        unknown = sorted(set(self.families) - set(allowed))
        if unknown or len(set(self.families)) < len(self.families):
            raise InvalidInput(
                f"families are {list(self.families)}: use each of {', '.join(allowed)} at most once"
            )
        if not self.generated and not self.families:
            raise InvalidInput("no generated images: give --generated NAME=DIR, or --train FAMILY")

    def _check_steps(self) -> None:
        if not self.steps:
            return
        needed = {"detectors"} | (set() if self.generated else set(self.families))
        if set(self.steps) != needed:
            raise InvalidInput(
                f"steps are given for {', '.join(self.steps)}: this run needs {', '.join(sorted(needed))}, e.g. "
                "--steps gan=120 --steps detectors=400x128x60000"
            )
        for name, text in self.steps.items():
            pattern = r"[1-9]\d{0,8}(x[1-9]\d{0,8}){2}" if name == "detectors" else r"[1-9]\d{0,8}"
            if not re.fullmatch(pattern, text):
                form = (
                    "STEPSxBATCHxPARAMETERS, 400x128x60000" if name == "detectors" else "a whole number, 120"
                )
                raise InvalidInput(f"steps of {name} are {text!r}: use {form}")

    @property
    def trained(self) -> tuple[str, ...]:
        """Families that the run trains, in order; none if generated images are given."""
        return () if self.generated else tuple(sorted(self.families))

    @property
    def sources(self) -> tuple[str, ...]:
        """Source names in class order: "real", then the generated sources, sorted."""
        return ("real", *sorted(self.generated or self.families))

    def figures(self) -> dict[str, Any]:
        """Settings that the results depend on, as JSON values: all but name, out and overwrite."""
        values = asdict(self) | {
            "families": list(self.families),
            "generated": dict(self.generated),
            "steps": dict(self.steps),
        }
        return {key: value for key, value in values.items() if key not in ("name", "out", "overwrite")}

    def command(self) -> str:
        """Command line that repeats this run."""
        default, words = LabSettings(), ["subband", "lab"]
        for key in ("real", "size", "resize", "encode", "seeds", "seed", "images", "threads"):
            if getattr(self, key) != getattr(default, key):
                words += [f"--{key}", typed(str(getattr(self, key)))]
        for name, spec in self.generated.items():
            words += ["--generated", typed(f"{name}={spec}")]
        if not self.generated:
            chosen = () if self.families == default_families() else self.families
            words += [word for family in chosen for word in ("--train", family)]
        if self.budget != default.budget:
            words += ["--budget", f"{self.budget:g}s"]
        words += [word for name, steps in self.steps.items() for word in ("--steps", f"{name}={steps}")]
        if not self.measured:
            words.append("--reference")
        if self.name is not None:
            words += ["--name", self.name]
        if self.out != default.out:
            words += ["--out", typed(self.out)]
        return " ".join([*words, *(["--overwrite"] if self.overwrite else [])])
