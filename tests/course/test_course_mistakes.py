"""The tests of the course notice what a reader may get wrong: each plausible mistake turns a day red."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from course.check import complaints, outcomes  # noqa: E402
from course.days import DAYS  # noqa: E402

MISTAKES = [
    ("day_1_optimisation", "x - y + weight", "x + y + weight"),
    ("day_1_optimisation", "mean / (1 - 0.9**k)", "mean"),
    ("day_1_optimisation", "jnp.conj(response)", "response"),
    ("day_1_optimisation", ", approx=False", ""),
    ("day_2_linear_algebra", "jnp.concatenate([means, details])", "jnp.concatenate([details, means])"),
    ("day_2_linear_algebra", "s / (s**2 + weight)", "s / (s + weight)"),
    ("day_2_linear_algebra", "outside + jnp.sum", "jnp.sum"),
    ("day_2_linear_algebra", "return v / jnp.linalg.norm(v)", "return v"),
    ("day_3_statistics", "n=2 * len(x))", "n=len(x))"),
    ("day_3_statistics", "(1 - a**2) * jnp.var(x)", "(1 - a) * jnp.var(x)"),
    ("day_3_statistics", "_replace(variances=v + noise)", "_replace(variances=v)"),
    ("day_4_networks", "math.sqrt(2 / m)", "math.sqrt(1 / m)"),
    ("day_4_networks", " * (h > 0)", ""),
    ("day_4_networks", "jnp.mean(jax.nn.logsumexp", "jnp.sum(jax.nn.logsumexp"),
    ("day_5_convolution", "1\n    return jnp.fft", "2\n    return jnp.fft"),
    ("day_5_convolution", 'mode="symmetric"', 'mode="constant"'),
    ("day_5_convolution", "centred = template - template.mean()", "centred = template"),
    ("day_6_sequences", "z * h + (1 - z) * c", "(1 - z) * h + z * c"),
    ("day_6_sequences", "late[0] * early[1] + late[1]", "early[0] * late[1] + early[1]"),
    ("day_6_sequences", "(factor - 1) / poles", "step * jnp.ones_like(poles)"),
    ("day_7_interpretability", "(jnp.arange(steps) + 0.5) / steps", "jnp.arange(steps) / steps"),
    ("day_7_interpretability", "(copies).mean(0))", "(copies)).mean(0)"),
    ("day_7_interpretability", "return moved * jnp.minimum(1, ", "return moved * (1 * "),
    ("day_8_generation", "distance / (2 * sigma**2)", "distance / sigma**2"),
    ("day_8_generation", "/ sigma\n", "/ sigma_to\n"),
    ("day_8_generation", "jnp.exp(0.5 * log_variance)", "jnp.exp(log_variance)"),
    ("day_9_wavelets_and_scattering", "pair if place % 2 == 0 else pair[::-1]", "pair"),
    ("day_9_wavelets_and_scattering", "details[-1])) / 0.6745", "details[0])) / 0.6745"),
    ("day_9_wavelets_and_scattering", "rate - middle @ w", "rate"),
]  # fmt: skip


ROUNDS = max(Counter(day for day, *_ in MISTAKES).values())


def with_mistake(folder: Path, day: str, right: str, wrong: str) -> Path:
    """Folder with the solution of a day, in which `right` reads `wrong`."""
    source = (ROOT / "course" / "solutions" / f"{day}.py").read_text("utf-8")
    assert right in source, f"the solution of {day} does not have {right!r}"
    (folder / f"{day}.py").write_text(source.replace(right, wrong), "utf-8")
    return folder


def test_the_mistakes_can_be_made_in_every_day(tmp_path: Path) -> None:
    for mistake in MISTAKES:
        with_mistake(tmp_path, *mistake)
    assert {day for day, *_ in MISTAKES} == set(DAYS)


@pytest.mark.slow
@pytest.mark.skipif(
    "SUBBAND_COURSE_MISTAKES" not in os.environ,
    reason="takes minutes a round: SUBBAND_COURSE_MISTAKES=1 runs it",
)
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_every_mistake_is_noticed(round_: int, tmp_path: Path) -> None:
    """One mistake of each day a round, so that a run of the tests serves nine."""
    made = {}
    for day in DAYS:
        of_day = [mistake for mistake in MISTAKES if mistake[0] == day]
        if round_ < len(of_day):
            with_mistake(tmp_path, *of_day[round_])
            made[day] = of_day[round_]
    found = outcomes(str(tmp_path), made)
    unnoticed = [made[day] for day in made if not any(one.failure for one in found if one.day == day)]
    assert not unnoticed


@pytest.mark.slow
def test_the_exercises_fail_for_what_is_not_written() -> None:
    given = outcomes("exercises")
    assert len(given) > 90
    assert [one for one in complaints(given, []) if not one.endswith("no test ran")] == []
